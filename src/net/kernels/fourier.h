// SPDX-License-Identifier: Apache-2.0
#pragma once
// Convolutions with large kernels, of stride 1, as products of frequencies: in float32, a tile of 16×16 positions at a
// time.

#include "limpid/net/kernels.h"

namespace limpid {

struct TileGrid;

/// A tile of 7×7 kernels' 10×10 results takes 576 products for each pair of channels instead of 4,900.
class FourierConvolution {
 public:
  /// Whether there is one for this weight on this CPU.
  static bool suits(const Tensor& weight, const ConvolutionGeometry& geometry, Precision precision);

  FourierConvolution(const Tensor& weight, const ConvolutionGeometry& geometry);

  /// Whether tiles of maps with so many positions are full enough.
  bool pays(int64_t rows, int64_t columns) const;

  /// x [N, C, H, W], N ≥ 1 → [N, K, …], or max(·, 0) of that. A map's values do not depend on the others in its batch;
  /// where a kernel sees nothing but zeros they are exactly the bias.
  Tensor operator()(const Tensor& x, const Tensor& bias, bool rectified) const;

  static std::string implementation() { return "fourier_16x16"; }

 private:
  void strip(const TileGrid& grid, int64_t first, int64_t count, const float* bias, bool rectified) const;

  std::vector<int64_t> padding_;
  int64_t inputs_, outputs_, rows_, columns_;  // channels, and sides of the kernel
  Tensor weight_;                              // fourier_weight
  Tensor zeros_;                               // a position beyond the map
};

}  // namespace limpid
