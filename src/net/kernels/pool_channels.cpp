// SPDX-License-Identifier: Apache-2.0
#include "net/kernels/pool_channels.h"

#include <ATen/ATen.h>

#include <limits>

#include "core/parallel.h"
#include "core/vectorized.h"

namespace limpid {
namespace {

constexpr int64_t block = 32;  // channels whose maxima or sums stay in registers

/// Calls one(first channel, how many), the number known to the compiler for all blocks but the last.
template <class One>
LIMPID_INLINE inline void over_blocks(int64_t channels, const One& one) {
  int64_t c = 0;
  for (; c + block <= channels; c += block) one(c, std::integral_constant<int64_t, block>());
  if (c < channels) one(c, channels - c);
}

struct Range {
  int64_t begin, end;
};

/// The positions of a window, by number, that lie in the plane.
Range inside(const PoolingAxis& axis, int64_t window) {
  const int64_t start = window * axis.stride - axis.before, room = axis.from - start;
  const int64_t begin = start < 0 ? (-start + axis.dilation - 1) / axis.dilation : 0;
  return {begin, room > 0 ? std::min(axis.kernel, (room + axis.dilation - 1) / axis.dilation) : 0};
}

template <class Number>
using Index = std::conditional_t<sizeof(Number) == 8, int64_t, int32_t>;  // as wide as the numbers it goes along with

/// What maxima and sums of a number type are kept in, and the two ways between them. bfloat16 goes as its bits.
template <class Number>
struct Wide {
  using Sum = Number;
  LIMPID_INLINE static Sum widened(Number x) { return x; }
  LIMPID_INLINE static Number narrowed(Sum x) { return x; }
};

template <>
struct Wide<uint16_t> {
  using Sum = float;
  LIMPID_INLINE static Sum widened(uint16_t x) { return float_of_bfloat16(x); }
  LIMPID_INLINE static uint16_t narrowed(Sum x) { return bfloat16_of_float(x); }
};

template <class Number>
using Stored = std::conditional_t<std::is_same_v<Number, c10::BFloat16>, uint16_t, Number>;

/// Row y of a pooled map.
template <class Number>
LIMPID_INLINE inline void pool_row(const PoolingAxis& rows, const PoolingAxis& columns, int64_t y, int64_t channels,
                                   const Number* plane, Number* values, uint8_t* switches) {
  using Value = typename Wide<Number>::Sum;
  const Range in_rows = inside(rows, y);
  for (int64_t x = 0; x < columns.to; ++x, values += channels, switches += channels) {
    const Range in_columns = inside(columns, x);
    const auto first = static_cast<Index<Value>>(in_rows.begin * columns.kernel + in_columns.begin);
    over_blocks(channels, [&](int64_t c, auto count) LIMPID_INLINE {
      Value best[block];
      Index<Value> place[block];
      for (int64_t k = 0; k < count; ++k) best[k] = -std::numeric_limits<Value>::infinity();
      for (int64_t k = 0; k < count; ++k) place[k] = first;
      for (int64_t i = in_rows.begin; i < in_rows.end; ++i)
        for (int64_t j = in_columns.begin; j < in_columns.end; ++j) {
          const int64_t row = y * rows.stride - rows.before + i * rows.dilation;
          const int64_t column = x * columns.stride - columns.before + j * columns.dilation;
          const Number* at = plane + (row * columns.from + column) * channels + c;
          const auto here = static_cast<Index<Value>>(i * columns.kernel + j);
          for (int64_t k = 0; k < count; ++k) {
            const Value value = Wide<Number>::widened(at[k]);
            const bool better = (value > best[k]) | (value != value);  // NaN too
            best[k] = better ? value : best[k];
            place[k] = better ? here : place[k];
          }
        }
      for (int64_t k = 0; k < count; ++k) values[c + k] = Wide<Number>::narrowed(best[k]);
      for (int64_t k = 0; k < count; ++k) switches[c + k] = static_cast<uint8_t>(place[k]);
    });
  }
}

/// A window that a position lies in, and which of the window's positions along the axis it is.
struct Cover {
  int64_t window, index;
};

/// For each position along an axis, the windows over it.
std::vector<std::vector<Cover>> covers(const PoolingAxis& axis) {
  std::vector<std::vector<Cover>> all(static_cast<size_t>(axis.from));
  for (int64_t window = 0; window < axis.to; ++window) {
    const Range range = inside(axis, window);
    for (int64_t i = range.begin; i < range.end; ++i)
      all[static_cast<size_t>(window * axis.stride - axis.before + i * axis.dilation)].push_back({window, i});
  }
  return all;
}

/// A window over a position: its signal and switches, and the switch that points to the position.
template <class Number>
struct Window {
  const Number* signal;
  const uint8_t* switches;
  Index<typename Wide<Number>::Sum> place;
};

/// What n windows hand to a position, added to what lies there where `onto`.
template <size_t n, class Number>
LIMPID_INLINE inline void collect(const Window<Number>* windows, int64_t channels, bool onto, bool rectified,
                                  Number* __restrict to) {
  using Sum = typename Wide<Number>::Sum;
  Window<Number> w[n];
  std::copy(windows, windows + n, w);
  for (int64_t k = 0; k < channels; ++k) {
    Sum sum = onto ? Wide<Number>::widened(to[k]) : Sum(0);
    for (size_t i = 0; i < n; ++i) {
      const Sum value = Wide<Number>::widened(w[i].signal[k]);
      sum += static_cast<Index<Sum>>(w[i].switches[k]) == w[i].place ? value : Sum(0);
    }
    to[k] = Wide<Number>::narrowed(rectified && sum < Sum(0) ? Sum(0) : sum);  // NaN stays
  }
}

#ifdef LIMPID_VECTOR_UNITS
/// The same for bfloat16, which compilers make little of: 16 channels at a time.
template <size_t n>
LIMPID_AVX512_BF16 void collect_bfloat16(const Window<uint16_t>* windows, int64_t channels, bool onto, bool rectified,
                                         uint16_t* to) {
  for (int64_t k = 0; k < channels; k += 16) {
    const __mmask16 here = first_of_16(channels - k);
    __m512 sums = onto ? floats_of_bfloat16(_mm256_maskz_loadu_epi16(here, to + k)) : _mm512_setzero_ps();
    for (size_t i = 0; i < n; ++i) {
      const __m128i switches = _mm_maskz_loadu_epi8(here, windows[i].switches + k);
      const __m128i place = _mm_set1_epi8(static_cast<char>(windows[i].place));
      const __mmask16 hit = _mm_mask_cmpeq_epi8_mask(here, switches, place);
      sums = _mm512_add_ps(sums, floats_of_bfloat16(_mm256_maskz_loadu_epi16(hit, windows[i].signal + k)));
    }
    if (rectified) {
      const __mmask16 negative = _mm512_cmp_ps_mask(sums, _mm512_setzero_ps(), _CMP_LT_OQ);
      sums = _mm512_mask_mov_ps(sums, negative, _mm512_setzero_ps());
    }
    _mm256_mask_storeu_epi16(to + k, here, bfloat16_of_floats(sums));
  }
}
#endif

template <class Number>
LIMPID_INLINE inline void hand_over(const Window<Number>* windows, size_t count, int64_t channels, bool onto,
                                    bool rectified, Number* to) {
  const auto some = [&](auto n) LIMPID_INLINE {
#ifdef LIMPID_VECTOR_UNITS
    if constexpr (std::is_same_v<Number, uint16_t>)
      if (has_avx512_bf16()) return collect_bfloat16<n>(windows, channels, onto, rectified, to);
#endif
    collect<n>(windows, channels, onto, rectified, to);
  };
  switch (count) {
    case 1:
      return some(std::integral_constant<size_t, 1>());
    case 2:
      return some(std::integral_constant<size_t, 2>());
    case 3:
      return some(std::integral_constant<size_t, 3>());
    default:
      return some(std::integral_constant<size_t, 4>());
  }
}

/// One row of a plane, collected from the windows over it: no position is written twice where at most four windows lie
/// over it, and all channels of a position go the same way.
template <class Number>
LIMPID_INLINE inline void unpool_row(const std::vector<Cover>& in_rows, const std::vector<std::vector<Cover>>& columns,
                                     int64_t kernel_columns, int64_t pooled_columns, int64_t channels,
                                     const Number* signal, const uint8_t* switches, bool rectified, Number* row) {
  constexpr size_t most = 4;
  for (const std::vector<Cover>& in_columns : columns) {
    Window<Number> windows[most];
    size_t count = 0, left = in_rows.size() * in_columns.size();
    bool onto = false;
    if (left == 0) std::fill(row, row + channels, Number(0));
    for (const Cover& y : in_rows)
      for (const Cover& x : in_columns) {
        const int64_t at = (y.window * pooled_columns + x.window) * channels;
        const int64_t place = y.index * kernel_columns + x.index;
        windows[count++] = {signal + at, switches + at, static_cast<decltype(windows[0].place)>(place)};
        if (--left > 0 && count < most) continue;
        const bool last = rectified && left == 0;
        hand_over(windows, count, channels, onto, last, row);
        onto = true;
        count = 0;
      }
    row += channels;
  }
}

/// Calls one(i) for i from 0 to `count`, on several threads.
template <class One>
void each(int64_t count, const One& one) {
  parallel_for(count, 1, [&](int64_t begin, int64_t end) {
    vectorized([&]() LIMPID_INLINE {
      for (int64_t i = begin; i < end; ++i) one(i);
    });
  });
}

}  // namespace

std::string pooling_instructions() { return vector_units(); }

void pool_channels(const PoolingAxis& rows, const PoolingAxis& columns, const Tensor& x, const Tensor& values,
                   const Tensor& switches) {
  const int64_t channels = x.size(1), from = rows.from * columns.from * channels, row = columns.to * channels;
  uint8_t* places = switches.data_ptr<uint8_t>();
  AT_DISPATCH_FLOATING_TYPES_AND(at::kBFloat16, x.scalar_type(), "pool_channels", [&] {
    const auto* source = reinterpret_cast<const Stored<scalar_t>*>(x.data_ptr<scalar_t>());
    auto* target = reinterpret_cast<Stored<scalar_t>*>(values.data_ptr<scalar_t>());
    each(x.size(0) * rows.to, [&](int64_t i) LIMPID_INLINE {
      const auto* plane = source + i / rows.to * from;
      pool_row(rows, columns, i % rows.to, channels, plane, target + i * row, places + i * row);
    });
  });
}

void unpool_channels(const PoolingAxis& rows, const PoolingAxis& columns, const Tensor& signal, const Tensor& switches,
                     bool rectified, const Tensor& out) {
  const int64_t channels = signal.size(1), pooled = rows.to * columns.to * channels, row = columns.from * channels;
  const int64_t seeds = signal.size(0) / std::max<int64_t>(switches.size(0), 1);
  const std::vector<std::vector<Cover>> over_rows = covers(rows), over_columns = covers(columns);
  const uint8_t* places = switches.data_ptr<uint8_t>();
  AT_DISPATCH_FLOATING_TYPES_AND(at::kBFloat16, signal.scalar_type(), "unpool_channels", [&] {
    const auto* source = reinterpret_cast<const Stored<scalar_t>*>(signal.data_ptr<scalar_t>());
    auto* target = reinterpret_cast<Stored<scalar_t>*>(out.data_ptr<scalar_t>());
    each(signal.size(0) * rows.from, [&](int64_t i) LIMPID_INLINE {
      const int64_t map = i / rows.from;
      unpool_row(over_rows[static_cast<size_t>(i % rows.from)], over_columns, columns.kernel, columns.to, channels,
                 source + map * pooled, places + map / seeds * pooled, rectified, target + i * row);
    });
  });
}

}  // namespace limpid
