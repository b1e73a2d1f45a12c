// SPDX-License-Identifier: Apache-2.0
#include <ATen/ATen.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "core/json_text.h"
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
  write_file(drawing.folder / name, json_text(document, 2) + "\n");
  drawing.files.push_back({drawing.result.item.stem + "/" + name, map.method, "", "shares", {}, {}, {}});
}

ReportMap report_map(const Drawing& drawing, const Map& map, const DominantMap& dominant,
                     const std::vector<ClassColor>& colors, const std::string& kind) {
  ReportMap shown{map.method, map.layer, "", kind};
  shown.clear = ReportClear{dominant, colors, {}, {}, drawing.plan.model.labels};
  return shown;
}

/// Of more classes than a panel takes, those with the largest shares of the CLEAR map, the largest first.
std::vector<const Map*> strongest_classes(const Result& result, const std::string& method,
                                          std::vector<const Map*> maps) {
  constexpr size_t kMost = 50;
  const Map *classes = find_map(result, method, "class"), *level = find_map(result, method, "level");
  if (maps.size() <= kMost || !classes || !level) return maps;
  std::map<int64_t, double> share_of;
  for (const Share& share : shares(classes->values, level->values)) share_of[share.index] = share.share;
  std::stable_sort(maps.begin(), maps.end(), [&share_of](const Map* a, const Map* b) {
    return share_of[a->target.value_or(0)] > share_of[b->target.value_or(0)];
  });
  maps.resize(kMost);
  return maps;
}

}  // namespace

void draw_clear(Drawing& drawing, const std::string& method) {
  const Map& classes = *find_map(drawing.result, method, "class");
  const Map* level = find_map(drawing.result, method, "level");
  if (!level) return;
  const DominantMap dominant{spread(classes.values, false), spread(level->values, false)};
  const std::vector<ClassColor> colors = class_colors(dominant, drawing.plan.model.labels, drawing.hues);
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
  const std::vector<const Map*> all = maps_of(drawing.result, method, "response");
  const std::vector<const Map*> shown = strongest_classes(drawing.result, method, all);
  const std::string note = shown.size() < all.size()
                               ? std::to_string(shown.size()) + " of " + std::to_string(all.size()) +
                                     " classes, those with the largest shares"
                               : "";
  std::vector<Tensor> planes;
  std::vector<std::string> captions;
  for (const Map* map : shown) {
    planes.push_back(drawn_plane(drawing.plan, *map));
    captions.push_back(subject_of(drawing, *map));
  }
  if (!note.empty()) drawing.section.notes.emplace_back(method, "Class by class: " + note + ".");
  for (const Map* map : shown) draw_heat_map(drawing, *map, true);
  if (drawing.folder.empty()) return;
  const ColorMap& colors = find_colormap(colormap_of(drawing.plan, *shown.front()));
  save_picture(drawing, {method, "response", "", {}, {}, {}}, method + ".panel.png", "panel",
               class_panel(at::stack(planes), captions, colors, 5, note));
}

}  // namespace limpid
