// SPDX-License-Identifier: Apache-2.0
#pragma once
// Matrix products of numbers split into two bfloat16, on AMX: high · high + high · low + low · high, summed in float32.

#include <cstdint>

namespace limpid {

/// Whether this CPU has AMX for bfloat16, oneDNN makes use of it and the system lets this process.
bool has_amx();

/// Numbers of a block: two of AMX's tiles of 16 rows of 64 bytes, first the high halves, then the low ones. In a left
/// matrix it is [16 rows, 32 columns], in a right one [16 pairs of rows, 16 columns, 2].
constexpr int64_t block_numbers = 2 * 16 * 32;

/// Several products of one size; steps are what lies from one to the next, in numbers.
struct SplitProducts {
  int64_t count;
  int64_t rows, depth, columns;  // in blocks of 16, 32 and 16; one or two columns
  const uint16_t* left;          // [rows, depth] blocks
  int64_t left_step;
  const uint16_t* right;  // [depth] blocks a column
  int64_t right_step, right_column_step;
  float* result;  // [16 · rows, 32], of which a single column of blocks fills half
  int64_t result_step;
};

void multiply(const SplitProducts& products);

}  // namespace limpid
