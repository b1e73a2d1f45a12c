// SPDX-License-Identifier: Apache-2.0
#include <ATen/ATen.h>

#include "limpid/net/operator.h"
#include "net/layers.h"
#include "net/layers/axes.h"

namespace limpid {
namespace {

Tensor add_forward(const Layer&, const std::vector<Tensor>& inputs, Tensor*) {
  Tensor sum = inputs[0];
  for (size_t i = 1; i < inputs.size(); ++i) sum = sum + inputs[i];
  return dense(sum);
}

Step add_adjoint(const Layer&) {
  return [](const Visit& visit) {
    std::vector<Tensor> signals;
    for (const Tensor& input : visit.inputs) signals.push_back(unbroadcast(visit.signal, input));
    return signals;
  };
}

Tensor sub_forward(const Layer&, const std::vector<Tensor>& inputs, Tensor*) { return dense(inputs[0] - inputs[1]); }

Step sub_adjoint(const Layer&) {
  return [](const Visit& visit) {
    return std::vector<Tensor>{unbroadcast(visit.signal, visit.inputs[0]), -unbroadcast(visit.signal, visit.inputs[1])};
  };
}

std::optional<Layer> read_add(const Operator& op) {
  if (all_signals(op)) return Layer{&add};
  if (op.type == "Sum") op.unsupported("its operands are not all signals with one number of dimensions");
  return std::nullopt;
}

std::optional<Layer> read_sub(const Operator& op) {
  if (!all_signals(op)) return std::nullopt;
  return Layer{&sub};
}

void write_add(const Layer&, OperatorWriter& out) { out.add(out.inputs().size() == 2 ? "Add" : "Sum", out.inputs()); }
void write_sub(const Layer&, OperatorWriter& out) { out.add("Sub", out.inputs()); }

}  // namespace

const LayerType add = {"add",       "the sum of its inputs", Role::kSum, {},       add_forward,
                       add_adjoint, {"Add", "Sum"},          read_add,   write_add};

const LayerType sub = {
    "sub", "the first input minus the second", Role::kSum, {}, sub_forward, sub_adjoint, {"Sub"}, read_sub, write_sub};

}  // namespace limpid
