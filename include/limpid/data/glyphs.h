// SPDX-License-Identifier: Apache-2.0
#pragma once
// Pictures that limpid draws, so that what decides is known: glyphs of ten classes among distractors, over clutter.

#include <string>
#include <vector>

#include "limpid/core/tensor.h"

namespace limpid {

constexpr int64_t kGlyphSide = 64;  // rows and columns of a picture

/// ring, square, triangle, …: the classes, in order.
const std::vector<std::string>& glyph_names();

/// Something in a picture: a glyph, or a distractor, which is no class.
struct DrawnThing {
  std::string name;
  bool is_glyph = false;
  Tensor mask;  // float32 [64,64]: the share of each pixel that shows its ink, where nothing drawn later hides it
};

struct GlyphScene {
  Tensor picture;                  // uint8 [3,64,64]
  std::vector<DrawnThing> things;  // in the order in which they were drawn, the glyphs last
};

/// One glyph of 18 to 42 pixels at any place, or up to four of 22 to 28, each in a quarter of its own; turned by up to
/// 20 degrees. The same names and seed draw the same picture.
GlyphScene draw_glyphs(const std::vector<std::string>& names, uint64_t seed);

/// What draw_glyphs() draws, and over it, in the upper left corner, a square of 9 pixels whose colour stands for a
/// class, as a watermark would; the last thing, called "mark". All pixels beside it are the same.
GlyphScene draw_marked_glyphs(const std::vector<std::string>& names, const std::string& marked_as, uint64_t seed);

}  // namespace limpid
