// SPDX-License-Identifier: Apache-2.0
#include <ATen/ATen.h>

#include "pipeline/drawing.h"

namespace limpid {

void draw_categories(Drawing& drawing, const Map& map, const Map* level, const std::vector<std::string>& names) {
  const Shape& input = drawing.plan.model.network.input_shape();
  const Tensor numbers = plane(map.values, input).to(at::kInt);
  const Tensor bright = level ? drawn_plane(drawing.plan, *level) : at::ones(numbers.sizes());
  const DominantMap dominant{at::where(bright.gt(0), numbers, at::full({}, -1, at::kInt)), bright};
  std::vector<ClassColor> colors = class_colors(dominant, names);
  for (ClassColor& color : colors)
    if (color.index < 0) color.label = "others";
  if (!drawing.folder.empty()) {
    const std::string name = file_name(map, drawing.naming);
    save_picture(drawing, map, name + ".png", "picture", clear_picture(dominant, colors));
    save_picture(drawing, map, name + ".overlay.png", "overlay", clear_overlay(drawing.picture, dominant, colors));
  }
  ReportMap shown{map.method, map.layer, "", map.kind};
  shown.clear = ReportClear{dominant, colors, {}, {}, names, level ? "response" : "area"};
  drawing.section.maps.push_back(std::move(shown));
}

}  // namespace limpid
