// SPDX-License-Identifier: Apache-2.0
#pragma once
// Text in pictures: UTF-8 in the typeface that is part of the library.

#include <string>
#include <string_view>
#include <vector>

#include "limpid/core/tensor.h"
#include "limpid/render/colormap.h"

namespace limpid {

/// Unicode code points; bytes that are no UTF-8 become U+FFFD, control characters a space.
std::u32string code_points(std::string_view utf8);

/// Pixels from one line to the next for letters of `size` pixels.
int64_t line_height(int64_t size);

/// Pixels that a line of text takes.
int64_t text_width(std::string_view text, int64_t size);

/// Lines of at most `width` pixels, broken at spaces, and within words that are longer than a line.
std::vector<std::string> wrapped(std::string_view text, int64_t size, int64_t width);

/// Draws one line on an RGB picture, its upper left corner at (x, y).
void draw_text(const Tensor& target, int64_t x, int64_t y, std::string_view text, int64_t size, const Color& color);

/// A picture as tall and wide as the text, wrapped to `width` and aligned: 0 left, 0.5 centred, 1 right.
Tensor text_picture(std::string_view text, int64_t size, int64_t width, double alignment, const Color& color,
                    const Color& background);

}  // namespace limpid
