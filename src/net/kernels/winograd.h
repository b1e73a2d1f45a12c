// SPDX-License-Identifier: Apache-2.0
#pragma once
// 3×3 convolutions of stride 1 by Winograd's algorithm in split bfloat16, on AMX: oneDNN has it in float32 alone.

#include "limpid/net/kernels.h"

namespace limpid {

struct TileGrid;

/// A tile of 2×2 positions takes 16 products a channel instead of 36. Larger tiles (3×3, 4×4) were hardly
/// faster or slower, as their transforms and weights fill the caches, and three to four times as far off.
class WinogradConvolution {
 public:
  /// Whether there is one for this weight on this CPU.
  static bool suits(const Tensor& weight, const ConvolutionGeometry& geometry, Precision precision);

  WinogradConvolution(const Tensor& weight, const ConvolutionGeometry& geometry);

  /// x [N, C, H, W], N ≥ 1 → [N, K, …], or max(·, 0) of that. A map's values do not depend on the others in its batch.
  Tensor operator()(const Tensor& x, const Tensor& bias, bool rectified) const;

  static std::string implementation() { return "amx winograd_2x2"; }

 private:
  struct Strip;
  void enter(const TileGrid& grid, const Strip& strip) const;
  void multiply(const Strip& strip, int64_t column) const;
  void leave(const TileGrid& grid, const Strip& strip, int64_t column, const float* bias, bool rectified) const;

  std::vector<int64_t> padding_;
  int64_t inputs_, outputs_, depth_, columns_;  // channels, then blocks of 32 and 16 of them
  Tensor packed_;                               // [columns, 16 products, depth] blocks
  Tensor zeros_;                                // a position beyond the map
};

}  // namespace limpid
