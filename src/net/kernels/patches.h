// SPDX-License-Identifier: Apache-2.0
#pragma once
// What adjoints that are one matrix product end with: each position's patch, added where it lies in the image.

#include <algorithm>
#include <cstdint>

namespace limpid {

struct Patches {
  int64_t rows, columns, channels;        // of one patch
  int64_t row_step = 1, column_step = 1;  // from one position's patch to the next one's
  int64_t top = 0, left = 0;              // where the first one lies; patches may hang over the image
  int64_t unused = 0;                     // numbers after each patch that belong to none
};

/// Adds the patches [height · width, rows · columns · channels + unused] of height × width positions onto an image
/// [image_height, image_width, channels]. A row of a patch is one stretch of memory in the image, cut where it hangs
/// over.
template <class Number>
void add_patches(const Number* patches, const Patches& how, int64_t height, int64_t width, Number* image,
                 int64_t image_height, int64_t image_width) {
  for (int64_t y = 0; y < height; ++y)
    for (int64_t x = 0; x < width; ++x, patches += how.unused) {
      const int64_t left = how.left + x * how.column_step;
      const int64_t begin = std::max<int64_t>(left, 0), end = std::min(left + how.columns, image_width);
      for (int64_t i = 0; i < how.rows; ++i, patches += how.columns * how.channels) {
        const int64_t row = how.top + y * how.row_step + i;
        if (row < 0 || row >= image_height) continue;
        Number* target = image + (row * image_width + begin) * how.channels;
        const Number* source = patches + (begin - left) * how.channels;
        for (int64_t k = 0; k < (end - begin) * how.channels; ++k) target[k] += source[k];
      }
    }
}

}  // namespace limpid
