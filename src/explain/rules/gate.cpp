// SPDX-License-Identifier: Apache-2.0
// Nodes where one thing scales another: the signal follows what is scaled.
#include <ATen/ATen.h>

#include "limpid/core/error.h"
#include "limpid/explain/rule.h"

namespace limpid {
namespace {

/// Which input of a product carries the values. Of a quotient it is the dividend.
size_t values_of(const Layer& layer, const std::vector<Tensor>& inputs) {
  if (inputs.size() == 1 || layer.type->name == "div") return 0;
  return inputs[1].numel() > inputs[0].numel() ? 1 : 0;
}

/// The signal summed over axes along which the values were repeated.
Tensor summed_to(const Tensor& signal, const Tensor& values) {
  Tensor sum = signal;
  for (int64_t axis = 1; axis < values.dim(); ++axis)
    if (values.size(axis) != sum.size(axis)) sum = sum.sum(axis, true);
  return dense(sum);
}

}  // namespace

Rule gate() {
  return {"gate", [](const Layer& layer) -> Step {
            return [layer](const Visit& visit) {
              std::vector<Tensor> parts(visit.inputs.size());
              const size_t values = values_of(layer, visit.inputs);
              parts[values] = summed_to(visit.signal, visit.inputs[values]);
              return parts;
            };
          }};
}

Rule detached() { return {"detached", pass().bind}; }

}  // namespace limpid
