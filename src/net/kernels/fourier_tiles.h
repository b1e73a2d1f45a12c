// SPDX-License-Identifier: Apache-2.0
#pragma once
// Tiles of 16×16 positions between space and frequencies, eight channels at a time.

#include "limpid/core/tensor.h"

namespace limpid {

inline constexpr int64_t fourier_side = 16;
inline constexpr int64_t fourier_columns = fourier_side / 2 + 1;             // frequencies along a row of real numbers
inline constexpr int64_t fourier_products = fourier_side * fourier_columns;  // frequencies of a tile
inline constexpr int64_t fourier_lanes = 8;                                  // channels

/// [K, C, h, w] → [fourier_products, 2C, 2K]: what takes the real, then imaginary parts of C channels at a frequency to
/// those of K, 1 / 16² included, so that tiles are correlated with the weight.
Tensor fourier_weight(const Tensor& weight);

/// The frequencies of a tile whose positions are at `positions`: real parts of the channels to `spectrum`, imaginary
/// ones to `spectrum` + channels, those of the next frequency `step` further on.
void fourier_enter(const float* const* positions, int64_t channels, float* spectrum, int64_t step);

/// And back, for the first `rows` × `columns` positions: value + bias, or max(·, 0) of that, to `positions` that are
/// not null. Where `empty`, the sum is known to be 0.
struct FourierResult {
  int64_t rows, columns, channels;
  const float* bias;  // or null
  bool rectified;
  float* const* positions;
  const bool* empty;
};
void fourier_leave(const float* spectrum, int64_t step, const FourierResult& result);

/// C += A B for row-major A [rows, depth], B [depth, columns], overwriting C [rows, columns]; columns in sixteens.
void fourier_multiply(const float* a, const float* b, float* c, int64_t rows, int64_t depth, int64_t columns);

}  // namespace limpid
