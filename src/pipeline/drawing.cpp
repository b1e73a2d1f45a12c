// SPDX-License-Identifier: Apache-2.0
#include "pipeline/drawing.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <array>
#include <set>

#include "limpid/core/files.h"
#include "limpid/data/npy.h"
#include "limpid/render/png.h"

namespace limpid {
namespace {

bool has_input_size(const Map& map, const Shape& input) {
  const auto sizes = map.values.sizes();
  return sizes.size() + 1 >= input.size() &&
         std::equal(input.begin() + 1, input.end(), sizes.end() - static_cast<int64_t>(input.size() - 1));
}

/// Whether a map of this kind holds nothing below zero, or nothing that is shown. A method not named here has both
/// signs.
bool is_unsigned(const Map& map, const Options& options) {
  if (map.kind == "level") return true;  // drawn from 0 up, as V of CLEAR
  if (map.method == "deep-taylor") return true;
  if (map.method == "smooth-grad") return options.text("of") == "deep-taylor" || options.text("of") == "grad-cam";
  if (map.method == "grad-cam") return options.is("relu", "true");
  if (map.method == "arm") return options.is("mode", "authors");  // they show the positive part
  return map.method == "occlusion" && map.kind == "activation";
}

}  // namespace

const Kind& kind_of(const Map& map) {
  static const std::vector<Kind> kinds = {
      {"attribution", true, true},
      {"coarse", true, false},
      // attentive response maps: draw_units
      {"unit", true, false},
      {"template", true, false},
      {"index", true, false},
      // occlusion; draw_categories
      {"activation", true, true},
      {"label", true, false},
      // CLEAR: draw_clear, draw_for_against, draw_panel
      {"class", true, false},
      {"level", true, false},
      {"strongest", false, false},
      {"strongest-levels", false, false},
      {"for", true, false},
      {"against", true, false},
      {"response", true, false},
  };
  static const Kind other{"", true, true}, numbers{"", true, false};
  for (const Kind& kind : kinds)
    if (kind.name == map.kind) return kind;
  return map.values.is_floating_point() ? other : numbers;
}

std::vector<const Map*> maps_of(const Result& result, const std::string& method, const std::string& kind) {
  std::vector<const Map*> maps;
  for (const Map& map : result.maps)
    if (map.method == method && map.kind == kind) maps.push_back(&map);
  return maps;
}

const Map* find_map(const Result& result, const std::string& method, const std::string& kind) {
  const std::vector<const Map*> maps = maps_of(result, method, kind);
  return maps.empty() ? nullptr : maps.front();
}

Tensor plane(const Tensor& values, const Shape& input_shape) {
  const auto spatial = static_cast<int64_t>(input_shape.size()) - 1;
  Tensor map = (values.dim() > spatial ? values.sum(0) : values).to(at::kFloat);
  if (spatial == 1) map = map.unsqueeze(0);
  const std::array<int64_t, 2> size = {spatial == 1 ? 1 : input_shape[1], input_shape.back()};
  if (map.size(0) != size[0] || map.size(1) != size[1])
    map = at::upsample_nearest2d(map.unsqueeze(0).unsqueeze(0), size)[0][0];
  return map.contiguous();
}

std::string subject_of(const Drawing& drawing, const Map& map) {
  if (map.unit) return "unit " + std::to_string(*map.unit);
  return map.target ? drawing.plan.model.labels[static_cast<size_t>(*map.target)] : "";
}

std::string colormap_of(const Plan& plan, const Map& map) {
  const auto choice = std::find_if(plan.choices.begin(), plan.choices.end(),
                                   [&map](const Choice& one) { return one.method->name == map.method; });
  const bool never_negative = choice != plan.choices.end() && is_unsigned(map, choice->options);
  return never_negative ? "unsigned" : "signed";
}

Tensor drawn_plane(const Plan& plan, const Map& map) {
  const Tensor values = plane(map.values, plan.model.network.input_shape());
  return map.method == "arm" && colormap_of(plan, map) == "unsigned" ? values.clamp_min(0) : values;
}

void save_picture(Drawing& drawing, const Map& about, const std::string& name, const std::string& kind,
                  const Tensor& picture) {
  if (drawing.folder.empty()) return;
  write_png(drawing.folder / name, picture);
  drawing.files.push_back({drawing.result.item.stem + "/" + name, about.method, about.layer, kind, about.target,
                           about.unit, picture.sizes().vec()});
}

void save_maps(Drawing& drawing) {
  if (drawing.folder.empty()) return;
  std::set<std::string> written;  // lists of targets may name a class twice
  for (const Map& map : drawing.result.maps) {
    const std::string name = file_name(map, drawing.naming) + ".npy";
    if (!kind_of(map).saved || !written.insert(name).second) continue;
    write_npy(drawing.folder / name, map.values);
    drawing.files.push_back({drawing.result.item.stem + "/" + name, map.method, map.layer, map.kind, map.target,
                             map.unit, map.values.sizes().vec()});
  }
}

void draw_heat_map(Drawing& drawing, const Map& map, bool page_only) {
  const Tensor values = drawn_plane(drawing.plan, map);
  const std::string colors = colormap_of(drawing.plan, map);
  const ColorMap& palette = find_colormap(colors);
  if (!drawing.folder.empty() && !page_only) {
    const ColorScale scale = quantile_scale(values, palette);  // one pixel may be a hundred times the others
    const std::string name = file_name(map, drawing.naming);
    save_picture(drawing, map, name + ".png", "picture", heat_picture(values, palette, scale));
    save_picture(drawing, map, name + ".overlay.png", "overlay", heat_overlay(drawing.picture, values, palette, scale));
  }
  ReportMap shown{map.method, map.layer, subject_of(drawing, map), map.kind == "attribution" ? "" : map.kind, values};
  shown.colormap = colors;
  shown.scale_group = map.method + "." + map.layer + "." + map.kind;
  drawing.section.maps.push_back(std::move(shown));
}

void draw_heat_maps(Drawing& drawing, const std::string& method) {
  std::set<std::string> drawn;
  for (const Map& map : drawing.result.maps) {
    if (map.method != method || !kind_of(map).drawn) continue;
    if (kind_of(map).name.empty() && !has_input_size(map, drawing.plan.model.network.input_shape())) continue;
    if (drawn.insert(file_name(map, drawing.naming)).second) draw_heat_map(drawing, map);
  }
}

void draw_all(Drawing& drawing) {
  save_maps(drawing);
  for (const Choice& choice : drawing.plan.choices) {
    const std::string& method = choice.method->name;
    if (find_map(drawing.result, method, "class")) draw_clear(drawing, method);
    if (find_map(drawing.result, method, "for")) draw_for_against(drawing, method);
    if (find_map(drawing.result, method, "response")) draw_panel(drawing, method);
    if (find_map(drawing.result, method, "unit")) draw_units(drawing, method);
    draw_heat_maps(drawing, method);
    if (const Map* labels = find_map(drawing.result, method, "label"))
      draw_categories(drawing, *labels, nullptr, drawing.plan.model.labels);
  }
}

}  // namespace limpid
