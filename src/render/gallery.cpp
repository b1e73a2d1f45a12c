// SPDX-License-Identifier: Apache-2.0
#include "limpid/render/gallery.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "core/base64.h"
#include "core/json_text.h"
#include "limpid/core/error.h"
#include "limpid/render/jpeg.h"
#include "limpid/render/png.h"
#include "render/embedded.h"
#include "render/payload.h"

extern const unsigned char limpid_gallery_css[], limpid_gallery_js[];
extern const unsigned long limpid_gallery_css_size, limpid_gallery_js_size;

namespace limpid {
namespace {

using Json = nlohmann::ordered_json;

constexpr int64_t kSharp = 32;  // heat of fewer rows is stored without loss, which takes less there

std::string text_of(const Json& json) { return script_escaped(json_text(json)); }

/// A number in as many digits as a page needs.
Json rounded(double value) { return std::isfinite(value) ? Json::parse(fmt::format("{:.5g}", value)) : Json(); }

/// The heat of a card's shots, one below the other, as the address of a picture.
std::string heat_address(const Tensor& heat) {
  const Tensor strip = heat.reshape({1, heat.size(0) * heat.size(1), heat.size(2)}).contiguous();
  const bool sharp = heat.size(1) <= kSharp;
  return (sharp ? "data:image/png;base64," : "data:image/jpeg;base64,") +
         base64(sharp ? encode_png(strip) : encode_jpeg(strip, 70));
}

}  // namespace

std::string gallery_begin(const GalleryPlan& plan, const Page& about) {
  Json numbers = Json::array();
  for (const auto& [name, meaning] : plan.numbers) numbers.push_back({{"name", name}, {"meaning", meaning}});
  const Json facts = {{"group", plan.group},    {"groups", plan.groups},     {"numbers", numbers},
                      {"heat", plan.heat},      {"outlined", plan.outlined}, {"value", plan.value},
                      {"on_card", plan.on_card}};
  std::string page = about.html();
  const std::string end = "</main>";
  const size_t place = page.rfind(end);
  return page.substr(0, place) + "<style>\n" + embedded(limpid_gallery_css, limpid_gallery_css_size) +
         "</style>\n<h2 id=\"browse\">All " + html_escaped(plan.title) +
         "</h2>\n<div id=\"toolbar\"></div>\n<div id=\"cards\"></div>\n<p class=\"notice\" id=\"none\" hidden>Nothing "
         "fits.</p>\n<dialog id=\"closer\"></dialog>\n" +
         page.substr(place, page.find("</body>", place) - place) + "<script type=\"application/json\" id=\"plan\">" +
         text_of(facts) + "</script>\n<script type=\"text/plain\" id=\"pictures\">\n";
}

std::string gallery_picture(const std::string& name, const std::string& jpeg, int64_t rows, int64_t columns) {
  return text_of(Json{name, rows, columns, base64(jpeg)}) + "\n";
}

std::string gallery_cards() { return "</script>\n<script type=\"text/plain\" id=\"units\">\n"; }

std::string gallery_card(const GalleryCard& card) {
  Json numbers = Json::array(), shots = Json::array();
  for (const double number : card.numbers) numbers.push_back(rounded(number));
  for (const GalleryShot& shot : card.shots)
    shots.push_back({shot.picture, shot.row, shot.column, shot.rows, shot.columns, rounded(shot.value)});
  Json all = {card.group, card.title, card.words, numbers, shots};
  if (card.heat.defined()) {
    if (card.heat.size(0) > static_cast<int64_t>(card.shots.size())) fail("a card has more heat than shots");
    all.push_back(card.heat.size(0));
    all.push_back(heat_address(card.heat));
  }
  return text_of(all) + "\n";
}

std::string gallery_end() {
  return "</script>\n<script>\n" + embedded(limpid_gallery_js, limpid_gallery_js_size) +
         "</script>\n</body>\n</html>\n";
}

}  // namespace limpid
