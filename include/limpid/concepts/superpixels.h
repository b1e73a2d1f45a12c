// SPDX-License-Identifier: Apache-2.0
#pragma once
// Pictures in pieces: connected regions of like colour (SLIC, achanta2012), and connected regions of anything.

#include "limpid/core/tensor.h"

namespace limpid {

struct SuperpixelOptions {
  double compactness = 10;  // m: how much distance in the plane counts beside distance in CIELAB
  double blur = 1;          // standard deviation in pixels, before colours are compared; 0: none
  int64_t steps = 10;
};

/// About `count` superpixels of a picture uint8 [3, H, W]: int32 [H, W], each number 0 … n − 1 one connected region
/// (four neighbours), numbered in reading order of their first pixels. Regions smaller than a quarter of an even share
/// are joined to a neighbour. A picture of one colour gives a grid.
Tensor superpixels(const Tensor& picture, int64_t count, const SuperpixelOptions& options = {});

/// Connected regions of equal labels, int32 [H, W] → int32 [H, W], numbered as above; labels below 0 are no region and
/// stay −1.
Tensor connected_regions(const Tensor& labels);

/// red, green, blue 0 … 255 (sRGB) as L, a, b under D65: uint8 [3, H, W] → float32 [3, H, W].
Tensor cielab(const Tensor& picture);

}  // namespace limpid
