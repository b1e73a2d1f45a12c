// SPDX-License-Identifier: Apache-2.0
#pragma once
// Winograd's transforms F(2×2, 3×3) [lavin2016], on AVX-512: 4×4 values of the input give 2×2 of the result.

#include "limpid/core/tensor.h"

namespace limpid {

constexpr int64_t winograd_input = 4, winograd_output = 2;  // sides
constexpr int64_t winograd_products = winograd_input * winograd_input;

/// A weight [K, C, 3, 3] → [16, C, K] in float64.
Tensor winograd_weight(const Tensor& weight);

/// Transforms a tile of the input and splits it: `positions` are its 16, with `channels` numbers each. A row of a left
/// matrix in the blocks of amx.h for each of the 16 products, which are `step` numbers apart.
void winograd_enter(const float* const* positions, int64_t channels, uint16_t* rows, int64_t step);

/// Transforms what the 16 products gave for up to 32 channels, adds the bias, which may be null, and writes to four
/// positions; null are those beyond the map.
void winograd_leave(const float* products, int64_t step, int64_t channels, const float* bias, bool rectified,
                    float* const* positions);

}  // namespace limpid
