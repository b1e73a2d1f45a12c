// SPDX-License-Identifier: Apache-2.0
#include "net/layers/axes.h"

#include <ATen/ATen.h>

namespace limpid {
namespace {

// A view whose memory order is row-major when x is channels-last, so that slices along rows are whole blocks.
Tensor channels_behind(const Tensor& x) { return x.dim() == 4 ? x.permute({0, 2, 3, 1}) : x; }
Tensor channels_first(const Tensor& x) { return x.dim() == 4 ? x.permute({0, 3, 1, 2}) : x; }

int64_t moved_axis(int64_t axis, int64_t dimensions) {
  if (dimensions != 4 || axis == 0) return axis;
  return axis == 1 ? 3 : axis - 1;
}

}  // namespace

int64_t rank_of(const Operator& op, size_t index) { return static_cast<int64_t>(op.inputs[index].shape.size()) + 1; }

int64_t image_axis(const Operator& op, int64_t axis, int64_t rank) {
  const int64_t positive = axis < 0 ? axis + rank : axis;
  const std::string text = "axis " + std::to_string(axis) + " of " + std::to_string(rank) + " dimensions";
  if (positive < 0 || positive >= rank) op.unsupported(text + " is not there");
  if (positive == 0) op.unsupported(text + " is the batch, whose images must stay apart");
  return positive;
}

std::vector<int64_t> image_axes(const Operator& op, std::vector<int64_t> axes, int64_t rank) {
  for (int64_t& axis : axes) axis = image_axis(op, axis, rank);
  return axes;
}

Shape with_batch(const Tensor& activation, int64_t batch) {
  Shape shape = activation.sizes().vec();
  shape.front() = batch;
  return shape;
}

Tensor split_seeds(const Tensor& signal, int64_t seeds) {
  Shape shape = signal.sizes().vec();
  shape.front() /= seeds;
  shape.insert(shape.begin() + 1, seeds);
  return signal.reshape(shape);
}

Tensor join_seeds(const Tensor& signal) { return dense(signal.flatten(0, 1)); }

Tensor unbroadcast(const Tensor& signal, const Tensor& input) {
  std::vector<int64_t> repeated;
  for (int64_t d = 1; d < input.dim(); ++d) {
    if (input.size(d) == 1 && signal.size(d) != 1) repeated.push_back(d);
  }
  return repeated.empty() ? signal : dense(signal.sum(repeated, true));
}

Tensor gathered(const Tensor& x, int64_t axis, const Tensor& positions) {
  return dense(channels_first(channels_behind(x).index_select(moved_axis(axis, x.dim()), positions)));
}

Tensor scattered(const Tensor& signal, int64_t axis, const Tensor& positions, int64_t size) {
  const Tensor values = channels_behind(signal);
  const int64_t moved = moved_axis(axis, signal.dim());
  Shape shape = values.sizes().vec();
  shape[static_cast<size_t>(moved)] = size;
  return dense(channels_first(at::zeros(shape, values.options()).index_add(moved, positions, values)));
}

Tensor whole_numbers(const std::vector<int64_t>& values, at::Device device) {
  return at::tensor(values, at::kLong).to(device);
}

bool all_signals(const Operator& op) {
  for (size_t i = 0; i < op.inputs.size(); ++i) {
    if (!op.inputs[i].is_signal || rank_of(op, i) != rank_of(op)) return false;
  }
  return !op.inputs.empty();
}

}  // namespace limpid
