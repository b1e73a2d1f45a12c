// SPDX-License-Identifier: Apache-2.0
#pragma once
// The few operations that nearly all time goes into, channels-last, on any device and in any floating-point type.

#include <functional>
#include <vector>

#include "limpid/core/tensor.h"

namespace limpid {

/// Sizes of a convolution over d = 1 or 2 axes, d numbers each.
struct ConvolutionGeometry {
  std::vector<int64_t> stride, padding, dilation;  // padding is the same on both sides of an axis
  int64_t groups = 1;
};

/// x [N, C, …], weight [K, C/groups, …], bias [K] or undefined → [N, K, …].
Tensor convolve(const Tensor& x, const Tensor& weight, const Tensor& bias, const ConvolutionGeometry& geometry);

/// The transpose of `convolve` without its bias, prepared once for a weight: a function that takes a signal [M, K, …]
/// to [M, C, …] with the spatial size `positions`, and may be called from several threads.
using ConvolutionAdjoint = std::function<Tensor(const Tensor& signal, at::IntArrayRef positions)>;
ConvolutionAdjoint convolution_adjoint(const Tensor& weight, const ConvolutionGeometry& geometry);

/// Places each value of signal [N·S, C, h, w] at its switch [N, C, h, w] (int64, index in the H·W plane) and adds
/// where windows overlap: [N·S, C, rows, columns].
Tensor unpool(const Tensor& signal, const Tensor& switches, int64_t seeds, int64_t rows, int64_t columns);

}  // namespace limpid
