// SPDX-License-Identifier: Apache-2.0
#include "net/kernels/halves.h"

#include <ATen/ATen.h>

#include <cstring>

#include "core/parallel.h"
#include "core/vectorized.h"

namespace limpid {
namespace {

/// Where the numbers of a map lie, channels next to each other.
template <class Number>
struct Lines {
  explicit Lines(const Tensor& x)
      : held(x.stride(1) == 1 || x.size(1) == 1 ? x : dense(x)),
        source(static_cast<const Number*>(held.data_ptr())),
        map(held.stride(0)),
        row(held.stride(2)),
        step(held.stride(3)),
        height(held.size(2)),
        width(held.size(3)) {}

  Tensor held;
  const Number* source;
  int64_t map, row, step, height, width;
};

/// Calls position(source, target) for each position of a row; a target is `numbers` behind the one before.
template <class Number, class Position>
LIMPID_INLINE inline void each_position(const Lines<Number>& x, int64_t map, int64_t row, int64_t numbers, uint16_t* to,
                                        const Position& position) {
  const Number* line = x.source + map * x.map + row * x.row;
  for (int64_t j = 0; j < x.width; ++j, line += x.step, to += numbers) position(line, to);
}

/// Calls position(source, target) for each position of x: `times` numbers are written for each that is read.
template <class Number, class Position>
Tensor by_positions(const Tensor& x, int64_t times, const Position& position) {
  const Lines<Number> from(x);
  const int64_t numbers = times * x.size(1), height = x.size(2);
  const Tensor out = at::empty({x.size(0), numbers, height, x.size(3)}, x.options().dtype(at::kBFloat16),
                               at::MemoryFormat::ChannelsLast);
  auto* to = static_cast<uint16_t*>(out.data_ptr());
  parallel_for(x.size(0) * height, 16, [&](int64_t begin, int64_t end) {
    vectorized([&]() LIMPID_INLINE {
      for (int64_t i = begin; i < end; ++i)
        each_position(from, i / height, i % height, numbers, to + i * from.width * numbers, position);
    });
  });
  return out;
}

void split(const float* from, int64_t channels, uint16_t* high, uint16_t* again, uint16_t* low) {
  for (int64_t k = 0; k < channels; ++k) {
    high[k] = again[k] = bfloat16_of_float(from[k]);
    low[k] = bfloat16_of_float(from[k] - float_of_bfloat16(high[k]));
  }
}

#ifdef LIMPID_VECTOR_UNITS
/// The same, 16 channels at a time: compilers do not see that the targets are apart.
LIMPID_AVX512_BF16 void split_by_16(const float* from, int64_t channels, uint16_t* high, uint16_t* again,
                                    uint16_t* low) {
  for (int64_t k = 0; k < channels; k += 16) {
    const __mmask16 here = first_of_16(channels - k);
    const __m512 x = _mm512_maskz_loadu_ps(here, from + k);
    const __m256i near = bfloat16_of_floats(x);
    _mm256_mask_storeu_epi16(high + k, here, near);
    _mm256_mask_storeu_epi16(again + k, here, near);
    _mm256_mask_storeu_epi16(low + k, here, bfloat16_of_floats(_mm512_sub_ps(x, floats_of_bfloat16(near))));
  }
}
#endif

auto splitting(int64_t channels, bool weight) {
  return [=](const float* from, uint16_t* to) {
    uint16_t* again = to + (weight ? 1 : 2) * channels;
    uint16_t* low = to + (weight ? 2 : 1) * channels;
#ifdef LIMPID_VECTOR_UNITS
    if (has_avx512_bf16()) return split_by_16(from, channels, to, again, low);
#endif
    split(from, channels, to, again, low);
  };
}

}  // namespace

Tensor as_bfloat16(const Tensor& x) {
  const int64_t channels = x.size(1);
  if (x.scalar_type() == at::kFloat)
    return by_positions<float>(x, 1, [=](const float* from, uint16_t* to) LIMPID_INLINE {
      for (int64_t k = 0; k < channels; ++k) to[k] = bfloat16_of_float(from[k]);
    });
  if (x.scalar_type() != at::kBFloat16) return dense(x.to(at::kBFloat16));
  if (x.is_contiguous(at::MemoryFormat::ChannelsLast)) return x;
  return by_positions<uint16_t>(x, 1, [=](const uint16_t* from, uint16_t* to) LIMPID_INLINE {
    std::memcpy(to, from, static_cast<size_t>(2 * channels));
  });
}

Tensor split_in_three(const Tensor& x, bool weight) { return by_positions<float>(x, 3, splitting(x.size(1), weight)); }

void split_rows(const Tensor& x, int64_t map, int64_t first, int64_t rows, uint16_t* to) {
  const Lines<float> from(x);
  const int64_t numbers = 3 * x.size(1), line = from.width * numbers;
  parallel_for(rows, 16, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      const bool inside = first + i >= 0 && first + i < from.height;
      if (inside) each_position(from, map, first + i, numbers, to + i * line, splitting(x.size(1), false));
      if (!inside) std::fill(to + i * line, to + (i + 1) * line, uint16_t{0});
    }
  });
}

}  // namespace limpid
