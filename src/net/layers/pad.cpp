// SPDX-License-Identifier: Apache-2.0
#include <ATen/ATen.h>

#include "limpid/core/error.h"
#include "limpid/net/operator.h"
#include "net/layers.h"
#include "net/layers/axes.h"

namespace limpid {
namespace {

std::vector<int64_t> pads(const Layer& layer) { return layer.attributes.integers("pads"); }
std::string mode(const Layer& layer) { return layer.attributes.text("mode", "constant"); }

// ONNX has all beginnings before all ends, ATen pairs from the last axis on.
std::vector<int64_t> pairs_from_last(const std::vector<int64_t>& pads, int64_t sign) {
  const size_t rank = pads.size() / 2;
  std::vector<int64_t> pairs;
  for (size_t axis = rank; axis-- > 1;) {
    pairs.push_back(sign * pads[axis]);
    pairs.push_back(sign * pads[rank + axis]);
  }
  return pairs;
}

int64_t reflected(int64_t position, int64_t size) {
  const int64_t period = 2 * (size - 1), phase = ((position % period) + period) % period;
  return std::min(phase, period - phase);
}

// Where each position of a padded axis takes its value from.
Tensor sources(int64_t size, int64_t before, int64_t after, const std::string& mode, at::Device device) {
  if (mode == "reflect" && size < 2) fail("an axis of ", size, " value cannot be padded by reflection");
  std::vector<int64_t> positions;
  for (int64_t i = -before; i < size + after; ++i) {
    positions.push_back(mode == "edge" ? std::clamp<int64_t>(i, 0, size - 1) : reflected(i, size));
  }
  return whole_numbers(positions, device);
}

// Calls change(axis, sources) for each padded axis.
template <class Change>
void over_padded_axes(const Layer& layer, const Tensor& input, Change change) {
  const std::vector<int64_t> all = pads(layer);
  for (int64_t axis = 1; axis < input.dim(); ++axis) {
    const int64_t before = all[static_cast<size_t>(axis)], after = all[static_cast<size_t>(axis + input.dim())];
    if (before == 0 && after == 0) continue;
    change(axis, sources(input.size(axis), before, after, mode(layer), input.device()));
  }
}

Tensor pad_forward(const Layer& layer, const std::vector<Tensor>& inputs, Tensor*) {
  Tensor x = inputs[0];
  if (mode(layer) == "constant") {
    return dense(at::constant_pad_nd(x, pairs_from_last(pads(layer), 1), layer.attributes.number("value", 0)));
  }
  over_padded_axes(layer, inputs[0], [&](int64_t axis, const Tensor& from) { x = gathered(x, axis, from); });
  return dense(x);
}

Step pad_adjoint(const Layer& layer) {
  return [layer](const Visit& visit) -> std::vector<Tensor> {
    Tensor signal = visit.signal;
    if (mode(layer) == "constant") return {dense(at::constant_pad_nd(signal, pairs_from_last(pads(layer), -1), 0))};
    over_padded_axes(layer, visit.inputs[0], [&](int64_t axis, const Tensor& from) {
      signal = scattered(signal, axis, from, visit.inputs[0].size(axis));
    });
    return {signal};
  };
}

std::optional<Layer> read_pad(const Operator& op) {
  const std::vector<int64_t> pads = op.integers(1, "pads");
  const size_t rank = static_cast<size_t>(rank_of(op));
  if (pads.size() != 2 * rank) op.unsupported("pads has not two numbers for each of the input's axes");
  if (pads[0] != 0 || pads[rank] != 0) op.unsupported("it pads the batch");
  const std::string mode = op.attributes.text("mode", "constant");
  if (mode != "constant" && mode != "reflect" && mode != "edge") {
    op.unsupported("mode is '" + mode + "'; it may be constant, reflect or edge");
  }
  double value = op.attributes.number("value", 0);
  if (op.has(2)) value = op.constant(2, "value").item<double>();
  return Layer{&pad, {{"pads", pads}, {"mode", mode}, {"value", value}}};
}

void write_pad(const Layer& layer, OperatorWriter& out) {
  std::vector<std::string> operands = {out.inputs()[0], out.constant(whole_numbers(pads(layer)))};
  const double value = layer.attributes.number("value", 0);
  if (mode(layer) == "constant") operands.push_back(out.constant(at::scalar_tensor(value, at::kFloat)));
  out.add("Pad", operands, {{"mode", mode(layer)}});
}

// Constants beyond the rows and columns.
std::optional<Reach> pad_reach(const Layer& layer) {
  std::vector<int64_t> all = pads(layer);
  if (mode(layer) != "constant" || all.size() != 8) return std::nullopt;
  Reach reach{layer, {1, 1}, {1, 1}, {all[2], all[3]}, layer.attributes.number("value", 0)};
  for (const size_t end : {2, 3, 6, 7}) all[end] = 0;
  reach.inside.attributes.set("pads", all);
  return reach;
}

}  // namespace

const LayerType pad = {"pad",       "more values at the ends of its axes: constant, reflected or of the edge",
                       Role::kView, {},
                       pad_forward, pad_adjoint,
                       {"Pad"},     read_pad,
                       write_pad,   pad_reach};

}  // namespace limpid
