// SPDX-License-Identifier: Apache-2.0
#pragma once
// Pictures as rows of interleaved pixels: what drawing and encoding loop over.

#include "limpid/core/tensor.h"
#include "limpid/render/colormap.h"

namespace limpid {

/// The pixels of a picture [C,H,W] uint8 that is interleaved in memory.
struct Raster {
  uint8_t* pixels = nullptr;
  int64_t channels = 0, height = 0, width = 0;

  uint8_t* row(int64_t y) const { return pixels + y * width * channels; }
};

/// A picture [C,H,W] whose memory is [H,W,C], not initialised.
Tensor new_picture(int64_t height, int64_t width, int64_t channels = 3);
Tensor new_picture(int64_t height, int64_t width, const Color& color);

/// The same picture, interleaved in memory; throws unless it is uint8 [1|3|4,H,W].
Tensor interleaved(const Tensor& picture);

/// The pixels of an interleaved picture.
Raster raster(const Tensor& picture);

/// A picture with three channels: gray ones are repeated.
Tensor as_rgb(const Tensor& picture);

/// Copies an RGB picture into another, its upper left corner at (x, y); what lies outside is cut off.
void paste(const Tensor& target, const Tensor& picture, int64_t x, int64_t y);

void fill_rectangle(const Tensor& target, int64_t x, int64_t y, int64_t width, int64_t height, const Color& color);

/// A map [H,W] as dense float32 on the CPU; throws for any other shape, naming `what`.
Tensor float_map(const Tensor& map, const char* what);

}  // namespace limpid
