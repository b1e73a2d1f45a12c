// SPDX-License-Identifier: Apache-2.0
#pragma once
// What folding an operator on constants has at hand, and the foldings that move or repeat values.

#include "net/onnx_graph.h"

namespace limpid::onnx_import {

/// Values are float32 or int64.
struct Call {
  const Operator& op;
  size_t outputs;
  int64_t& elements_left;

  const Tensor& operator[](size_t index) const { return op.constant(index, "operand"); }
  /// Asks, before they are allocated, for the elements of a result.
  void reserve(at::IntArrayRef shape) const;
  /// A possibly negative axis, counted from the front; throws where there is none.
  int64_t axis(int64_t axis, int64_t rank) const;
};

std::vector<Tensor> fold_gather(const Call& call);
std::vector<Tensor> fold_concat(const Call& call);
std::vector<Tensor> fold_unsqueeze(const Call& call);
std::vector<Tensor> fold_squeeze(const Call& call);
std::vector<Tensor> fold_slice(const Call& call);
std::vector<Tensor> fold_constant_of_shape(const Call& call);
std::vector<Tensor> fold_expand(const Call& call);
std::vector<Tensor> fold_tile(const Call& call);
std::vector<Tensor> fold_range(const Call& call);
std::vector<Tensor> fold_reshape(const Call& call);
std::vector<Tensor> fold_flatten(const Call& call);
std::vector<Tensor> fold_transpose(const Call& call);
std::vector<Tensor> fold_split(const Call& call);

}  // namespace limpid::onnx_import
