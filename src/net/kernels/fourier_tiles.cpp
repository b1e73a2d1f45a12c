// SPDX-License-Identifier: Apache-2.0
#include "net/kernels/fourier_tiles.h"

#include <ATen/ATen.h>

#include <cmath>

#include "core/vectorized.h"

namespace limpid {
namespace {

constexpr int64_t side = fourier_side, columns_kept = fourier_columns;

using Vector = float __attribute__((vector_size(4 * fourier_lanes)));
using Stored = float __attribute__((vector_size(4 * fourier_lanes), aligned(4), may_alias));
using Wide = float __attribute__((vector_size(64)));
using StoredWide = float __attribute__((vector_size(64), aligned(4), may_alias));

/// Numbers with real and imaginary parts of eight channels.
template <int64_t count>
struct Numbers {
  Vector re[count], im[count];
};

/// cos and sin of 2π k / 16.
constexpr float cosine[10] = {
    1, .9238795325f, .7071067812f, .3826834324f, 0, -.3826834324f, -.7071067812f, -.9238795325f, -1, -.9238795325f};
constexpr float sine[10] = {0, .3826834324f, .7071067812f, .9238795325f, 1, .9238795325f, .7071067812f, .3826834324f,
                            0, -.3826834324f};

/// Σₙ xₙ exp(−2πi n k / 4) of the four numbers `step` apart, in their places.
LIMPID_INLINE inline void transform_4(Vector* re, Vector* im, int64_t step) {
  const Vector even = re[0] + re[2 * step], even_im = im[0] + im[2 * step];
  const Vector odd = re[step] + re[3 * step], odd_im = im[step] + im[3 * step];
  const Vector apart = re[0] - re[2 * step], apart_im = im[0] - im[2 * step];
  const Vector turned = re[step] - re[3 * step], turned_im = im[step] - im[3 * step];
  re[0] = even + odd, im[0] = even_im + odd_im;
  re[step] = apart + turned_im, im[step] = apart_im - turned;
  re[2 * step] = even - odd, im[2 * step] = even_im - odd_im;
  re[3 * step] = apart - turned_im, im[3 * step] = apart_im + turned;
}

/// Σₙ xₙ exp(−2πi n k / 16); number k goes to the places k · step. With the parts exchanged, on both sides, it is its
/// own inverse but for a factor.
LIMPID_INLINE inline void transform_16(Vector* re, Vector* im, Vector* to_re, Vector* to_im, int64_t step) {
#pragma GCC unroll 4
  for (int64_t j = 0; j < 4; ++j) transform_4(re + j, im + j, 4);
#pragma GCC unroll 4
  for (int64_t k = 0; k < 4; ++k) {
#pragma GCC unroll 4
    for (int64_t j = 1; j < 4; ++j) {
      if (k == 0) continue;
      Vector &x = re[4 * k + j], &y = im[4 * k + j];
      const Vector real = x * cosine[j * k] + y * sine[j * k];
      y = y * cosine[j * k] - x * sine[j * k];
      x = real;
    }
    transform_4(re + 4 * k, im + 4 * k, 1);
#pragma GCC unroll 4
    for (int64_t j = 0; j < 4; ++j) {
      to_re[(k + 4 * j) * step] = re[4 * k + j];
      to_im[(k + 4 * j) * step] = im[4 * k + j];
    }
  }
}

/// Two rows of real numbers at once, as the real and imaginary parts of one: twice the frequencies of both.
LIMPID_INLINE inline void enter_rows(const float* const* positions, int64_t first, Vector* one_re, Vector* one_im,
                                     Vector* other_re, Vector* other_im) {
  Numbers<side> both, found;
  for (int64_t x = 0; x < side; ++x) {
    both.re[x] = *reinterpret_cast<const Stored*>(positions[x] + first);
    both.im[x] = *reinterpret_cast<const Stored*>(positions[side + x] + first);
  }
  transform_16(both.re, both.im, found.re, found.im, 1);
  for (int64_t k = 0; k < columns_kept; ++k) {
    const int64_t back = (side - k) % side;
    one_re[k] = found.re[k] + found.re[back];
    one_im[k] = found.im[k] - found.im[back];
    other_re[k] = found.im[k] + found.im[back];
    other_im[k] = found.re[back] - found.re[k];
  }
}

LIMPID_INLINE inline void enter(const float* const* positions, int64_t first, int64_t channels, float* spectrum,
                                int64_t step) {
  Numbers<fourier_products> rows;
  for (int64_t y = 0; y < side; y += 2) {
    const int64_t one = y * columns_kept, other = one + columns_kept;
    enter_rows(positions + y * side, first, rows.re + one, rows.im + one, rows.re + other, rows.im + other);
  }
  for (int64_t k = 0; k < columns_kept; ++k) {
    Numbers<side> column, found;
    for (int64_t y = 0; y < side; ++y) {
      column.re[y] = rows.re[y * columns_kept + k];
      column.im[y] = rows.im[y * columns_kept + k];
    }
    transform_16(column.re, column.im, found.re, found.im, 1);
    for (int64_t y = 0; y < side; ++y) {
      float* const to = spectrum + (y * columns_kept + k) * step + first;
      *reinterpret_cast<Stored*>(to) = found.re[y];
      *reinterpret_cast<Stored*>(to + channels) = found.im[y];
    }
  }
}

LIMPID_INLINE inline void write(const FourierResult& result, int64_t row, int64_t first, const Vector* values) {
  if (row >= result.rows) return;
  Vector bias = {};
  if (result.bias) bias = *reinterpret_cast<const Stored*>(result.bias + first);
  for (int64_t x = 0; x < result.columns; ++x) {
    float* const to = result.positions[row * result.columns + x];
    if (!to) continue;
    Vector value = result.empty[row * result.columns + x] ? bias : values[x] + bias;
    if (result.rectified) value = value < 0 ? Vector{} : value;  // which keeps NaNs
    *reinterpret_cast<Stored*>(to + first) = value;
  }
}

LIMPID_INLINE inline void leave(const float* spectrum, int64_t step, int64_t first, const FourierResult& result) {
  Numbers<fourier_products> rows;
  for (int64_t k = 0; k < columns_kept; ++k) {
    Numbers<side> column;
    for (int64_t y = 0; y < side; ++y) {
      const float* const from = spectrum + (y * columns_kept + k) * step + first;
      column.re[y] = *reinterpret_cast<const Stored*>(from);
      column.im[y] = *reinterpret_cast<const Stored*>(from + result.channels);
    }
    transform_16(column.im, column.re, rows.im + k, rows.re + k, columns_kept);
  }
  for (int64_t y = 0; y < result.rows; y += 2) {
    const int64_t one = y * columns_kept, other = one + columns_kept;
    Numbers<side> both, found;
    for (int64_t k = 0; k < columns_kept; ++k) {
      both.re[k] = rows.re[one + k] - rows.im[other + k];
      both.im[k] = rows.im[one + k] + rows.re[other + k];
      if (k == 0 || k + 1 == columns_kept) continue;
      both.re[side - k] = rows.re[one + k] + rows.im[other + k];
      both.im[side - k] = rows.re[other + k] - rows.im[one + k];
    }
    transform_16(both.im, both.re, found.im, found.re, 1);
    write(result, y, first, found.re);
    write(result, y + 1, first, found.im);
  }
}

/// `height` rows of A by `width` vectors of columns, of a type in registers and one in memory.
template <class Register, class Memory, int64_t height, int64_t width>
LIMPID_INLINE inline void multiply_block(const float* a, const float* b, float* c, int64_t depth, int64_t columns) {
  constexpr int64_t lanes = sizeof(Register) / sizeof(float);
  Register sums[height][width] = {};
  for (int64_t k = 0; k < depth; ++k) {
    Register right[width];
#pragma GCC unroll 2
    for (int64_t j = 0; j < width; ++j) right[j] = *reinterpret_cast<const Memory*>(b + k * columns + j * lanes);
#pragma GCC unroll 12
    for (int64_t i = 0; i < height; ++i)
#pragma GCC unroll 2
      for (int64_t j = 0; j < width; ++j) sums[i][j] += a[i * depth + k] * right[j];
  }
#pragma GCC unroll 12
  for (int64_t i = 0; i < height; ++i)
#pragma GCC unroll 2
    for (int64_t j = 0; j < width; ++j) *reinterpret_cast<Memory*>(c + i * columns + j * lanes) = sums[i][j];
}

template <class Register, class Memory, int64_t height, int64_t width>
LIMPID_INLINE inline void multiply_blocks(const float* a, const float* b, float* c, int64_t rows, int64_t depth,
                                          int64_t columns) {
  for (int64_t column = 0; column < columns; column += width * static_cast<int64_t>(sizeof(Register) / sizeof(float)))
    for (int64_t row = 0; row < rows; row += height)
      multiply_block<Register, Memory, height, width>(a + row * depth, b + column, c + row * columns + column, depth,
                                                      columns);
}

}  // namespace

Tensor fourier_weight(const Tensor& weight) {
  const auto angles = [](int64_t positions, int64_t frequencies) {
    return at::arange(frequencies, at::kDouble).view({-1, 1}) * at::arange(positions, at::kDouble) *
           (2 * M_PI / static_cast<double>(side));
  };
  const Tensor down = angles(weight.size(2), side).view({side, 1, -1, 1});
  const Tensor across = angles(weight.size(3), columns_kept).view({1, columns_kept, 1, -1});
  const Tensor angle = (down + across).flatten(0, 1);
  // 1/16² of the way back, ½ of two rows at once.
  const Tensor scaled = weight.to(at::kDouble) / static_cast<double>(2 * side * side);
  const Tensor re = at::einsum("fyx,kcyx->fck", {angle.cos(), scaled});
  const Tensor im = at::einsum("fyx,kcyx->fck", {angle.sin(), scaled});
  return at::cat({at::cat({re, im}, 2), at::cat({-im, re}, 2)}, 1).to(at::kFloat).contiguous();
}

void fourier_enter(const float* const* positions, int64_t channels, float* spectrum, int64_t step) {
  vectorized([&]() LIMPID_INLINE {
    for (int64_t first = 0; first < channels; first += fourier_lanes) enter(positions, first, channels, spectrum, step);
  });
}

void fourier_leave(const float* spectrum, int64_t step, const FourierResult& result) {
  vectorized([&]() LIMPID_INLINE {
    for (int64_t first = 0; first < result.channels; first += fourier_lanes) leave(spectrum, step, first, result);
  });
}

void fourier_multiply(const float* a, const float* b, float* c, int64_t rows, int64_t depth, int64_t columns) {
#ifdef LIMPID_VECTOR_UNITS
  if (has_avx512())
    return with_avx512([&]()
                           LIMPID_INLINE { multiply_blocks<Wide, StoredWide, 12, 1>(a, b, c, rows, depth, columns); });
#endif
  vectorized([&]() LIMPID_INLINE { multiply_blocks<Vector, Stored, 6, 2>(a, b, c, rows, depth, columns); });
}

}  // namespace limpid
