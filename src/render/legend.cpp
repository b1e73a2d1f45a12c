// SPDX-License-Identifier: Apache-2.0
#include <ATen/ATen.h>

#include <algorithm>
#include <cstdio>

#include "limpid/render/clear_picture.h"
#include "render/raster.h"
#include "render/style.h"
#include "render/text.h"

namespace limpid {
namespace {

constexpr int64_t kSwatch = 12;
constexpr int64_t kEntryGap = 4;
constexpr Color kGray = {160, 160, 160};

struct Entry {
  Color color;
  std::vector<std::string> lines;
  std::string share;
};

std::string percent(double share) {
  char text[16];
  std::snprintf(text, sizeof text, share >= 0.0995 || share == 0 ? "%.0f %%" : "%.1f %%", 100 * share);
  return text;
}

std::vector<Entry> entries(const std::vector<ClassColor>& colors) {
  std::vector<Entry> all;
  for (const ClassColor& c : colors)
    all.push_back(
        {c.hue ? hsv_color(*c.hue, 1, 1) : kGray, wrapped(c.label, style::kText, style::kMostText), percent(c.share)});
  return all;
}

int64_t entry_height(const Entry& entry) {
  return static_cast<int64_t>(std::max<size_t>(1, entry.lines.size())) * line_height(style::kText) + kEntryGap;
}

void draw_entry(const Tensor& whole, const Entry& entry, int64_t x, int64_t y, int64_t right) {
  const int64_t line = line_height(style::kText);
  fill_rectangle(whole, x, y + (line - kSwatch) / 2, kSwatch, kSwatch, entry.color);
  for (size_t i = 0; i < entry.lines.size(); ++i)
    draw_text(whole, x + kSwatch + style::kGap, y + static_cast<int64_t>(i) * line, entry.lines[i], style::kText,
              style::kInk);
  draw_text(whole, right - text_width(entry.share, style::kText), y, entry.share, style::kText, style::kFaint);
}

Tensor legend(const std::vector<Entry>& all) {
  if (all.empty())
    return text_picture("no class responds", style::kText, style::kMostText, 0, style::kFaint, style::kPaper);
  int64_t names = 0, shares = 0, height = 0;
  for (const Entry& entry : all) {
    for (const std::string& line : entry.lines) names = std::max(names, text_width(line, style::kText));
    shares = std::max(shares, text_width(entry.share, style::kText));
    height += entry_height(entry);
  }
  const int64_t width = kSwatch + style::kGap + names + style::kMargin + shares;
  const Tensor whole = new_picture(height, width, style::kPaper);
  int64_t y = 0;
  for (const Entry& entry : all) {
    draw_entry(whole, entry, 0, y, width);
    y += entry_height(entry);
  }
  return whole;
}

}  // namespace

Tensor with_class_legend(const Tensor& picture, const std::vector<ClassColor>& colors) {
  const Tensor source = as_rgb(picture), text = legend(entries(colors));
  const int64_t x = style::kMargin + source.size(2) + style::kMargin;
  const Tensor whole = new_picture(std::max(source.size(1), text.size(1)) + 2 * style::kMargin,
                                   x + text.size(2) + style::kMargin, style::kPaper);
  paste(whole, source, style::kMargin, style::kMargin);
  paste(whole, text, x, style::kMargin);
  return whole;
}

}  // namespace limpid
