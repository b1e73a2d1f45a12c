// SPDX-License-Identifier: Apache-2.0
#include <ATen/ATen.h>

#include "limpid/net/operator.h"
#include "net/layers.h"
#include "net/layers/axes.h"

namespace limpid {
namespace {

Shape target(const Layer& layer) { return layer.attributes.integers("shape"); }

Tensor reshape_forward(const Layer& layer, const std::vector<Tensor>& inputs, Tensor*) {
  Shape shape = target(layer);
  shape.insert(shape.begin(), inputs[0].size(0));
  return dense(inputs[0].reshape(shape));
}

Step reshape_adjoint(const Layer&) {
  return [](const Visit& visit) {
    const Shape shape = with_batch(visit.inputs[0], visit.signal.size(0));
    return std::vector<Tensor>{dense(visit.signal.reshape(shape))};
  };
}

int64_t product(const Shape& shape) {
  int64_t count = 1;
  for (const int64_t size : shape) count *= size;
  return count;
}

// The target of a Reshape without its first entry, which has to stand for the batch: 0, −1, or 1 as written by
// exporters that saw one image. 0 copies a size of the input, −1 takes what is left.
Shape reshape_target(const Operator& op, const Shape& from) {
  Shape shape = op.integers(1, "shape");
  if (op.attributes.integer("allowzero", 0) != 0) op.unsupported("allowzero is set");
  if (shape.empty() || shape[0] > 1) op.unsupported("the batch does not stay the first axis");
  shape.erase(shape.begin());
  int64_t known = 1, open = -1;
  for (size_t i = 0; i < shape.size(); ++i) {
    if (shape[i] == 0 && i < from.size()) shape[i] = from[i];
    if (shape[i] >= 0) {
      known *= shape[i];
    } else {
      open = static_cast<int64_t>(i);
    }
  }
  if (open >= 0 && known > 0) shape[static_cast<size_t>(open)] = product(from) / known;
  return shape;
}

Shape flatten_target(const Operator& op, const Shape& from) {
  const int64_t axis = image_axis(op, op.attributes.integer("axis", 1), rank_of(op));
  if (axis != 1) op.unsupported("axes are joined with the batch");
  return {product(from)};
}

Shape squeeze_target(const Operator& op, const Shape& from) {
  const std::vector<int64_t> axes = image_axes(op, op.integers(1, "axes"), rank_of(op));
  Shape shape;
  for (size_t i = 0; i < from.size(); ++i) {
    const bool named = std::count(axes.begin(), axes.end(), static_cast<int64_t>(i) + 1) > 0;
    if (from[i] != 1 || (!axes.empty() && !named)) shape.push_back(from[i]);
  }
  return shape;
}

Shape unsqueeze_target(const Operator& op, const Shape& from) {
  std::vector<int64_t> axes = op.integers(1, "axes");
  axes = image_axes(op, axes, rank_of(op) + static_cast<int64_t>(axes.size()));
  std::sort(axes.begin(), axes.end());
  Shape shape = from;
  for (const int64_t axis : axes) shape.insert(shape.begin() + (axis - 1), 1);
  return shape;
}

std::optional<Layer> read_reshape(const Operator& op) {
  if (!op.has(0) || !op.inputs[0].is_signal) return std::nullopt;
  const Shape& from = op.inputs[0].shape;
  const Shape to = op.type == "Reshape"   ? reshape_target(op, from)
                   : op.type == "Flatten" ? flatten_target(op, from)
                   : op.type == "Squeeze" ? squeeze_target(op, from)
                                          : unsqueeze_target(op, from);
  if (product(to) != product(from)) {
    op.unsupported("an image of " + shape_text(from) + " cannot be reshaped to " + shape_text(to));
  }
  return Layer{&reshape, {{"shape", to}}};
}

void write_reshape(const Layer& layer, OperatorWriter& out) {
  Shape shape = target(layer);
  shape.insert(shape.begin(), 0);
  out.add("Reshape", {out.inputs()[0], out.constant(whole_numbers(shape))});
}

}  // namespace

const LayerType reshape = {"reshape",
                           "the same values in another shape",
                           Role::kView,
                           {},
                           reshape_forward,
                           reshape_adjoint,
                           {"Reshape", "Flatten", "Squeeze", "Unsqueeze"},
                           read_reshape,
                           write_reshape};

}  // namespace limpid
