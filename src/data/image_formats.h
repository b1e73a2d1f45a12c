// SPDX-License-Identifier: Apache-2.0
#pragma once
// The decoders behind decode_image. C libraries leave them by longjmp: only attempt() and trivial frames lie between.

#include <csetjmp>
#include <cstring>
#include <string_view>

#include "limpid/core/error.h"
#include "limpid/data/image.h"

namespace limpid::detail {

Tensor decode_png(std::string_view bytes, const std::string& name, const ImageLimits& limits);
Tensor decode_jpeg(std::string_view bytes, const std::string& name, const ImageLimits& limits);

/// Runs `step`; false when it was left by longjmp to `escape`. Nothing in `step` may need a destructor.
template <class Step>
bool attempt(std::jmp_buf& escape, const Step& step) {
  if (setjmp(escape) != 0) return false;
  step();
  return true;
}

inline void check_pixels(int64_t width, int64_t height, const std::string& name, const ImageLimits& limits) {
  if (width * height <= limits.pixels) return;
  fail("'", name, "' has ", width, "x", height, " pixels; the limit image-pixels is ", limits.pixels);
}

/// One row of interleaved samples into planes `plane` values apart; samples after the last channel are left out.
inline void split_row(const uint8_t* row, int64_t width, int samples, int channels, uint8_t* to, int64_t plane) {
  if (samples == 1) {
    std::memcpy(to, row, static_cast<size_t>(width));
    return;
  }
  for (int c = 0; c < channels; ++c) {
    for (int64_t x = 0; x < width; ++x) to[c * plane + x] = row[x * samples + c];
  }
}

}  // namespace limpid::detail
