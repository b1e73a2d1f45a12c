// SPDX-License-Identifier: Apache-2.0
// Sums, concatenations and products of signals and constants, as layer types that take the signals alone.
#include <ATen/ATen.h>

#include <numeric>

#include "net/onnx_graph.h"

namespace limpid::onnx_import {
namespace {

Operator step(const Operator& op, const std::string& type, const std::vector<Tensor>& constants,
              Attributes attributes = {}) {
  Operator next{type, op.name, 13, std::move(attributes), {Operand{}}};
  for (const Tensor& constant : constants) next.inputs.push_back({constant});
  return next;
}

Operator with_signals_only(const Operator& op) {
  Operator signals = op;
  signals.inputs.clear();
  std::copy_if(op.inputs.begin(), op.inputs.end(), std::back_inserter(signals.inputs),
               [](const Operand& operand) { return operand.is_signal; });
  return signals;
}

/// What stands first in a row gets the signal as the file has it.
std::vector<Operator> row_from(const Operand& signal, std::vector<Operator> row) {
  if (!row.empty()) row.front().inputs.front() = signal;
  return row;
}

/// A constant for all images: one row of the batch axis stands for equal ones.
Tensor for_any_image(const Operator& op, const Tensor& constant, size_t rank) {
  if (static_cast<size_t>(constant.dim()) != rank)
    op.unsupported("its constant " + shape_text(constant.sizes()) + " has not as many axes as its other operands");
  if (constant.size(0) == 0 || !constant.equal(constant.narrow(0, 0, 1).expand_as(constant)))
    op.unsupported("its constant " + shape_text(constant.sizes()) + " differs from image to image");
  return constant.narrow(0, 0, 1).to(at::kFloat);
}

struct Joined {
  std::vector<int64_t> order;     // where the signals' values, then the constants', come to stand
  std::vector<Tensor> constants;  // [1, …]
  Shape shape;                    // an image, of the signals alone
};

Joined joined(const Operator& op, int64_t axis) {
  Joined all;
  std::vector<int64_t> behind;
  int64_t place = 0;
  const auto along = static_cast<size_t>(axis - 1);
  for (const Operand& operand : op.inputs) {
    const int64_t size = operand.is_signal ? operand.shape[along] : operand.constant.size(axis);
    std::vector<int64_t>& places = operand.is_signal ? all.order : behind;
    for (int64_t i = 0; i < size; ++i) places.push_back(place++);
    if (!operand.is_signal) continue;
    if (all.shape.empty()) {
      all.shape = operand.shape;
    } else {
      all.shape[along] += size;
    }
  }
  all.order.insert(all.order.end(), behind.begin(), behind.end());
  return all;
}

}  // namespace

/// The signals' sum, and the constants' as a shift.
std::vector<Operator> summed(const Operator& op) {
  Tensor shift;
  for (const Operand& operand : op.inputs)
    if (!operand.is_signal) shift = shift.defined() ? shift + operand.constant : operand.constant;
  const Operator signals = with_signals_only(op);
  std::vector<Operator> row;
  if (signals.inputs.size() > 1) row.push_back(signals);
  if (shift.defined()) row.push_back(step(op, "Add", {shift}));
  return row_from(signals.inputs.front(), row);
}

/// The signals one behind the other, zeros for the constants, put in order, and the constants as a shift.
std::vector<Operator> concatenated(const Operator& op) {
  const Operator signals = with_signals_only(op);
  const Shape& first = signals.inputs.front().shape;
  const auto rank = static_cast<int64_t>(first.size()) + 1;
  int64_t axis = op.attributes.integer("axis", 1);
  if (axis < 0) axis += rank;
  if (axis < 1 || axis >= rank) op.unsupported("it joins along the batch axis, or one that is not there");
  std::vector<Tensor> parts;
  for (const Operand& operand : op.inputs) {
    if (operand.is_signal && operand.shape.size() != first.size())
      op.unsupported("its operands have not one number of axes");
    Shape shape = operand.is_signal ? operand.shape : Shape{};
    shape.insert(shape.begin(), 1);
    parts.push_back(operand.is_signal ? at::zeros(shape)
                                      : for_any_image(op, operand.constant, static_cast<size_t>(rank)));
  }
  const Joined all = joined(op, axis);
  const auto whole = static_cast<int64_t>(all.order.size());
  std::vector<Operator> row;
  if (signals.inputs.size() > 1) row.push_back(signals);
  std::vector<int64_t> pads(static_cast<size_t>(2 * rank), 0);
  pads[static_cast<size_t>(rank + axis)] = whole - all.shape[static_cast<size_t>(axis - 1)];
  row.push_back(step(op, "Pad", {at::tensor(pads, at::kLong), at::zeros({})}));
  if (!std::is_sorted(all.order.begin(), all.order.end())) {
    std::vector<int64_t> from(all.order.size());
    for (size_t i = 0; i < from.size(); ++i) from[static_cast<size_t>(all.order[i])] = static_cast<int64_t>(i);
    row.push_back(step(op, "Gather", {at::tensor(from, at::kLong)}, {{"axis", axis}}));
  }
  row.push_back(step(op, "Add", {at::cat(parts, axis)}));
  return row_from(signals.inputs.front(), row);
}

/// A product with one matrix, from the right: W·x is (xᵗ·Wᵗ)ᵗ, and a vector a matrix of one column.
std::vector<Operator> multiplied(const Operator& op) {
  const bool from_left = !op.inputs[0].is_signal;
  const Operand& signal = op.inputs[from_left ? 1 : 0];
  Tensor matrix = op.constant(from_left ? 0 : 1, "weight");
  const auto rank = static_cast<int64_t>(signal.shape.size()) + 1;
  const bool vector = matrix.dim() == 1;
  if (vector) matrix = matrix.unsqueeze(from_left ? 0 : 1);
  while (matrix.dim() > 2 && matrix.dim() <= rank && matrix.size(0) == 1) matrix = matrix.squeeze(0);
  if (matrix.dim() != 2) {
    op.unsupported("its constant " + shape_text(matrix.sizes()) +
                   " is not one matrix for all images and channels, and no other is supported");
  }
  if (from_left && rank < 3) op.unsupported("its constant on the left mixes the images of a batch");
  if (vector && rank < 3) op.unsupported("a product with a vector leaves one number an image");
  std::vector<int64_t> order(static_cast<size_t>(rank));
  std::iota(order.begin(), order.end(), 0);
  if (from_left) std::swap(order[order.size() - 2], order.back());
  const Operator transpose = step(op, "Transpose", {}, {{"perm", order}});
  std::vector<Operator> row;
  if (from_left) row.push_back(transpose);
  row.push_back(step(op, "MatMul", {from_left ? matrix.t() : matrix}));
  if (from_left && !vector) row.push_back(transpose);
  if (vector) {
    const int64_t dropped = from_left ? rank - 2 : rank - 1;
    Shape shape = signal.shape;
    shape.erase(shape.begin() + (dropped - 1));
    shape.insert(shape.begin(), 0);
    row.push_back(step(op, "Reshape", {at::tensor(shape, at::kLong)}));
  }
  return row_from(signal, row);
}

}  // namespace limpid::onnx_import
