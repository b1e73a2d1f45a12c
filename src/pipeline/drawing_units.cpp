// SPDX-License-Identifier: Apache-2.0
#include <ATen/ATen.h>

#include "pipeline/drawing.h"

namespace limpid {
namespace {

/// One layer's units side by side, all on one scale.
std::vector<GridCell> unit_cells(const Drawing& drawing, const std::vector<const Map*>& units) {
  std::vector<Tensor> planes;
  for (const Map* map : units) planes.push_back(drawn_plane(drawing.plan, *map));
  const Tensor all = at::stack(planes);
  const ColorMap& colors = find_colormap(colormap_of(drawing.plan, *units.front()));
  const ColorScale scale = scale_of(all, colors);
  std::vector<GridCell> cells;
  for (size_t i = 0; i < units.size(); ++i)
    cells.push_back({enlarged(apply(planes[i], colors, scale), 160),
                     units[i]->unit ? "unit " + std::to_string(*units[i]->unit) : "all of them"});
  return cells;
}

}  // namespace

void draw_units(Drawing& drawing, const std::string& method) {
  constexpr size_t kMost = 32;  // units of a layer on the picture
  std::vector<std::string> layers;
  std::map<std::string, std::vector<const Map*>> units;
  for (const Map& map : drawing.result.maps) {
    if (map.method != method || map.kind != "unit") continue;
    if (units[map.layer].empty()) layers.push_back(map.layer);
    if (units[map.layer].size() < kMost) units[map.layer].push_back(&map);
  }
  PictureGrid grid;
  for (const std::string& layer : layers) grid.rows.push_back(unit_cells(drawing, units[layer]));
  grid.row_headings = layers;
  const Tensor picture = draw_grid(grid);
  save_picture(drawing, {method, "unit", "", {}, {}, {}}, method + ".png", "grid", picture);
  ReportMap shown{method, "", "", "layers and their most active units"};
  shown.picture = picture;
  drawing.section.maps.push_back(std::move(shown));
}

}  // namespace limpid
