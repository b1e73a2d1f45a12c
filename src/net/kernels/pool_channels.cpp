// SPDX-License-Identifier: Apache-2.0
#include "net/kernels/pool_channels.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <limits>

#if defined(__x86_64__) && defined(__GNUC__)
#define LIMPID_HAS_AVX2 1
#endif
#define LIMPID_INLINE __attribute__((always_inline))  // so that it is compiled for its caller's instructions

namespace limpid {
namespace {

#ifdef LIMPID_HAS_AVX2
template <class Loops>
__attribute__((target("avx2"))) void with_avx2(const Loops& loops) {
  loops();
}
#endif

bool has_avx2() {
#ifdef LIMPID_HAS_AVX2
  static const bool found = __builtin_cpu_supports("avx2");
  return found;
#else
  return false;
#endif
}

/// Runs loops compiled for AVX2 where the CPU has it: two to three times as fast.
template <class Loops>
void vectorized(const Loops& loops) {
#ifdef LIMPID_HAS_AVX2
  if (has_avx2()) return with_avx2(loops);
#endif
  loops();
}

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

/// Row y of a pooled map.
template <class Number>
LIMPID_INLINE inline void pool_row(const PoolingAxis& rows, const PoolingAxis& columns, int64_t y, int64_t channels,
                                   const Number* plane, Number* values, uint8_t* switches) {
  const Range in_rows = inside(rows, y);
  for (int64_t x = 0; x < columns.to; ++x, values += channels, switches += channels) {
    const Range in_columns = inside(columns, x);
    const auto first = static_cast<Index<Number>>(in_rows.begin * columns.kernel + in_columns.begin);
    over_blocks(channels, [&](int64_t c, auto count) LIMPID_INLINE {
      Number best[block];
      Index<Number> place[block];
      for (int64_t k = 0; k < count; ++k) best[k] = -std::numeric_limits<Number>::infinity();
      for (int64_t k = 0; k < count; ++k) place[k] = first;
      for (int64_t i = in_rows.begin; i < in_rows.end; ++i)
        for (int64_t j = in_columns.begin; j < in_columns.end; ++j) {
          const int64_t row = y * rows.stride - rows.before + i * rows.dilation;
          const int64_t column = x * columns.stride - columns.before + j * columns.dilation;
          const Number* at = plane + (row * columns.from + column) * channels + c;
          const auto here = static_cast<Index<Number>>(i * columns.kernel + j);
          for (int64_t k = 0; k < count; ++k) {
            const bool better = (at[k] > best[k]) | (at[k] != at[k]);  // NaN too
            best[k] = better ? at[k] : best[k];
            place[k] = better ? here : place[k];
          }
        }
      for (int64_t k = 0; k < count; ++k) values[c + k] = best[k];
      for (int64_t k = 0; k < count; ++k) switches[c + k] = static_cast<uint8_t>(place[k]);
    });
  }
}

/// How far a window's positions, by number, lie behind its first, for channels-last planes.
std::vector<int64_t> offsets(const PoolingAxis& rows, const PoolingAxis& columns, int64_t channels) {
  std::vector<int64_t> all;
  for (int64_t i = 0; i < rows.kernel; ++i)
    for (int64_t j = 0; j < columns.kernel; ++j)
      all.push_back((i * rows.dilation * columns.from + j * columns.dilation) * channels);
  return all;
}

/// The row behind a window's last; 0 for a window beyond the plane.
int64_t end_of(const PoolingAxis& axis, int64_t window) {
  const Range range = inside(axis, window);
  return range.begin < range.end ? window * axis.stride - axis.before + (range.end - 1) * axis.dilation + 1 : 0;
}

/// Adds row y of a pooled signal to a plane.
template <class Number>
void unpool_row(const PoolingAxis& rows, const PoolingAxis& columns, int64_t y, int64_t channels,
                const std::vector<int64_t>& offset, const Number* signal, const uint8_t* switches, Number* plane) {
  for (int64_t x = 0; x < columns.to; ++x, signal += channels, switches += channels) {
    if (end_of(columns, x) == 0) continue;
    const int64_t first = ((y * rows.stride - rows.before) * columns.from + x * columns.stride - columns.before);
    for (int64_t c = 0; c < channels; ++c) plane[first * channels + offset[switches[c]] + c] += signal[c];
  }
}

/// A whole map. A row is cleared before the first window that reaches it and rectified behind the last, while it is in
/// the caches.
template <class Number>
LIMPID_INLINE inline void unpool_map(const PoolingAxis& rows, const PoolingAxis& columns, int64_t channels,
                                     const std::vector<int64_t>& offset, const Number* signal, const uint8_t* switches,
                                     bool rectified, Number* plane) {
  const int64_t row = columns.from * channels, pooled = columns.to * channels;
  int64_t cleared = 0, finished = 0;
  const auto clear = [&](int64_t end) LIMPID_INLINE {
    if (end > cleared) std::fill(plane + cleared * row, plane + end * row, Number(0));
    cleared = std::max(cleared, end);
  };
  const auto finish = [&](int64_t end) LIMPID_INLINE {
    for (int64_t i = finished * row; rectified && i < end * row; ++i)
      plane[i] = plane[i] < Number(0) ? Number(0) : plane[i];
    finished = std::max(finished, end);
  };
  for (int64_t y = 0; y < rows.to; ++y) {
    const int64_t end = end_of(rows, y);
    if (end == 0) continue;
    clear(end);
    unpool_row(rows, columns, y, channels, offset, signal + y * pooled, switches + y * pooled, plane);
    finish(std::min(cleared, (y + 1) * rows.stride - rows.before));
  }
  clear(rows.from);
  finish(rows.from);
}

/// Calls one(i) for i from 0 to `count`, on several threads.
template <class One>
void each(int64_t count, const One& one) {
  at::parallel_for(0, count, 1, [&](int64_t begin, int64_t end) {
    vectorized([&]() LIMPID_INLINE {
      for (int64_t i = begin; i < end; ++i) one(i);
    });
  });
}

}  // namespace

std::string pooling_instructions() { return has_avx2() ? "avx2" : "without avx2"; }

void pool_channels(const PoolingAxis& rows, const PoolingAxis& columns, const Tensor& x, const Tensor& values,
                   const Tensor& switches) {
  const int64_t channels = x.size(1), from = rows.from * columns.from * channels, row = columns.to * channels;
  uint8_t* places = switches.data_ptr<uint8_t>();
  AT_DISPATCH_FLOATING_TYPES(x.scalar_type(), "pool_channels", [&] {
    const scalar_t* source = x.data_ptr<scalar_t>();
    scalar_t* target = values.data_ptr<scalar_t>();
    each(x.size(0) * rows.to, [&](int64_t i) LIMPID_INLINE {
      const scalar_t* plane = source + i / rows.to * from;
      pool_row(rows, columns, i % rows.to, channels, plane, target + i * row, places + i * row);
    });
  });
}

void unpool_channels(const PoolingAxis& rows, const PoolingAxis& columns, const Tensor& signal, const Tensor& switches,
                     bool rectified, const Tensor& out) {
  const int64_t channels = signal.size(1), pooled = rows.to * columns.to * channels;
  const int64_t plane = rows.from * columns.from * channels;
  const int64_t seeds = signal.size(0) / std::max<int64_t>(switches.size(0), 1);
  const std::vector<int64_t> offset = offsets(rows, columns, channels);
  const uint8_t* places = switches.data_ptr<uint8_t>();
  AT_DISPATCH_FLOATING_TYPES_AND(at::kBFloat16, signal.scalar_type(), "unpool_channels", [&] {
    const scalar_t* source = signal.data_ptr<scalar_t>();
    scalar_t* target = out.data_ptr<scalar_t>();
    each(signal.size(0), [&](int64_t map) LIMPID_INLINE {
      unpool_map(rows, columns, channels, offset, source + map * pooled, places + map / seeds * pooled, rectified,
                 target + map * plane);
    });
  });
}

}  // namespace limpid
