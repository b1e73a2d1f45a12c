// SPDX-License-Identifier: Apache-2.0
#include <ATen/ATen.h>

#include <algorithm>
#include <numeric>

#include "limpid/core/error.h"
#include "limpid/render/picture.h"
#include "render/raster.h"
#include "render/style.h"
#include "render/text.h"

namespace limpid {
namespace {

constexpr int64_t kLeastColumn = 96;  // captions need some room even below narrow pictures
constexpr int64_t kRowHeading = 140;

struct Sizes {
  std::vector<int64_t> columns, pictures, captions;  // widths; for each row, heights
  int64_t headings_width = 0, headings_height = 0;
};

Tensor heading(const std::string& text, int64_t width, double alignment) {
  return text_picture(text, style::kHeading, width, alignment, style::kInk, style::kPaper);
}

Tensor caption(const std::string& text, int64_t width) {
  return text_picture(text, style::kText, width, 0.5, style::kFaint, style::kPaper);
}

void measure_headings(const PictureGrid& grid, Sizes& sizes) {
  for (size_t x = 0; x < std::min(grid.column_headings.size(), sizes.columns.size()); ++x)
    if (!grid.column_headings[x].empty())
      sizes.headings_height = std::max(sizes.headings_height,
                                       heading(grid.column_headings[x], sizes.columns[x], 0.5).size(1) + style::kGap);
  for (size_t y = 0; y < std::min(grid.row_headings.size(), grid.rows.size()); ++y) {
    if (grid.row_headings[y].empty()) continue;
    const Tensor text = heading(grid.row_headings[y], kRowHeading, 1);
    sizes.headings_width = std::max(sizes.headings_width, text.size(2) + style::kMargin);
    sizes.pictures[y] = std::max(sizes.pictures[y], text.size(1));
  }
}

Sizes measured(const PictureGrid& grid) {
  Sizes sizes;
  for (const auto& row : grid.rows) sizes.columns.resize(std::max(sizes.columns.size(), row.size()), kLeastColumn);
  for (const auto& row : grid.rows)
    for (size_t x = 0; x < row.size(); ++x)
      if (row[x].picture.defined()) sizes.columns[x] = std::max(sizes.columns[x], row[x].picture.size(2));
  for (const auto& row : grid.rows) {
    int64_t picture = 0, text = 0;
    for (size_t x = 0; x < row.size(); ++x) {
      if (row[x].picture.defined()) picture = std::max(picture, row[x].picture.size(1));
      if (!row[x].caption.empty()) text = std::max(text, caption(row[x].caption, sizes.columns[x]).size(1) + 4);
    }
    sizes.pictures.push_back(picture);
    sizes.captions.push_back(text);
  }
  measure_headings(grid, sizes);
  return sizes;
}

/// Where each begins, one after the other with a gap between.
std::vector<int64_t> offsets(const std::vector<int64_t>& extents, int64_t first) {
  std::vector<int64_t> begin = {first};
  for (const int64_t extent : extents) begin.push_back(begin.back() + extent + style::kMargin);
  return begin;
}

void draw_cell(const Tensor& whole, const GridCell& cell, int64_t x, int64_t y, int64_t width, int64_t height) {
  if (cell.picture.defined()) paste(whole, cell.picture, x + (width - cell.picture.size(2)) / 2, y);
  if (cell.caption.empty()) return;
  const Tensor text = caption(cell.caption, width);
  paste(whole, text, x + (width - text.size(2)) / 2, y + height + 4);
}

void draw_headings(const Tensor& whole, const PictureGrid& grid, const Sizes& sizes, const std::vector<int64_t>& x,
                   const std::vector<int64_t>& y) {
  for (size_t i = 0; i < std::min(grid.column_headings.size(), sizes.columns.size()); ++i) {
    if (grid.column_headings[i].empty()) continue;
    const Tensor text = heading(grid.column_headings[i], sizes.columns[i], 0.5);
    paste(whole, text, x[i] + (sizes.columns[i] - text.size(2)) / 2, y[0] - style::kGap - text.size(1));
  }
  for (size_t i = 0; i < std::min(grid.row_headings.size(), grid.rows.size()); ++i) {
    if (grid.row_headings[i].empty()) continue;
    const Tensor text = heading(grid.row_headings[i], kRowHeading, 1);
    paste(whole, text, x[0] - style::kMargin - text.size(2), y[i] + (sizes.pictures[i] - text.size(1)) / 2);
  }
}

}  // namespace

Tensor draw_grid(const PictureGrid& grid) {
  const Sizes sizes = measured(grid);
  if (sizes.columns.empty()) fail("got a grid without pictures to draw; at least one is needed");
  std::vector<int64_t> heights = sizes.pictures;
  for (size_t i = 0; i < heights.size(); ++i) heights[i] += sizes.captions[i];
  const std::vector<int64_t> x = offsets(sizes.columns, style::kMargin + sizes.headings_width);
  const std::vector<int64_t> y = offsets(heights, style::kMargin + sizes.headings_height);
  const Tensor note = text_picture(grid.note, style::kText, std::max(style::kMostText, x.back() - 2 * style::kMargin),
                                   0, style::kFaint, style::kPaper);
  const int64_t below = grid.note.empty() ? 0 : note.size(1) + style::kMargin;
  const int64_t width = grid.note.empty() ? 0 : note.size(2) + 2 * style::kMargin;
  const Tensor whole = new_picture(y.back() + below, std::max(x.back(), width), style::kPaper);
  if (below > 0) paste(whole, note, style::kMargin, y.back());
  draw_headings(whole, grid, sizes, x, y);
  for (size_t row = 0; row < grid.rows.size(); ++row)
    for (size_t column = 0; column < grid.rows[row].size(); ++column)
      draw_cell(whole, grid.rows[row][column], x[column], y[row], sizes.columns[column], sizes.pictures[row]);
  return whole;
}

Tensor class_panel(const Tensor& maps, const std::vector<std::string>& captions, const ColorMap& map, int64_t columns,
                   const std::string& note) {
  if (maps.dim() != 3 || maps.size(0) != static_cast<int64_t>(captions.size()) || columns < 1)
    fail("got maps ", shape_text(maps.sizes()), " with ", captions.size(),
         " captions; a panel takes [K, height, width] and K");
  const ColorScale scale = quantile_scale(maps, map);
  PictureGrid grid;
  grid.note = note;
  for (int64_t k = 0; k < maps.size(0); ++k) {
    if (k % columns == 0) grid.rows.emplace_back();
    grid.rows.back().push_back({enlarged(apply(maps[k], map, scale), 160), captions[static_cast<size_t>(k)]});
  }
  return with_color_bar(draw_grid(grid), map, scale);
}

}  // namespace limpid
