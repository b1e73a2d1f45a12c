// SPDX-License-Identifier: Apache-2.0
#include <ATen/ATen.h>

#include "limpid/net/operator.h"
#include "net/layers.h"
#include "net/layers/axes.h"

namespace limpid {
namespace {

int64_t axis_of(const Layer& layer) { return layer.attributes.integer("axis", 1); }
std::vector<int64_t> indices(const Layer& layer) { return layer.attributes.integers("indices"); }
bool keeps_axis(const Layer& layer) { return layer.attributes.integer("keepdims", 1) != 0; }

Tensor gather_forward(const Layer& layer, const std::vector<Tensor>& inputs, Tensor*) {
  const Tensor taken = gathered(inputs[0], axis_of(layer), whole_numbers(indices(layer), inputs[0].device()));
  return keeps_axis(layer) ? taken : dense(taken.squeeze(axis_of(layer)));
}

Step gather_adjoint(const Layer& layer) {
  return [layer](const Visit& visit) {
    const int64_t axis = axis_of(layer);
    const Tensor signal = keeps_axis(layer) ? visit.signal : dense(visit.signal.unsqueeze(axis));
    const Tensor positions = whole_numbers(indices(layer), signal.device());
    return std::vector<Tensor>{scattered(signal, axis, positions, visit.inputs[0].size(axis))};
  };
}

std::optional<Layer> read_gather(const Operator& op) {
  if (!op.has(0) || !op.inputs[0].is_signal) op.unsupported("it looks values up at positions that depend on the input");
  const int64_t axis = image_axis(op, op.attributes.integer("axis", 0), rank_of(op));
  const int64_t size = op.inputs[0].shape[static_cast<size_t>(axis - 1)];
  if (op.constant(1, "indices").dim() > 1) op.unsupported("its indices have more than one axis");
  std::vector<int64_t> positions = op.integers(1, "indices");
  for (int64_t& position : positions) {
    if (position < -size || position >= size) op.unsupported("index " + std::to_string(position) + " is not there");
    if (position < 0) position += size;
  }
  return Layer{&gather_layer, {{"axis", axis}, {"indices", positions}, {"keepdims", op.constant(1, "indices").dim()}}};
}

void write_gather(const Layer& layer, OperatorWriter& out) {
  const Tensor positions = whole_numbers(indices(layer));
  const std::string name = out.constant(keeps_axis(layer) ? positions : positions.squeeze(0));
  out.add("Gather", {out.inputs()[0], name}, {{"axis", axis_of(layer)}});
}

}  // namespace

const LayerType gather_layer = {"gather",       "the values at constant positions of an axis",
                                Role::kView,    {},
                                gather_forward, gather_adjoint,
                                {"Gather"},     read_gather,
                                write_gather};

}  // namespace limpid
