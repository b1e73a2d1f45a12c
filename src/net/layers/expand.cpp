// SPDX-License-Identifier: Apache-2.0
#include <ATen/ATen.h>

#include "limpid/net/operator.h"
#include "net/layers.h"
#include "net/layers/axes.h"

namespace limpid {
namespace {

Tensor expand_forward(const Layer& layer, const std::vector<Tensor>& inputs, Tensor*) {
  Shape shape = layer.attributes.integers("shape");
  shape.insert(shape.begin(), inputs[0].size(0));
  return dense(inputs[0].expand(shape));
}

Step expand_adjoint(const Layer&) {
  return [](const Visit& visit) { return std::vector<Tensor>{unbroadcast(visit.signal, visit.inputs[0])}; };
}

std::optional<Layer> read_expand(const Operator& op) {
  if (!op.has(0) || !op.inputs[0].is_signal) return std::nullopt;
  const Shape wanted = op.integers(1, "shape");
  Shape shape = op.inputs[0].shape;
  if (wanted.size() > shape.size() + 1) op.unsupported("the batch does not stay the first axis");
  if (wanted.size() == shape.size() + 1 && wanted[0] > 1) op.unsupported("it repeats the batch");
  for (size_t i = 1; i <= std::min(wanted.size(), shape.size()); ++i) {
    int64_t& size = shape[shape.size() - i];
    const int64_t to = wanted[wanted.size() - i];
    if (to != size && to > 1 && size != 1) op.unsupported("its shape does not fit its input");
    if (to > 1) size = to;
  }
  return Layer{&expand, {{"shape", shape}}};
}

void write_expand(const Layer& layer, OperatorWriter& out) {
  Shape shape = layer.attributes.integers("shape");
  shape.insert(shape.begin(), 1);
  out.add("Expand", {out.inputs()[0], out.constant(whole_numbers(shape))});
}

}  // namespace

const LayerType expand = {"expand",       "repeated along axes of one value",
                          Role::kView,    {},
                          expand_forward, expand_adjoint,
                          {"Expand"},     read_expand,
                          write_expand};

}  // namespace limpid
