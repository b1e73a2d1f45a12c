// SPDX-License-Identifier: Apache-2.0
// What differs between opsets and exporters is made equal here, before a layer type reads an operator.
#include <ATen/ATen.h>
#include <ATen/ExpandUtils.h>

#include "limpid/core/error.h"
#include "net/onnx_graph.h"

namespace limpid::onnx_import {
namespace {

Operand whole(const std::vector<int64_t>& values) { return {at::tensor(values, at::kLong)}; }

/// A 1 where the file leaves the batch open was written by an exporter that saw one image.
bool stays_batch(int64_t size, int64_t batch) {
  return size == 0 || size == kBatch || size == batch || (size == 1 && batch < 0);
}

int64_t elements(at::IntArrayRef shape) {
  int64_t count = 1;
  for (const int64_t size : shape) {
    if (__builtin_mul_overflow(count, size, &count)) return -1;
  }
  return count;
}

/// The sizes behind the batch axis: 0 copies a size of the input, −1 takes what is left.
Shape resolved(const Operator& op, const std::vector<int64_t>& target) {
  const Shape& from = op.inputs[0].shape;
  Shape shape(target.begin() + 1, target.end());
  std::optional<size_t> open;
  int64_t known = 1;
  for (size_t i = 0; i < shape.size(); ++i) {
    if (shape[i] == 0 && op.attributes.integer("allowzero", 0) == 0) {
      if (i >= from.size()) op.unsupported("its target keeps an axis that does not exist");
      shape[i] = from[i];
    }
    if (shape[i] < -1 || (shape[i] == -1 && (open || target.front() == -1)))
      op.unsupported("its target is " + shape_text(target));
    if (shape[i] == -1) {
      open = i;
    } else if (__builtin_mul_overflow(known, shape[i], &known)) {
      op.unsupported("its target is " + shape_text(target));
    }
  }
  if (open && known > 0) shape[*open] = elements(from) / known;
  return shape;
}

Operator reshaped(Operator op, int64_t batch) {
  const std::vector<int64_t> target = op.integers(1, "shape");
  const Shape& from = op.inputs[0].shape;
  const bool stays = !target.empty() && (target.front() == -1 || stays_batch(target.front(), batch));
  const std::string said =
      detail::joined("an image of ", shape_text(from), " is to be reshaped to ", shape_text(target), ", which ");
  if (!stays) op.unsupported(said + "does not keep the batch as the first axis");
  Shape shape = resolved(op, target);
  if (elements(shape) != elements(from)) {
    op.unsupported(detail::joined(said, "does not keep the batch as the first axis: behind it there would be ",
                                  elements(shape), " values instead of ", elements(from)));
  }
  shape.insert(shape.begin(), 0);
  op.inputs = {op.inputs[0], whole(shape)};
  op.attributes = {};
  return op;
}

Operator slice(const Operator& op, int64_t start, int64_t end, int64_t axis, int64_t step) {
  return {"Slice", op.name, 13, {}, {op.inputs[0], whole({start}), whole({end}), whole({axis}), whole({step})}};
}

int64_t signal_axis(const Operator& op, int64_t fallback) {
  const auto rank = static_cast<int64_t>(op.inputs[0].shape.size()) + 1;
  const int64_t axis = op.attributes.integer("axis", fallback);
  if (axis < -rank || axis >= rank) op.unsupported(detail::joined("axis ", axis, " does not exist"));
  const int64_t positive = axis < 0 ? axis + rank : axis;
  if (positive == 0) op.unsupported("it cuts the batch axis");
  return positive;
}

Operator part_of_split(const Operator& op, size_t output, size_t outputs) {
  const int64_t axis = signal_axis(op, 0);
  const int64_t size = op.inputs[0].shape[static_cast<size_t>(axis - 1)];
  std::vector<int64_t> sizes = op.integers(1, "split");
  if (sizes.empty()) sizes.assign(outputs, size / static_cast<int64_t>(outputs));
  int64_t start = 0, all = 0;
  for (size_t i = 0; i < sizes.size(); ++i) {
    if (sizes[i] < 0 || sizes[i] > size - all) op.unsupported("its parts are larger than the axis");
    if (i < output) start += sizes[i];
    all += sizes[i];
  }
  if (sizes.size() != outputs || all != size) {
    op.unsupported(detail::joined("its ", outputs, " parts do not make up the axis of ", size));
  }
  return slice(op, start, start + sizes[output], axis, 1);
}

/// Indices in even steps are a slice; one index without an axis of its own also drops the axis.
std::vector<Operator> gathered(const Operator& op) {
  const int64_t axis = signal_axis(op, 0);
  const Shape& from = op.inputs[0].shape;
  const int64_t size = from[static_cast<size_t>(axis - 1)];
  const int64_t rank = op.constant(1, "indices").dim();
  std::vector<int64_t> indices = op.integers(1, "indices");
  for (int64_t& index : indices) {
    if (index < -size || index >= size)
      op.unsupported(detail::joined("index ", index, " is outside an axis of ", size));
    if (index < 0) index += size;
  }
  const int64_t step = indices.size() > 1 ? indices[1] - indices[0] : 1;
  bool even = rank <= 1 && !indices.empty() && step > 0;
  for (size_t i = 1; i < indices.size(); ++i) even = even && indices[i] - indices[i - 1] == step;
  if (!even) return {op};
  std::vector<Operator> row = {slice(op, indices.front(), indices.back() + 1, axis, step)};
  if (rank == 0) {
    Shape shape = from;
    shape.erase(shape.begin() + (axis - 1));
    shape.insert(shape.begin(), 0);
    row.push_back({"Reshape", op.name, 13, {}, {Operand{}, whole(shape)}});
  }
  return row;
}

/// Inputs that exporters fill with an empty tensor are left out; sizes have 0 for the batch.
Operator resized(Operator op, int64_t batch) {
  for (size_t i = 1; i < op.inputs.size(); ++i) {
    if (op.inputs[i].constant.defined() && op.inputs[i].constant.numel() == 0) op.inputs[i] = {};
  }
  if (op.has(3)) {
    std::vector<int64_t> sizes = op.integers(3, "sizes");
    if (sizes.empty() || !stays_batch(sizes.front(), batch)) {
      op.unsupported("its sizes are " + shape_text(sizes) +
                     ", which resizes the batch axis; the batch's size, or 1 where that is open, works");
    }
    sizes.front() = 0;
    op.inputs[3] = whole(sizes);
  }
  return op;
}

/// Averaging a volume along its first axis only, as PyTorch does for its local response normalisation, is averaging an
/// image whose other axes are joined.
std::vector<Operator> averaged_volume(const Operator& op) {
  const Shape& from = op.inputs[0].shape;
  Attributes attributes = op.attributes;
  for (const auto& [name, neutral] : {std::pair{"kernel_shape", 1}, std::pair{"strides", 1}, std::pair{"pads", 0}}) {
    std::vector<int64_t> sizes = op.attributes.integers(name);
    if (sizes.empty()) continue;
    if (sizes.size() % 3 != 0) op.unsupported("it does not fit its input");
    for (size_t i = sizes.size(); i-- > 0;) {
      if (i % 3 != 0 && sizes[i] != neutral) op.unsupported("only one of three spatial axes can be averaged over");
      if (i % 3 == 2) sizes.erase(sizes.begin() + static_cast<int64_t>(i));
    }
    attributes.set(name, sizes);
  }
  const auto reshape = [&op](const std::vector<int64_t>& shape) {
    return Operator{"Reshape", op.name, 13, {}, {op.inputs[0], whole(shape)}};
  };
  Operator average{op.type, op.name, op.opset, attributes, {Operand{}}};
  const int64_t taps = op.attributes.integers("kernel_shape").at(0),
                step = op.attributes.integers("strides", {1}).at(0);
  const std::vector<int64_t> pads = op.attributes.integers("pads", std::vector<int64_t>(6));
  if (step < 1) op.unsupported("its stride is not positive");
  const int64_t left = (from[1] + pads.at(0) + pads.at(3) - taps) / step + 1;
  return {reshape({0, from[0], from[1], from[2] * from[3]}), average, reshape({0, from[0], left, from[2], from[3]})};
}

/// Repeated along other axes than the batch, whose size stands first where the shape has one for every axis.
Operator expanded(Operator op, int64_t batch) {
  std::vector<int64_t> target = op.integers(1, "shape");
  if (target.size() == op.inputs[0].shape.size() + 1 && (target[0] == kBatch || target[0] == batch)) target[0] = 1;
  op.inputs[1] = whole(target);
  return op;
}

bool repeats_nothing(const Operator& op) {
  std::vector<int64_t> target = op.integers(1, "shape");
  const Shape& from = op.inputs[0].shape;
  if (target.size() == from.size() + 1) target.erase(target.begin());
  return target.size() <= from.size() && at::infer_size(from, target) == from;
}

/// Before opset 13 the axis and all behind it counted as one.
std::vector<Operator> joined_softmax(Operator op) {
  const Shape& from = op.inputs[0].shape;
  const int64_t axis = signal_axis(op, 1);
  op.opset = 13;
  op.attributes.set("axis", axis);
  const at::IntArrayRef joins = at::IntArrayRef(from).slice(static_cast<size_t>(axis - 1));
  if (elements(joins) == joins.front()) return {op};
  const auto reshape = [&op](Shape shape) {
    shape.insert(shape.begin(), 0);
    return Operator{"Reshape", op.name, 13, {}, {op.inputs[0], whole(shape)}};
  };
  Shape flat(from.begin(), from.begin() + (axis - 1));
  flat.push_back(elements(joins));
  return {reshape(flat), op, reshape(from)};
}

/// Exporters write a Pad before every average pooling.
bool pads_nothing(const Operator& op) {
  const std::vector<int64_t> pads = op.integers(1, "pads");
  return std::all_of(pads.begin(), pads.end(), [](int64_t pad) { return pad == 0; });
}

bool casts_to_real(const Operator& op) {
  const int64_t to = op.attributes.integer("to", 0);
  return to == 1 || to == 10 || to == 11 || to == 16;  // TensorProto: FLOAT, FLOAT16, DOUBLE, BFLOAT16
}

}  // namespace

std::vector<Operator> rewritten(const Operator& op, size_t output, size_t outputs, int64_t batch) {
  const bool first_is_signal = !op.inputs.empty() && op.inputs[0].is_signal;
  if (op.type == "Split" && first_is_signal) return {part_of_split(op, output, outputs)};
  if (output > 0) op.unsupported(detail::joined("its output ", output, " is used; only the first is supported"));
  const bool mixed = op.signals() < static_cast<int64_t>(op.inputs.size());
  if (op.type == "Sum" && mixed) return summed(op);
  if (op.type == "Concat" && mixed) return concatenated(op);
  if (op.type == "MatMul" && mixed) return multiplied(op);
  if (!first_is_signal) return {op};
  if (op.type == "Identity" || op.type == "Dropout") return {};
  if (op.type == "Cast" && casts_to_real(op)) return {};
  if (op.type == "Expand" && repeats_nothing(op)) return {};
  if (op.type == "Expand") return {expanded(op, batch)};
  if (op.type == "Pad" && pads_nothing(op)) return {};
  if (op.type == "AveragePool" && op.inputs[0].shape.size() == 4) return averaged_volume(op);
  if (op.type == "Reshape") return {reshaped(op, batch)};
  if (op.type == "Gather") return gathered(op);
  if (op.type == "Resize") return {resized(op, batch)};
  if ((op.type == "Softmax" || op.type == "LogSoftmax") && op.opset < 13) return joined_softmax(op);
  return {op};
}

}  // namespace limpid::onnx_import
