// SPDX-License-Identifier: Apache-2.0
#include <ATen/ATen.h>

#include <nlohmann/json.hpp>

#include "limpid/core/files.h"
#include "limpid/explain/clear.h"
#include "pipeline/drawing.h"

namespace limpid {
namespace {

using Json = nlohmann::ordered_json;

/// The map of a kind as rows and columns; three dimensions keep their first axis.
Tensor spread(const Tensor& values, bool listed) {
  return values.dim() == (listed ? 2 : 1) ? values.unsqueeze(listed ? 1 : 0) : values;
}

void save_shares(Drawing& drawing, const Map& map, const DominantMap& dominant) {
  if (drawing.folder.empty()) return;
  Json classes = Json::array();
  for (const Share& share : shares(dominant.classes, dominant.level))
    classes.push_back({{"index", share.index},
                       {"label", drawing.plan.model.labels[static_cast<size_t>(share.index)]},
                       {"share", share.share},
                       {"area", share.area}});
  const std::string name = map.method + ".json";
  const Json document = {{"classes", classes}};
  write_file(drawing.folder / name, document.dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
  drawing.files.push_back({drawing.result.item.stem + "/" + name, map.method, "", "shares", {}, {}, {}});
}

ReportMap report_map(const Drawing& drawing, const Map& map, const DominantMap& dominant,
                     const std::vector<ClassColor>& colors, const std::string& kind) {
  ReportMap shown{map.method, map.layer, "", kind};
  shown.clear = ReportClear{dominant, colors, {}, {}, drawing.plan.model.labels};
  return shown;
}

}  // namespace

void draw_clear(Drawing& drawing, const std::string& method) {
  const Map& classes = *find_map(drawing.result, method, "class");
  const Map* level = find_map(drawing.result, method, "level");
  if (!level) return;
  const DominantMap dominant{spread(classes.values, false), spread(level->values, false)};
  const std::vector<ClassColor> colors = class_colors(dominant, drawing.plan.model.labels);
  save_shares(drawing, classes, dominant);
  if (!drawing.folder.empty()) {
    save_picture(drawing, classes, method + ".png", "picture", clear_picture(dominant, colors));
    save_picture(drawing, classes, method + ".overlay.png", "overlay",
                 clear_overlay(drawing.picture, dominant, colors));
  }
  ReportMap shown = report_map(drawing, classes, dominant, colors, "");
  const Map* strongest = find_map(drawing.result, method, "strongest");
  const Map* levels = find_map(drawing.result, method, "strongest-levels");
  if (strongest && levels) {
    shown.clear->top_classes = spread(strongest->values, true);
    shown.clear->top_values = spread(levels->values, true);
  }
  drawing.section.maps.push_back(std::move(shown));
}

void draw_for_against(Drawing& drawing, const std::string& method) {
  const Map& pro = *find_map(drawing.result, method, "for");
  const Map* contra = find_map(drawing.result, method, "against");
  if (!contra) return;
  const DominantMap dominant = for_against(spread(pro.values, false), spread(contra->values, false));
  const std::string label = drawing.plan.model.labels[static_cast<size_t>(pro.target.value_or(0))];
  const std::vector<ClassColor> colors = for_against_colors(dominant, label, "all others");
  if (!drawing.folder.empty()) {
    const std::string name = method + ".for-against";
    save_picture(drawing, pro, name + ".png", "picture", clear_picture(dominant, colors));
    save_picture(drawing, pro, name + ".overlay.png", "overlay", clear_overlay(drawing.picture, dominant, colors));
  }
  ReportMap shown = report_map(drawing, pro, dominant, colors, "for and against");
  shown.clear->labels = {label, "all others"};
  drawing.section.maps.push_back(std::move(shown));
}

void draw_panel(Drawing& drawing, const std::string& method) {
  constexpr size_t kMost = 50;  // classes on one picture
  std::vector<Tensor> maps;
  std::vector<std::string> captions;
  const Map* first = nullptr;
  for (const Map& map : drawing.result.maps) {
    if (map.method != method || map.kind != "response" || maps.size() == kMost) continue;
    if (!first) first = &map;
    maps.push_back(spread(map.values, false));
    captions.push_back(drawing.plan.model.labels[static_cast<size_t>(map.target.value_or(0))]);
  }
  const Tensor all = at::stack(maps);
  Map about{method, "response", "", {}, {}, {}};
  const Tensor picture = class_panel(all, captions, find_colormap(colormap_of(drawing.plan, *first)));
  save_picture(drawing, about, method + ".panel.png", "panel", picture);
  ReportMap shown{method, "", "", "each class"};
  shown.picture = picture;
  drawing.section.maps.push_back(std::move(shown));
}

}  // namespace limpid
