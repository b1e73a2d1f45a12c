// SPDX-License-Identifier: Apache-2.0
#pragma once
// The picture while glyphs are drawn on it: a small raster with smooth edges.

#include <array>

#include "data/glyphs/shapes.h"
#include "limpid/core/random.h"
#include "limpid/core/tensor.h"

namespace limpid {

using Ink = std::array<double, 3>;  // red, green, blue, 0 … 255

struct Placement {
  Point center;   // in pixels, x to the right and y down
  double radius;  // pixels for a shape's unit
  double turn;    // radians
};

/// The share of each pixel that a shape covers, row-major [64·64]: by the distance of the pixel's centre from the edge.
std::vector<float> mask_of(const GlyphShape& shape, const Placement& where);

class Canvas {
 public:
  /// A slanted gradient, soft blobs and thin lines: what is there but means nothing.
  explicit Canvas(Random& random);

  void paint(const std::vector<float>& mask, const Ink& ink);
  /// The mean brightness below a mask.
  double ground(const std::vector<float>& mask) const;
  /// uint8 [3,64,64], with noise of a random strength.
  Tensor finished(Random& random) const;

 private:
  std::vector<float> values_;  // [3,64,64]
};

}  // namespace limpid
