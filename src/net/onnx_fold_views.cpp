// SPDX-License-Identifier: Apache-2.0
#include "net/onnx_fold.h"

#include <ATen/ATen.h>
#include <ATen/ExpandUtils.h>

#include <cmath>

#include "limpid/core/error.h"

namespace limpid::onnx_import {
namespace {

/// The part [start, end) of one axis, also backwards.
Tensor sliced(const Call& call, const Tensor& data, int64_t axis, int64_t start, int64_t end, int64_t step) {
  if (step == 0) call.op.unsupported("its step is 0");
  const int64_t size = data.size(axis);
  const auto clamped = [&](int64_t place, int64_t low, int64_t high) {
    return std::clamp(place < 0 ? place + size : place, low, high);
  };
  step = std::clamp(step, -size - 1, size + 1);
  start = step > 0 ? clamped(start, 0, size) : clamped(start, -1, size - 1);
  end = step > 0 ? clamped(end, 0, size) : clamped(end, -1, size - 1);
  std::vector<int64_t> places;
  for (int64_t i = start; step > 0 ? i < end : i > end; i += step) places.push_back(i);
  return at::index_select(data, axis, at::tensor(places, at::kLong));
}

/// A constant repeated over the batch stays one: it is broadcast where it is used.
Shape without_batch(std::vector<int64_t> shape) {
  if (!shape.empty() && shape.front() == kBatch) shape.front() = 1;
  return shape;
}

}  // namespace

void Call::reserve(at::IntArrayRef shape) const {
  int64_t elements = 1;
  for (const int64_t size : shape) {
    if (size < 0) op.unsupported("its result would have a negative size");
    if (__builtin_mul_overflow(elements, size, &elements) || elements > elements_left) {
      op.unsupported("its constant result of " + shape_text(shape) + " is beyond the limit of elements");
    }
  }
  elements_left -= elements;
}

int64_t Call::axis(int64_t axis, int64_t rank) const {
  if (axis < -rank || axis >= rank) {
    op.unsupported(detail::joined("axis ", axis, " does not exist in ", rank, " dimensions"));
  }
  return axis < 0 ? axis + rank : axis;
}

std::vector<Tensor> fold_gather(const Call& call) {
  const Tensor& data = call[0];
  const int64_t axis = call.axis(call.op.attributes.integer("axis", 0), data.dim());
  const int64_t size = data.size(axis);
  Tensor indices = call[1].to(at::kLong);
  if (at::logical_or(indices.lt(-size), indices.ge(size)).any().item<bool>())
    call.op.unsupported("an index is too large");
  indices = at::where(indices.lt(0), indices + size, indices);
  Shape shape = data.sizes().vec();
  shape.erase(shape.begin() + axis);
  shape.insert(shape.begin() + axis, indices.sizes().begin(), indices.sizes().end());
  call.reserve(shape);
  return {at::index_select(data, axis, indices.reshape({-1})).reshape(shape)};
}

std::vector<Tensor> fold_concat(const Call& call) {
  std::vector<Tensor> parts;
  for (size_t i = 0; i < call.op.inputs.size(); ++i) {
    call.reserve(call[i].sizes());
    parts.push_back(call[i]);
  }
  const int64_t axis = call.axis(call.op.attributes.integer("axis", 0), call[0].dim());
  return {at::cat(parts, axis)};
}

std::vector<Tensor> fold_unsqueeze(const Call& call) {
  std::vector<int64_t> axes = call.op.integers(1, "axes");
  const int64_t rank = call[0].dim() + static_cast<int64_t>(axes.size());
  if (rank > 16) call.op.unsupported("it makes more than 16 axes");
  for (int64_t& axis : axes) axis = call.axis(axis, rank);
  std::sort(axes.begin(), axes.end());
  Tensor result = call[0];
  for (const int64_t axis : axes) result = result.unsqueeze(call.axis(axis, result.dim() + 1));
  return {result};
}

std::vector<Tensor> fold_squeeze(const Call& call) {
  std::vector<int64_t> axes = call.op.integers(1, "axes");
  if (axes.empty()) return {call[0].squeeze()};
  for (int64_t& axis : axes) axis = call.axis(axis, call[0].dim());
  std::sort(axes.rbegin(), axes.rend());
  Tensor result = call[0];
  for (const int64_t axis : axes) result = result.squeeze(call.axis(axis, result.dim()));
  return {result};
}

std::vector<Tensor> fold_slice(const Call& call) {
  const auto starts = call.op.integers(1, "starts"), ends = call.op.integers(2, "ends");
  auto axes = call.op.integers(3, "axes"), steps = call.op.integers(4, "steps");
  if (axes.empty()) {
    for (size_t i = 0; i < starts.size(); ++i) axes.push_back(static_cast<int64_t>(i));
  }
  if (steps.empty()) steps.assign(starts.size(), 1);
  if (ends.size() != starts.size() || axes.size() != starts.size() || steps.size() != starts.size()) {
    call.op.unsupported("its starts, ends, axes and steps differ in number");
  }
  Tensor result = call[0];
  for (size_t i = 0; i < starts.size(); ++i) {
    call.reserve(result.sizes());
    result = sliced(call, result, call.axis(axes[i], result.dim()), starts[i], ends[i], steps[i]);
  }
  return {result};
}

std::vector<Tensor> fold_constant_of_shape(const Call& call) {
  const Shape shape = without_batch(call.op.integers(0, ""));
  call.reserve(shape);
  const auto& values = call.op.attributes.values();
  const auto found = values.find("value");
  if (found == values.end()) return {at::zeros(shape, at::kFloat)};
  const auto* value = std::get_if<Tensor>(&found->second);
  if (!value || value->numel() != 1) call.op.unsupported("its value must be one number");
  return {at::full(shape, value->reshape({}).item(), value->scalar_type())};
}

std::vector<Tensor> fold_expand(const Call& call) {
  const Shape shape = at::infer_size(call[0].sizes(), without_batch(call.op.integers(1, "")));
  call.reserve(shape);
  return {call[0].expand(shape).contiguous()};
}

std::vector<Tensor> fold_tile(const Call& call) {
  const auto repeats = without_batch(call.op.integers(1, ""));
  if (static_cast<int64_t>(repeats.size()) != call[0].dim()) call.op.unsupported("it needs a repeat for each axis");
  Shape shape = call[0].sizes().vec();
  for (size_t i = 0; i < shape.size(); ++i) {
    if (repeats[i] < 0 || __builtin_mul_overflow(shape[i], repeats[i], &shape[i])) call.op.unsupported("bad repeats");
  }
  call.reserve(shape);
  return {call[0].repeat(repeats)};
}

std::vector<Tensor> fold_range(const Call& call) {
  for (size_t i = 0; i < 3; ++i) {
    if (call[i].numel() != 1) call.op.unsupported("its start, limit and step must be single numbers");
  }
  const Tensor start = call[0].reshape({}), limit = call[1].reshape({}), step = call[2].reshape({});
  const double count = std::ceil((limit.item<double>() - start.item<double>()) / step.item<double>());
  if (!(count < 1e15)) call.op.unsupported("its number of steps is not finite");
  const auto size = static_cast<int64_t>(std::max(count, 0.0));
  call.reserve({size});
  return {start + at::arange(size, start.options()) * step};
}

std::vector<Tensor> fold_reshape(const Call& call) {
  std::vector<int64_t> shape = call.op.integers(1, "shape");
  for (size_t i = 0; i < shape.size(); ++i) {
    if (shape[i] == 0 && call.op.attributes.integer("allowzero", 0) == 0) {
      if (static_cast<int64_t>(i) >= call[0].dim()) call.op.unsupported("it keeps an axis that does not exist");
      shape[i] = call[0].size(static_cast<int64_t>(i));
    }
  }
  return {call[0].reshape(shape)};
}

std::vector<Tensor> fold_flatten(const Call& call) {
  const int64_t axis = call.op.attributes.integer("axis", 1);
  if (axis < 0 || axis > call[0].dim()) call.op.unsupported("its axis does not exist");
  const Shape shape = call[0].sizes().vec();
  int64_t rows = 1;
  for (int64_t i = 0; i < axis; ++i) rows *= shape[static_cast<size_t>(i)];
  return {call[0].reshape({rows, rows == 0 ? 0 : call[0].numel() / rows})};
}

std::vector<Tensor> fold_transpose(const Call& call) {
  std::vector<int64_t> order = call.op.attributes.integers("perm");
  if (order.empty()) {
    for (int64_t i = call[0].dim() - 1; i >= 0; --i) order.push_back(i);
  }
  return {call[0].permute(order).contiguous()};
}

std::vector<Tensor> fold_split(const Call& call) {
  const int64_t axis = call.axis(call.op.attributes.integer("axis", 0), call[0].dim());
  std::vector<int64_t> sizes = call.op.integers(1, "split");
  const auto count = static_cast<int64_t>(call.outputs);
  if (sizes.empty()) sizes.assign(call.outputs, call[0].size(axis) / count);
  if (sizes.size() != call.outputs) call.op.unsupported("it has another number of outputs than of sizes");
  return at::split_with_sizes(call[0], sizes, axis);
}

}  // namespace limpid::onnx_import
