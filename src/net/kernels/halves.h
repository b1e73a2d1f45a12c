// SPDX-License-Identifier: Apache-2.0
#pragma once
// Numbers as bfloat16, in one pass over memory, channels-last; the source may be a slice of the channels.

#include "limpid/core/tensor.h"

namespace limpid {

/// x [N, C, H, W] → bfloat16, densely.
Tensor as_bfloat16(const Tensor& x);

/// x [N, C, H, W] in float32 → [N, 3·C, H, W] in bfloat16: high, low, high for each position, with high the bfloat16
/// next to x and low the one next to x − high; high, high, low for a weight. The products of both along the channels
/// are the three that count.
Tensor split_in_three(const Tensor& x, bool weight);

/// The same for some rows of one map, which may lie beyond it and are zero there: [rows, W, 3·C].
void split_rows(const Tensor& x, int64_t map, int64_t first, int64_t rows, uint16_t* to);

}  // namespace limpid
