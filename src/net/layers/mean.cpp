// SPDX-License-Identifier: Apache-2.0
// Means and sums over axes, global average pooling among them.
#include <ATen/ATen.h>

#include "limpid/net/operator.h"
#include "net/layers.h"
#include "net/layers/axes.h"

namespace limpid {
namespace {

std::vector<int64_t> axes_of(const Layer& layer) { return layer.attributes.integers("axes"); }
bool keeps_axes(const Layer& layer) { return layer.attributes.integer("keepdims", 1) != 0; }

Tensor mean_forward(const Layer& layer, const std::vector<Tensor>& inputs, Tensor*) {
  return dense(inputs[0].mean(axes_of(layer), keeps_axes(layer)));
}

Tensor sum_forward(const Layer& layer, const std::vector<Tensor>& inputs, Tensor*) {
  return dense(inputs[0].sum(axes_of(layer), keeps_axes(layer)));
}

// The signal at every position that went into its sum.
Tensor spread(const Layer& layer, const Tensor& signal, const Tensor& input) {
  const Shape shape = with_batch(input, signal.size(0));
  Shape kept = shape;
  for (const int64_t axis : axes_of(layer)) kept[static_cast<size_t>(axis)] = 1;
  return dense(signal.reshape(kept).expand(shape));
}

Step mean_adjoint(const Layer& layer) {
  return [layer](const Visit& visit) {
    const double positions = static_cast<double>(visit.inputs[0].numel()) / static_cast<double>(visit.output.numel());
    return std::vector<Tensor>{spread(layer, visit.signal / positions, visit.inputs[0])};
  };
}

Step sum_adjoint(const Layer& layer) {
  return [layer](const Visit& visit) { return std::vector<Tensor>{spread(layer, visit.signal, visit.inputs[0])}; };
}

std::vector<int64_t> read_axes(const Operator& op) {
  std::vector<int64_t> axes;
  if (op.type != "GlobalAveragePool") axes = op.integers(1, "axes");
  if (!axes.empty()) {
    axes = image_axes(op, axes, rank_of(op));
    std::sort(axes.begin(), axes.end());
    return axes;
  }
  if (op.type != "GlobalAveragePool") op.unsupported("without axes it joins the images of a batch");
  for (int64_t axis = 2; axis < rank_of(op); ++axis) axes.push_back(axis);
  return axes;
}

template <const LayerType& type>
std::optional<Layer> read_reduction(const Operator& op) {
  if (!op.has(0) || !op.inputs[0].is_signal) return std::nullopt;
  return Layer{&type, {{"axes", read_axes(op)}, {"keepdims", op.attributes.integer("keepdims", 1)}}};
}

bool is_global_pooling(const Layer& layer, const Shape& image) {
  std::vector<int64_t> spatial;
  for (size_t axis = 2; axis <= image.size(); ++axis) spatial.push_back(static_cast<int64_t>(axis));
  return keeps_axes(layer) && !spatial.empty() && axes_of(layer) == spatial;
}

void write_mean(const Layer& layer, OperatorWriter& out) {
  if (is_global_pooling(layer, out.input_shape(0))) {
    out.add("GlobalAveragePool", {out.inputs()[0]});
  } else {
    out.add("ReduceMean", {out.inputs()[0]}, {{"axes", axes_of(layer)}, {"keepdims", int64_t{keeps_axes(layer)}}});
  }
}

void write_sum(const Layer& layer, OperatorWriter& out) {
  const std::string axes = out.constant(whole_numbers(axes_of(layer)));
  out.add("ReduceSum", {out.inputs()[0], axes}, {{"keepdims", int64_t{keeps_axes(layer)}}});
}

}  // namespace

const LayerType mean = {"mean",
                        "the mean over some axes (global average pooling: over all positions)",
                        Role::kAveragePool,
                        {},
                        mean_forward,
                        mean_adjoint,
                        {"GlobalAveragePool", "ReduceMean"},
                        read_reduction<mean>,
                        write_mean};

const LayerType sum = {"sum",         "the sum over some axes", Role::kAveragePool, {}, sum_forward, sum_adjoint,
                       {"ReduceSum"}, read_reduction<sum>,      write_sum};

}  // namespace limpid
