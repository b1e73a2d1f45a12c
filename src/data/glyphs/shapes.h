// SPDX-License-Identifier: Apache-2.0
#pragma once
// What is drawn: shapes as signed distances, in the square from −1 to 1 with y downwards.

#include <functional>
#include <string>
#include <vector>

namespace limpid {

struct Point {
  double x, y;
};

struct GlyphShape {
  std::string name;
  std::function<double(Point)> distance;  // from the edge of its ink, negative inside
};

/// The ten classes. None is another one turned by less than 40 degrees.
const std::vector<GlyphShape>& glyph_shapes();

/// Parts and simpler things than any glyph: what a network must learn to pass over.
const std::vector<GlyphShape>& distractor_shapes();

}  // namespace limpid
