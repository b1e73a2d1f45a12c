// SPDX-License-Identifier: Apache-2.0
#include "net/kernels/amx.h"

#include "core/vectorized.h"
#include "net/kernels/onednn.h"

#if defined(LIMPID_VECTOR_UNITS) && defined(__linux__)

#include <sys/syscall.h>
#include <unistd.h>

namespace limpid {
namespace {

/// Linux gives a process the tiles' registers when it asks: arch_prctl(2).
bool tiles_granted() {
  constexpr long request_permission = 0x1023, tile_data = 18;
  return syscall(SYS_arch_prctl, request_permission, tile_data) == 0;
}

/// What LDTILECFG reads: eight tiles of 16 rows of 64 bytes.
struct alignas(64) TileConfiguration {
  uint8_t palette = 1, start_row = 0, reserved[14] = {};
  uint16_t row_bytes[16] = {64, 64, 64, 64, 64, 64, 64, 64};
  uint8_t rows[16] = {16, 16, 16, 16, 16, 16, 16, 16};
};
const TileConfiguration configuration;

constexpr int64_t tile_numbers = block_numbers / 2;
constexpr int64_t result_columns = 32;

/// One block of the result a row and column, in tiles 0 to 3; tiles 4 and 5 hold the left matrix, 6 and 7 the right
/// one. Each half is loaded once or twice for three products, of which four are under way at a time.
template <int rows, int columns>
LIMPID_AMX __attribute__((noinline)) void multiply_block(const SplitProducts& products, const uint16_t* left,
                                                         const uint16_t* right, float* result) {
  constexpr int64_t row = 4 * result_columns;  // bytes
  const uint16_t* below = left + products.depth * block_numbers;
  const uint16_t* beside = right + products.right_column_step;
  asm volatile("" ::: "memory");  // gcc 12 does not know that tiles are loaded from memory
  _tile_zero(0);
  _tile_zero(1);
  _tile_zero(2);
  _tile_zero(3);
  for (int64_t at = 0; at < products.depth * block_numbers; at += block_numbers) {
    _tile_loadd(4, left + at, 64);
    if constexpr (rows > 1) _tile_loadd(5, below + at, 64);
    _tile_loadd(6, right + at + tile_numbers, 64);
    if constexpr (columns > 1) _tile_loadd(7, beside + at + tile_numbers, 64);
    for (int product = 0; product < 3; ++product) {  // high · low, high · high, low · high
      if (product == 1) {
        _tile_loadd(6, right + at, 64);
        if constexpr (columns > 1) _tile_loadd(7, beside + at, 64);
      }
      if (product == 2) {
        _tile_loadd(4, left + at + tile_numbers, 64);
        if constexpr (rows > 1) _tile_loadd(5, below + at + tile_numbers, 64);
      }
      _tile_dpbf16ps(0, 4, 6);
      if constexpr (columns > 1) _tile_dpbf16ps(1, 4, 7);
      if constexpr (rows > 1) _tile_dpbf16ps(2, 5, 6);
      if constexpr (rows > 1 && columns > 1) _tile_dpbf16ps(3, 5, 7);
    }
  }
  _tile_stored(0, result, row);
  if constexpr (columns > 1) _tile_stored(1, result + 16, row);
  if constexpr (rows > 1) _tile_stored(2, result + 16 * result_columns, row);
  if constexpr (rows > 1 && columns > 1) _tile_stored(3, result + 16 * result_columns + 16, row);
  asm volatile("" ::: "memory");
}

template <int columns>
void multiply_one(const SplitProducts& products, const uint16_t* left, const uint16_t* right, float* result) {
  int64_t row = 0;
  const auto at = [&](int64_t i) { return left + i * products.depth * block_numbers; };
  for (; row + 1 < products.rows; row += 2)
    multiply_block<2, columns>(products, at(row), right, result + row * 16 * result_columns);
  if (row < products.rows) multiply_block<1, columns>(products, at(row), right, result + row * 16 * result_columns);
}

LIMPID_AMX void configure_tiles() { _tile_loadconfig(&configuration); }
LIMPID_AMX void release_tiles() { _tile_release(); }

}  // namespace

bool has_amx() {
  static const bool found =
      has_avx512_bf16() && onednn_instructions().find("amx") != std::string::npos && tiles_granted();
  return found;
}

void multiply(const SplitProducts& products) {
  const auto one = products.columns > 1 ? multiply_one<2> : multiply_one<1>;
  configure_tiles();
  for (int64_t i = 0; i < products.count; ++i)
    one(products, products.left + i * products.left_step, products.right + i * products.right_step,
        products.result + i * products.result_step);
  release_tiles();
}

}  // namespace limpid

#else

namespace limpid {

bool has_amx() { return false; }
void multiply(const SplitProducts&) {}

}  // namespace limpid

#endif
