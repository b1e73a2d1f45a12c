// SPDX-License-Identifier: Apache-2.0
#include <ATen/ATen.h>

#include <algorithm>

#include "limpid/core/error.h"
#include "pipeline/drawing.h"

namespace limpid {
namespace {

constexpr size_t kMostInRow = 8;
constexpr size_t kMostOnPicture = 32;  // units of a layer
constexpr size_t kMostOnPage = 128;    // units of all layers together; of each at least one, at most 16

/// What a method gave for one layer.
struct LayerMaps {
  std::string name;
  std::vector<const Map*> units;
  const Map *index = nullptr, *level = nullptr, *sum = nullptr;
};

std::vector<LayerMaps> layers_of(const Result& result, const std::string& method) {
  std::vector<LayerMaps> layers;
  for (const Map& map : result.maps) {
    if (map.method != method) continue;
    const auto same = [&map](const LayerMaps& layer) { return layer.name == map.layer; };
    auto layer = std::find_if(layers.begin(), layers.end(), same);
    if (layer == layers.end()) layer = layers.insert(layer, LayerMaps{map.layer, {}});
    if (map.kind == "unit") layer->units.push_back(&map);
    if (map.kind == "index") layer->index = &map;
    if (map.kind == "level") layer->level = &map;
    if (map.kind == "template") layer->sum = &map;
  }
  std::erase_if(layers, [](const LayerMaps& layer) { return layer.units.empty(); });
  return layers;
}

/// "32 of 512 units"; nothing where all are shown.
std::string cut_text(size_t shown, size_t all) {
  return shown < all ? detail::joined(shown, " of ", all, " units") : "";
}

/// A layer's units in rows of `columns`, all on one scale, whose colour bar ends the first row.
void add_rows(PictureGrid& grid, const Drawing& drawing, const LayerMaps& layer, size_t columns) {
  const size_t shown = std::min(layer.units.size(), kMostOnPicture);
  std::vector<Tensor> planes;
  for (size_t i = 0; i < shown; ++i) planes.push_back(drawn_plane(drawing.plan, *layer.units[i]));
  const ColorMap& colors = find_colormap(colormap_of(drawing.plan, *layer.units.front()));
  const ColorScale scale = quantile_scale(at::stack(planes), colors);
  const size_t first = grid.rows.size();
  for (size_t i = 0; i < shown; ++i) {
    if (i % columns == 0) grid.rows.emplace_back();
    grid.rows.back().push_back({enlarged(apply(planes[i], colors, scale), 160), subject_of(drawing, *layer.units[i])});
  }
  const Tensor bar = color_bar(colors, scale, grid.rows[first][0].picture.size(1) - 2);
  grid.rows[first].resize(columns);
  grid.rows[first].push_back({bar, ""});
  const std::string cut = cut_text(shown, layer.units.size());
  grid.row_headings.resize(first);
  grid.row_headings.push_back(layer.name + (cut.empty() ? "" : ", " + cut));
}

void save_grid(Drawing& drawing, const std::string& method, const std::vector<LayerMaps>& layers) {
  size_t columns = 1;
  for (const LayerMaps& layer : layers) columns = std::max(columns, std::min(layer.units.size(), kMostInRow));
  PictureGrid grid;
  for (const LayerMaps& layer : layers) add_rows(grid, drawing, layer, columns);
  save_picture(drawing, {method, "unit", "", {}, {}, {}}, method + ".png", "grid", draw_grid(grid));
}

/// The dominant unit of each pixel, as bright as its response: index and level in one.
void draw_index(Drawing& drawing, const LayerMaps& layer) {
  std::vector<std::string> names;
  for (const Map* map : layer.units) {
    const auto unit = static_cast<size_t>(map->unit.value_or(0));
    if (names.size() <= unit) names.resize(unit + 1);
    names[unit] = subject_of(drawing, *map);
  }
  draw_categories(drawing, *layer.index, layer.level, names);
}

void draw_layer(Drawing& drawing, const std::string& method, const LayerMaps& layer, size_t most) {
  const size_t shown = std::min(layer.units.size(), most);
  if (shown < layer.units.size())
    drawing.section.notes.emplace_back(method, layer.name + ": " + cut_text(shown, layer.units.size()) + ".");
  if (layer.sum) draw_heat_map(drawing, *layer.sum);
  if (layer.level) draw_heat_map(drawing, *layer.level);
  for (size_t i = 0; i < shown; ++i) draw_heat_map(drawing, *layer.units[i], true);
  if (layer.index) draw_index(drawing, layer);
}

}  // namespace

void draw_units(Drawing& drawing, const std::string& method) {
  const std::vector<LayerMaps> layers = layers_of(drawing.result, method);
  if (!drawing.folder.empty()) save_grid(drawing, method, layers);
  const size_t most = std::clamp<size_t>(kMostOnPage / layers.size(), 1, 16);
  for (const LayerMaps& layer : layers) draw_layer(drawing, method, layer, most);
}

}  // namespace limpid
