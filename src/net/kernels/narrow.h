// SPDX-License-Identifier: Apache-2.0
#pragma once
// The adjoint of a convolution with few input channels, which is a network's first.

#include <functional>

#include "limpid/net/kernels.h"

namespace limpid {

/// Whether it is worth a way of its own.
bool is_narrow(const Tensor& weight, const ConvolutionGeometry& geometry);

/// A signal [M, K, h, w] → [M, C, rows, columns].
std::function<Tensor(const Tensor& signal, at::IntArrayRef positions)> narrow_adjoint(
    const Tensor& weight, const ConvolutionGeometry& geometry, Precision precision);

}  // namespace limpid
