// SPDX-License-Identifier: Apache-2.0
#pragma once
// The adjoint of a strided convolution as one of stride 1: it gives, as channels, the s·s phases in which stride s
// visits the input, which are then laid beside each other.

#include "limpid/net/kernels.h"

namespace limpid {

/// Whether a convolution's adjoint can be computed so.
bool has_phases(const Tensor& weight, const ConvolutionGeometry& geometry);

/// Prepared for one weight [K, C, kernel rows, kernel columns].
class PhasesAdjoint {
 public:
  /// Along an axis.
  struct Grid {
    int64_t stride, padding, phases;
  };

  PhasesAdjoint(const Tensor& weight, const ConvolutionGeometry& geometry, Precision precision);

  /// A signal [M, K, h, w] → [M, C, H, W], `positions` being H and W, or max(·, 0) of that.
  Tensor operator()(const Tensor& signal, at::IntArrayRef positions, bool rectified) const;

  Implementation implementation(at::IntArrayRef signal_positions) const {
    return convolution_.implementation(signal_positions);
  }

 private:
  Grid rows_, columns_;
  int64_t channels_;
  Convolution convolution_;
};

}  // namespace limpid
