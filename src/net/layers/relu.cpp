// SPDX-License-Identifier: Apache-2.0
#include <ATen/ATen.h>

#include "limpid/net/operator.h"
#include "net/layers.h"

namespace limpid {
namespace {

Tensor forward(const Layer&, const std::vector<Tensor>& inputs, Tensor*) { return at::relu(inputs[0]); }

Step adjoint(const Layer&) {
  return [](const Visit& visit) -> std::vector<Tensor> {
    if (visit.signal.scalar_type() != visit.output.scalar_type()) {
      const Tensor mask = visit.once(0, [&] { return (visit.output > 0).to(visit.signal.scalar_type()); });
      return {times(visit.signal, mask, visit.seeds)};
    }
    if (visit.seeds == 1) return {at::threshold_backward(visit.signal, visit.output, 0)};
    const Tensor masked =
        at::threshold_backward(visit.signal.unflatten(0, {-1, visit.seeds}), visit.output.unsqueeze(1), 0);
    return {masked.flatten(0, 1)};
  };
}

std::optional<Layer> read(const Operator&) { return Layer{&relu}; }

void write(const Layer&, OperatorWriter& writer) { writer.add("Relu", writer.inputs()); }

}  // namespace

const LayerType relu = {"relu", "max(x, 0)", Role::kActivation, {}, forward, adjoint, {"Relu"}, read, write};

}  // namespace limpid
