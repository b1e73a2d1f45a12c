// SPDX-License-Identifier: Apache-2.0
#include <ATen/ATen.h>

#include "limpid/net/operator.h"
#include "net/layers.h"
#include "net/layers/axes.h"

namespace limpid {
namespace {

int64_t axis_of(const Layer& layer) { return layer.attributes.integer("axis", 1); }

Tensor concat_forward(const Layer& layer, const std::vector<Tensor>& inputs, Tensor*) {
  return dense(at::cat(inputs, axis_of(layer)));
}

Step concat_adjoint(const Layer& layer) {
  return [axis = axis_of(layer)](const Visit& visit) {
    std::vector<Tensor> signals;
    int64_t start = 0;
    for (const Tensor& input : visit.inputs) {
      signals.push_back(visit.signal.narrow(axis, start, input.size(axis)));
      start += input.size(axis);
    }
    return signals;
  };
}

std::optional<Layer> read_concat(const Operator& op) {
  if (!all_signals(op)) op.unsupported("its operands are not all signals with one number of dimensions");
  return Layer{&concat, {{"axis", image_axis(op, op.attributes.integer("axis", 1), rank_of(op))}}};
}

void write_concat(const Layer& layer, OperatorWriter& out) {
  out.add("Concat", out.inputs(), {{"axis", axis_of(layer)}});
}

std::optional<Reach> concat_reach(const Layer& layer) {
  if (axis_of(layer) != 1) return std::nullopt;
  return Reach{layer};
}

}  // namespace

const LayerType concat = {"concat",       "its inputs one behind the other along an axis",
                          Role::kConcat,  {},
                          concat_forward, concat_adjoint,
                          {"Concat"},     read_concat,
                          write_concat,   concat_reach};

}  // namespace limpid
