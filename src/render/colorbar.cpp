// SPDX-License-Identifier: Apache-2.0
#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "limpid/render/picture.h"
#include "render/raster.h"
#include "render/style.h"
#include "render/text.h"

namespace limpid {
namespace {

constexpr int64_t kBarWidth = 14;

struct Label {
  int64_t y;  // upper edge
  std::string text;
};

/// Numbers at the ends, and at zero where there is room.
std::vector<Label> labels(const ColorScale& scale, int64_t height) {
  const int64_t line = line_height(style::kText), bottom = height - line;
  if (!(scale.high > scale.low)) return {{bottom, short_number(scale.high)}};
  const std::string above = scale.clipped ? "≥ " : "", below = scale.clipped && scale.low < 0 ? "≤ " : "";
  std::vector<Label> all = {{0, above + short_number(scale.high)}, {bottom, below + short_number(scale.low)}};
  const double zero = scale.high / (scale.high - scale.low);
  const auto middle = static_cast<int64_t>(std::lround(zero * static_cast<double>(height))) - line / 2;
  if (middle >= line && middle <= bottom - line) all.push_back({middle, "0"});
  return all;
}

Tensor bar(const ColorMap& map, const ColorScale& scale, int64_t height) {
  const bool flat = !(scale.high > scale.low);
  const Tensor rows = at::linspace(flat ? 0 : scale.high, flat ? 0 : scale.low, height, at::kDouble).view({height, 1});
  return apply(rows.expand({height, kBarWidth}), map, scale);
}

}  // namespace

std::string short_number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3g", std::abs(value));
  std::string digits = text;
  if (const size_t e = digits.find('e'); e != std::string::npos) {
    const int power = std::stoi(digits.substr(e + 1));
    digits = digits.substr(0, e) + "e" + (power < 0 ? "−" : "") + std::to_string(std::abs(power));
  }
  return (value < 0 ? "−" : "") + digits;
}

Tensor color_bar(const ColorMap& map, const ColorScale& scale, int64_t least) {
  const int64_t height = std::max(least, 2 * line_height(style::kText));
  const std::vector<Label> numbers = labels(scale, height);
  int64_t text = 0;
  for (const Label& number : numbers) text = std::max(text, text_width(number.text, style::kText));
  const int64_t text_x = 1 + kBarWidth + style::kGap;
  const Tensor whole = new_picture(height + 2, text_x + text, style::kPaper);
  fill_rectangle(whole, 0, 0, kBarWidth + 2, height + 2, style::kFaint);
  paste(whole, bar(map, scale, height), 1, 1);
  for (const Label& number : numbers) draw_text(whole, text_x, 1 + number.y, number.text, style::kText, style::kInk);
  return whole;
}

Tensor with_color_bar(const Tensor& picture, const ColorMap& map, const ColorScale& scale) {
  const Tensor source = as_rgb(picture), side = color_bar(map, scale, source.size(1));
  const int64_t bar_x = style::kMargin + source.size(2) + style::kMargin - 1;
  const Tensor whole =
      new_picture(side.size(1) - 2 + 2 * style::kMargin, bar_x + side.size(2) + style::kMargin, style::kPaper);
  paste(whole, source, style::kMargin, style::kMargin);
  paste(whole, side, bar_x, style::kMargin - 1);
  return whole;
}

}  // namespace limpid
