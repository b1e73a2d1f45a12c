// SPDX-License-Identifier: Apache-2.0
#pragma once
// What layer types share in dealing with axes: ONNX's numbering, broadcasting, seeds, and gathering along one axis.

#include "limpid/net/operator.h"

namespace limpid {

/// The number of dimensions, batch included, of the signal that is operand `index`.
int64_t rank_of(const Operator& op, size_t index = 0);

/// An axis counted over [N, …], negative from the end, as a number of at least 1; throws for the batch axis, which
/// explanations need to stay in front, and for one that is not there.
int64_t image_axis(const Operator& op, int64_t axis, int64_t rank);
std::vector<int64_t> image_axes(const Operator& op, std::vector<int64_t> axes, int64_t rank);

/// The sizes of `activation` with another batch size.
Shape with_batch(const Tensor& activation, int64_t batch);

/// signal [N·S, …] as [N, S, …] and back.
Tensor split_seeds(const Tensor& signal, int64_t seeds);
Tensor join_seeds(const Tensor& signal);

/// The adjoint of broadcasting an input [N, …] to the signal's shape [N·S, …]: sums over the axes it was repeated on.
Tensor unbroadcast(const Tensor& signal, const Tensor& input);

/// at::index_select, which for four dimensions keeps channels-last.
Tensor gathered(const Tensor& x, int64_t axis, const Tensor& positions);
/// Its adjoint: adds each slice of `signal` at its position of an axis of length `size`.
Tensor scattered(const Tensor& signal, int64_t axis, const Tensor& positions, int64_t size);

/// Whole numbers as a tensor on a device.
Tensor whole_numbers(const std::vector<int64_t>& values, at::Device device = at::kCPU);

/// Whether all operands are signals of one number of dimensions, batch included.
bool all_signals(const Operator& op);

}  // namespace limpid
