// SPDX-License-Identifier: Apache-2.0
#include "limpid/render/report.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "core/base64.h"
#include "core/json_text.h"
#include "limpid/core/error.h"
#include "limpid/render/png.h"
#include "render/deflate.h"
#include "render/embedded.h"
#include "render/payload.h"
#include "render/raster.h"

extern const unsigned char limpid_report_html[], limpid_report_css[], limpid_report_figures[], limpid_report_js[];
extern const unsigned long limpid_report_html_size, limpid_report_css_size, limpid_report_figures_size,
    limpid_report_js_size;

namespace limpid {
namespace {

using Json = nlohmann::ordered_json;

constexpr int64_t kMostHover = 512;  // pixels of a side for which the strongest classes are kept
constexpr size_t kMostGrades = 12;   // classes that may stand for grades

/// The page around the sections: what comes before them, or after.
std::string skeleton(bool after) {
  const std::string html = embedded(limpid_report_html, limpid_report_html_size), mark = "{{sections}}";
  const size_t place = html.find(mark);
  return after ? html.substr(place + mark.size()) : html.substr(0, place);
}

void fill_in(std::string& html, const std::string& mark, const std::string& text) {
  html.replace(html.find(mark), mark.size(), text);
}

/// A JSON document as it may stand in a script element; broken UTF-8 becomes U+FFFD.
std::string script_json(const Json& document) { return script_escaped(json_text(document)); }

/// The arrays of a section, in script elements of their own: the browser decodes them when they are looked at.
class Payloads {
 public:
  size_t add(std::string_view bytes) {
    html_ += "<script type=\"text/plain\" class=\"data\">" + base64(bytes) + "</script>\n";
    return count_++;
  }
  const std::string& html() const { return html_; }

 private:
  std::string html_;
  size_t count_ = 0;
};

std::string hex(const Color& color) {
  char text[8];
  std::snprintf(text, sizeof text, "#%02x%02x%02x", color[0], color[1], color[2]);
  return text;
}

template <class Value>
Json pairs(const std::vector<std::pair<std::string, Value>>& all) {
  Json list = Json::array();
  for (const auto& [name, value] : all) list.push_back({name, value});
  return list;
}

Json values_json(const ReportMap& map, Payloads& payloads) {
  const ColorMap& colors = find_colormap(map.colormap);
  const Tensor values = float_map(map.values, "a map of a report");
  const double limit = scale_of(values, colors).high;
  return {{"height", values.size(0)},
          {"width", values.size(1)},
          {"colormap", colors.name},
          {"limit", limit},
          {"usual", quantile_scale(values, colors).high},
          {"data", payloads.add(deflated(quantised(values, limit, colors.is_signed)))}};
}

/// Class numbers in order of first appearance, and for each pixel the place in that list, low bytes then high bytes.
std::pair<std::vector<int64_t>, std::string> indexed(const Tensor& classes) {
  const Tensor source = classes.to(at::kCPU, at::kInt).contiguous();
  const auto [least, most] = at::aminmax(source);
  const int32_t first = least.item<int32_t>();
  std::vector<int32_t> places(static_cast<size_t>(most.item<int32_t>() - int64_t{first} + 1), -1);
  std::vector<int64_t> found;
  const int32_t* value = source.data_ptr<int32_t>();
  const auto count = static_cast<size_t>(source.numel());
  std::string bytes(2 * count, '\0');
  for (size_t i = 0; i < count; ++i) {
    int32_t& place = places[static_cast<size_t>(value[i] - first)];
    if (place < 0) {
      place = static_cast<int32_t>(found.size());
      found.push_back(value[i]);
    }
    bytes[i] = static_cast<char>(place & 255);
    bytes[count + i] = static_cast<char>(place >> 8 & 255);
  }
  return {found, bytes};
}

/// The strongest class's response is the level, which is kept with three digits; those of the others are told as far as
/// a byte knows them.
Json hover_json(const ReportClear& clear, Payloads& payloads) {
  const int64_t height = clear.top_classes.size(1), width = clear.top_classes.size(2);
  if (clear.top_classes.sizes() != clear.top_values.sizes() || clear.top_classes[0].sizes() != clear.map.level.sizes())
    fail("got classes ", shape_text(clear.top_classes.sizes()), " with responses ",
         shape_text(clear.top_values.sizes()), " as the strongest of each pixel of a map ",
         shape_text(clear.map.level.sizes()), "; both must be [T, height, width]");
  const int64_t step = (std::max(height, width) + kMostHover - 1) / kMostHover;
  const auto sampled = [step](const Tensor& t) { return t.slice(1, step / 2, {}, step).slice(2, step / 2, {}, step); };
  const Tensor values = sampled(clear.top_values).to(at::kCPU, at::kFloat).contiguous();
  const auto [classes, places] = indexed(sampled(clear.top_classes));
  const double limit = scale_of(values, find_colormap("signed")).high;
  Json labels = Json::array();
  for (const int64_t k : classes) {
    const bool named = k >= 0 && k < static_cast<int64_t>(clear.labels.size());
    labels.push_back(named ? clear.labels[static_cast<size_t>(k)] : "class " + std::to_string(k));
  }
  return {{"step", step},
          {"height", values.size(1)},
          {"width", values.size(2)},
          {"count", values.size(0)},
          {"classes", classes},
          {"labels", labels},
          {"places", payloads.add(deflated(places))},
          {"limit", limit},
          {"values", payloads.add(deflated(quantised(values.slice(0, 1), limit, true)))}};
}

/// For each pixel the entry of `colors` that it is drawn with, 255 where no class responds.
std::string entries(const ReportClear& clear) {
  const Tensor classes = clear.map.classes.to(at::kCPU, at::kInt).contiguous();
  const Tensor level = float_map(clear.map.level, "the level of a CLEAR map");
  std::vector<uint8_t> table(static_cast<size_t>(std::max(0, at::max(classes).item<int32_t>()) + 1), 255);
  for (size_t i = 0; i < std::min<size_t>(255, clear.colors.size()); ++i)
    if (clear.colors[i].index < 0) std::fill(table.begin(), table.end(), static_cast<uint8_t>(i));
  for (size_t i = 0; i < std::min<size_t>(255, clear.colors.size()); ++i) {
    const int64_t index = clear.colors[i].index;
    if (index >= 0 && index < static_cast<int64_t>(table.size()))
      table[static_cast<size_t>(index)] = static_cast<uint8_t>(i);
  }
  std::string bytes(static_cast<size_t>(classes.numel()), '\xFF');
  const int32_t* class_of = classes.data_ptr<int32_t>();
  const float* level_of = level.data_ptr<float>();
  for (size_t i = 0; i < bytes.size(); ++i)
    if (class_of[i] >= 0 && level_of[i] > 0) bytes[i] = static_cast<char>(table[static_cast<size_t>(class_of[i])]);
  return bytes;
}

Json clear_json(const ReportClear& clear, Payloads& payloads) {
  if (!clear.map.classes.defined() || clear.map.classes.sizes() != clear.map.level.sizes())
    fail("got a CLEAR map whose classes and levels differ in shape; a report needs both for each pixel");
  const double most = scale_of(clear.map.level, find_colormap("unsigned")).high,
               unit = scale_of(clear.map.level, find_colormap("signed")).high;  // of levels below 0 too
  Json colors = Json::array();
  for (const ClassColor& c : clear.colors) {
    const bool graded =
        c.index >= 0 && clear.share_of == "evidence" && clear.labels.size() >= 3 && clear.labels.size() <= kMostGrades;
    const double grade = graded ? grade_hue(c.index, static_cast<int64_t>(clear.labels.size())) : 0;
    colors.push_back({{"index", c.index},
                      {"label", c.label},
                      {"share", c.share},
                      {"area", c.area},
                      {"color", c.hue ? Json(hex(hsv_color(*c.hue, 1, 1))) : Json(nullptr)},
                      {"grade", graded ? Json(hex(hsv_color(grade, 1, 1))) : Json(nullptr)}});
  }
  Json document = {{"height", clear.map.level.size(0)},
                   {"width", clear.map.level.size(1)},
                   {"classes", colors},
                   {"share_of", clear.share_of},
                   {"limit", most},
                   {"usual", quantile_scale(clear.map.level, find_colormap("unsigned")).high},
                   {"unit", unit},
                   {"level", payloads.add(deflated(halved(clear.map.level, unit)))},
                   {"entries", payloads.add(deflated(entries(clear)))}};
  if (clear.top_classes.defined()) document["hover"] = hover_json(clear, payloads);
  return document;
}

Json map_json(const ReportMap& map, Payloads& payloads) {
  Json document = {{"method", map.method},
                   {"layer", map.layer},
                   {"target", map.target},
                   {"kind", map.kind},
                   {"group", map.scale_group.empty() ? map.method : map.scale_group}};
  if (map.values.defined()) document["values"] = values_json(map, payloads);
  if (map.clear) document["clear"] = clear_json(*map.clear, payloads);
  return document;
}

}  // namespace

std::string report_begin(const std::string& title) {
  std::string html = skeleton(false);
  // From the end to the beginning: a mark that stands in a text already filled in is not found.
  fill_in(html, "{{heading}}", html_escaped(title));
  fill_in(html, "{{style}}", embedded(limpid_report_css, limpid_report_css_size));
  fill_in(html, "{{title}}", html_escaped(title));
  return html;
}

std::string report_section(const ReportInput& input) {
  Payloads payloads;
  Json document = {
      {"name", input.name}, {"error", input.error}, {"seconds", pairs(input.seconds)}, {"notes", pairs(input.notes)}};
  if (input.picture.defined())
    document["picture"] = {{"height", input.picture.size(1)},
                           {"width", input.picture.size(2)},
                           {"data", payloads.add(encode_png(input.picture))}};
  document["predictions"] = Json::array();
  for (const ReportPrediction& p : input.predictions)
    document["predictions"].push_back(
        {{"index", p.index}, {"label", p.label}, {"logit", p.logit}, {"probability", p.probability}});
  document["maps"] = Json::array();
  for (const ReportMap& map : input.maps) document["maps"].push_back(map_json(map, payloads));
  return "<section class=\"input\">\n<script type=\"application/json\" class=\"about\">" + script_json(document) +
         "</script>\n" + payloads.html() + "</section>\n";
}

std::string report_end(const ReportFacts& facts) {
  Json maps = Json::array();
  for (const ColorMap& map : colormaps()) maps.push_back({{"name", map.name}, {"notation", map.notation}});
  const Json document = {{"subtitle", facts.subtitle},
                         {"model", pairs(facts.model)},
                         {"preprocessing", pairs(facts.preprocessing)},
                         {"parameters", pairs(facts.parameters)},
                         {"seconds", pairs(facts.seconds)},
                         {"colormaps", maps}};
  std::string html = skeleton(true);
  fill_in(html, "{{script}}", embedded(limpid_report_js, limpid_report_js_size));
  fill_in(html, "{{figures}}", embedded(limpid_report_figures, limpid_report_figures_size));
  fill_in(html, "{{facts}}", script_json(document));
  return html;
}

std::string report_page(const std::string& title, const ReportFacts& facts, const std::vector<ReportInput>& inputs) {
  std::string page = report_begin(title);
  for (const ReportInput& input : inputs) page += report_section(input);
  return page + report_end(facts);
}

}  // namespace limpid
