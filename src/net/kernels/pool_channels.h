// SPDX-License-Identifier: Apache-2.0
#pragma once
// Max pooling and its adjoint on the CPU, channels-last: the channels of a position are neighbours in memory and go
// through the vector units together.

#include "limpid/core/tensor.h"

namespace limpid {

/// Windows along one axis: `to` of them over `from` positions, the first from `before` positions ahead of the plane.
struct PoolingAxis {
  int64_t from, to, kernel, stride, dilation, before;
};

/// A switch is a position in a window, row · kernel columns + column.
constexpr int64_t most_switches = 256;

/// x [N, C, H, W] → values, and switches in uint8, [N, C, h, w]; all channels-last, x in float32, float64 or bfloat16.
/// A window beyond the plane has the value −∞.
void pool_channels(const PoolingAxis& rows, const PoolingAxis& columns, const Tensor& x, const Tensor& values,
                   const Tensor& switches);

/// signal [N·S, C, h, w] → out [N·S, C, H, W], channels-last, float32, float64 or bfloat16: at each position the sum of
/// the windows that have their maximum there, or max(sum, 0) where `rectified`.
void unpool_channels(const PoolingAxis& rows, const PoolingAxis& columns, const Tensor& signal, const Tensor& switches,
                     bool rectified, const Tensor& out);

/// What both run in on this CPU.
std::string pooling_instructions();

}  // namespace limpid
