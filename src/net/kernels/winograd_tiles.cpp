// SPDX-License-Identifier: Apache-2.0
#include "net/kernels/winograd_tiles.h"

#include <ATen/ATen.h>

#include "core/vectorized.h"
#include "net/kernels/amx.h"

namespace limpid {

Tensor winograd_weight(const Tensor& weight) {
  const Tensor one_axis = at::tensor({1., 0., 0., .5, .5, .5, .5, -.5, .5, 0., 0., 1.}, at::kDouble).view({4, 3});
  return at::einsum("ay,bx,kcyx->abck", {one_axis, one_axis, weight.to(at::kDouble)}).flatten(0, 1);
}

#ifdef LIMPID_VECTOR_UNITS
namespace {

/// Along one axis, values `step` apart.
LIMPID_AVX512_BF16 LIMPID_INLINE inline void enter(const __m512* from, int64_t step, __m512* to) {
  const __m512 a = from[0], b = from[step], c = from[2 * step], d = from[3 * step];
  to[0] = _mm512_sub_ps(a, c);
  to[step] = _mm512_add_ps(c, b);
  to[2 * step] = _mm512_sub_ps(c, b);
  to[3 * step] = _mm512_sub_ps(d, b);
}

LIMPID_AVX512_BF16 LIMPID_INLINE inline void leave(const __m512* from, int64_t step, __m512* to) {
  const __m512 b = from[step], c = from[2 * step];
  to[0] = _mm512_add_ps(from[0], _mm512_add_ps(b, c));
  to[step] = _mm512_add_ps(_mm512_sub_ps(b, c), from[3 * step]);
}

/// 16 channels from `first` on of a tile, transformed.
LIMPID_AVX512_BF16 LIMPID_INLINE inline void entered(const float* const* positions, int64_t first, int64_t channels,
                                                     __m512* tile) {
  const __mmask16 here = channels > first ? first_of_16(channels - first) : static_cast<__mmask16>(0);
  for (int i = 0; i < 16; ++i) tile[i] = _mm512_maskz_loadu_ps(here, positions[i] + first);
  for (int j = 0; j < 4; ++j) enter(tile + j, 4, tile + j);
  for (int i = 0; i < 4; ++i) enter(tile + 4 * i, 1, tile + 4 * i);
}

/// The high halves as float32: the nearest bfloat16, of two the one farther from zero.
LIMPID_AVX512_BF16 LIMPID_INLINE inline __m512i high_half(__m512 x) {
  const __m512i rounded = _mm512_add_epi32(_mm512_castps_si512(x), _mm512_set1_epi32(0x8000));
  return _mm512_and_si512(rounded, _mm512_set1_epi32(static_cast<int>(0xFFFF0000)));
}

/// The upper 16 bits of each of 32 numbers.
LIMPID_AVX512_BF16 LIMPID_INLINE inline __m512i upper_bits(__m512i x, __m512i y) {
  alignas(64) static constexpr uint16_t odd[32] = {1,  3,  5,  7,  9,  11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31,
                                                   33, 35, 37, 39, 41, 43, 45, 47, 49, 51, 53, 55, 57, 59, 61, 63};
  return _mm512_permutex2var_epi16(x, _mm512_load_si512(odd), y);
}

/// 32 numbers to a row of the tile of high halves, then to that of the low ones.
LIMPID_AVX512_BF16 LIMPID_INLINE inline void split_row(__m512 x, __m512 y, uint16_t* row) {
  const __m512i high_x = high_half(x), high_y = high_half(y);
  const __m512 low_x = _mm512_sub_ps(x, _mm512_castsi512_ps(high_x));
  const __m512 low_y = _mm512_sub_ps(y, _mm512_castsi512_ps(high_y));
  _mm512_storeu_si512(row, upper_bits(high_x, high_y));
  _mm512_storeu_si512(row + block_numbers / 2, (__m512i)_mm512_cvtne2ps_pbh(low_y, low_x));
}

}  // namespace

LIMPID_AVX512_BF16 void winograd_enter(const float* const* positions, int64_t channels, uint16_t* rows, int64_t step) {
  __m512 first[16], second[16];
  for (int64_t k = 0; k < channels; k += 32, rows += block_numbers) {
    entered(positions, k, channels, first);
    entered(positions, k + 16, channels, second);
    for (int i = 0; i < 16; ++i) split_row(first[i], second[i], rows + i * step);
  }
}

LIMPID_AVX512_BF16 void winograd_leave(const float* products, int64_t step, int64_t channels, const float* bias,
                                       bool rectified, float* const* positions) {
  const __m512 zero = _mm512_setzero_ps();
  for (int64_t k = 0; k < channels; k += 16) {
    __m512 tile[16];
    for (int i = 0; i < 16; ++i) tile[i] = _mm512_loadu_ps(products + i * step + k);
    for (int j = 0; j < 4; ++j) leave(tile + j, 4, tile + j);
    for (int i = 0; i < 2; ++i) leave(tile + 4 * i, 1, tile + 4 * i);
    const __mmask16 here = first_of_16(channels - k);
    const __m512 added = bias ? _mm512_maskz_loadu_ps(here, bias + k) : zero;
    for (int i = 0; i < 4; ++i) {
      if (!positions[i]) continue;
      const __m512 sum = _mm512_add_ps(tile[4 * (i / 2) + i % 2], added);
      _mm512_mask_storeu_ps(positions[i] + k, here, rectified ? _mm512_max_ps(zero, sum) : sum);  // keeps NaN
    }
  }
}
#else
void winograd_enter(const float* const*, int64_t, uint16_t*, int64_t) {}
void winograd_leave(const float*, int64_t, int64_t, const float*, bool, float* const*) {}
#endif

}  // namespace limpid
