// SPDX-License-Identifier: Apache-2.0
// The report in a browser: tests/render/page_driver.js uses the page, this looks at what it saw.
#include <unistd.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "limpid/core/files.h"
#include "limpid/render/report.h"
#include "render/report_samples.h"
#include "support/files.h"

namespace limpid {
namespace {

using Json = nlohmann::json;

std::string output_of(const std::string& command) {
  FILE* pipe = popen(command.c_str(), "r");
  std::string text;
  std::array<char, 4096> part;
  while (size_t size = fread(part.data(), 1, part.size(), pipe)) text.append(part.data(), size);
  pclose(pipe);
  return text;
}

std::string browser() {
  std::string path = output_of("command -v chromium || command -v chromium-browser || command -v google-chrome");
  return path.substr(0, path.find('\n'));
}

std::string from_base64(const std::string& text) {
  const std::string digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string bytes;
  uint32_t group = 0, bits = 0;
  for (const char c : text) {
    if (c == '=') break;
    group = group << 6 | static_cast<uint32_t>(digits.find(c));
    if ((bits += 6) >= 8) bytes += static_cast<char>(group >> (bits -= 8) & 255);
  }
  return bytes;
}

/// What the driver saw in the sample report, in a window so many pixels wide; null without a browser.
Json seen_in_browser(int width) {
  const std::string chromium = browser();
  if (chromium.empty()) return nullptr;
  const testing::Folder own;
  const std::filesystem::path& folder = own.path;
  std::string page = report_page("sample", sample_facts(), {sample_input("first"), sample_input("second")});
  const std::string driver = read_file(LIMPID_SOURCE_DIR "/tests/render/page_driver.js", 1 << 20);
  page.insert(page.rfind("</body>"), "<script>" + driver + "</script>");
  write_file(folder / "report.html", page);
  const std::string html = output_of(
      "timeout 120 '" + chromium + "' --headless --no-sandbox --disable-gpu --virtual-time-budget=2000000 --dump-dom" +
      " --user-data-dir='" + (folder / "profile").string() + "' --window-size=" + std::to_string(width) +
      ",1000 'file://" + (folder / "report.html").string() + "' 2>/dev/null");
  const std::string mark = "<pre id=\"seen\">";
  const size_t place = html.rfind(mark);
  EXPECT_NE(place, std::string::npos) << "the driver did not end; the page was: " << html.substr(0, 2000);
  if (place == std::string::npos) return Json::object();
  return Json::parse(from_base64(html.substr(place + mark.size(), html.find('<', place + 1) - place - mark.size())));
}

void reaches_the_end_without_an_error(const Json& seen) {
  EXPECT_EQ(seen["fits"], true);
  EXPECT_FALSE(seen.contains("error")) << seen["error"];
  EXPECT_EQ(seen["titles"], Json({"sample",
                                  "first"
                                  "cat, 70 %",
                                  "gradient", "cam", "lrp", "clear", "occlusion",
                                  "second"
                                  "cat, 70 %",
                                  "gradient", "cam", "lrp", "clear", "occlusion"}));
}

void predictions_are_sorted_by_a_click_on_a_heading(const Json& seen) {
  const Json& rows = seen["rows"];
  const auto first_three = [&rows](size_t i) { return Json(std::vector<Json>(rows[i].begin(), rows[i].begin() + 3)); };
  EXPECT_EQ(first_three(0), Json({"cat", "ant", "bee"}));
  EXPECT_EQ(first_three(1), Json({"ant", "bee", "cat"}));  // by label
  EXPECT_EQ(first_three(2), Json({"cat", "bee", "ant"}));  // again: the other way round
  EXPECT_EQ(first_three(3), Json({"cat", "ant", "bee"}));  // by logit, the largest first
  EXPECT_EQ(first_three(4), Json({"ant", "bee", "cat"}));  // by class number
  EXPECT_EQ(seen["sorted"][0], "class ascending");
}

void the_legend_names_classes_and_their_shares(const Json& seen) {
  // Left 32 pixels of ant at 3.07, right 32 of cat at 4.
  EXPECT_EQ(seen["legend"][0], "cat");
  EXPECT_EQ(seen["legend"][1], "ant");
  EXPECT_EQ(seen["shares"][0], "57 %");
  EXPECT_EQ(seen["shares"][1], "43 %");
}

void under_the_cursor_stand_the_class_the_level_and_the_strongest_responses(const Json& seen) {
  EXPECT_EQ(seen["strongest"], "cat, level 4 at (4, 0)");
  const Json left = seen["left"], right = seen["right"];
  EXPECT_THAT(left[0].get<std::string>(), ::testing::Eq("ant, level 3.07 at (1, 2)"));
  EXPECT_EQ(left[1], "ant");
  EXPECT_EQ(left[3], "bee");
  EXPECT_EQ(left[5], "cat");
  EXPECT_EQ(left[2], "3.07");  // as the level above it
  EXPECT_EQ(left[4], "2");     // 1.98, of which two digits are known
  EXPECT_EQ(right[0], "cat, level 4 at (6, 2)");
  EXPECT_EQ(right[1], "cat");
  EXPECT_EQ(right[2], "4");
  EXPECT_EQ(right[5], "ant");
}

void arrow_keys_move_the_cursor_and_escape_leaves(const Json& seen) {
  EXPECT_EQ(seen["moved"], "cat, level 4 at (5, 2)");
  EXPECT_EQ(seen["back"], "Strongest pixel");
}

void a_heat_map_tells_the_digits_it_knows_of_the_value_under_the_cursor(const Json& seen) {
  EXPECT_EQ(seen["value"], "2 at (7, 7)");
  EXPECT_EQ(seen["rounded"], "0.19 at (1, 3)");  // 0.1905, kept as 0.1886 ± 0.005
}

Color rgb(const Json& p) { return {p[0].get<uint8_t>(), p[1].get<uint8_t>(), p[2].get<uint8_t>()}; }

void maps_of_a_method_share_a_scale_until_told_otherwise(const Json& seen) {
  const ColorMap& map = find_colormap("signed");
  EXPECT_EQ(seen["bars"][0], "−2");
  EXPECT_EQ(seen["bars"][3], "2");
  EXPECT_EQ(rgb(seen["raw"]["signedHigh"]), map.at(1));
  EXPECT_EQ(rgb(seen["raw"]["half"]), map.at(0.75));
  EXPECT_EQ(rgb(seen["ownScale"]["half"]), map.at(1));
  EXPECT_EQ(seen["ownScale"]["bars"][3], "1");
}

void colors_end_at_a_quantile_until_told_otherwise(const Json& seen) {
  EXPECT_EQ(seen["bars"][7], "≥ 1");
  EXPECT_EQ(rgb(seen["raw"]["largest"]), find_colormap("unsigned").at(1));
  for (size_t c = 0; c < 3; ++c)  // bytes keep roots of values
    EXPECT_NEAR(rgb(seen["raw"]["usual"])[c], rgb(seen["raw"]["largest"])[c], 8);
  EXPECT_EQ(seen["full"]["bars"][7], "10");
  EXPECT_NE(seen["full"]["usual"], seen["full"]["largest"]);
}

void an_overlay_lets_the_input_through_and_a_map_does_not(const Json& seen) {
  EXPECT_EQ(seen["overlay"]["map"][3], 0);  // value 0: nothing covers the input
  EXPECT_EQ(seen["raw"]["zero"], Json({0, 0, 4, 255}));
  EXPECT_EQ(seen["raw"]["hidden"], "hidden");
  EXPECT_EQ(seen["raw"]["opacity"], "1");
  EXPECT_EQ(seen["opacity"], Json({"0.4", "0.9"}));  // one slider moves one map
}

void clear_is_drawn_in_the_colors_of_its_picture(const Json& seen) {
  const ReportClear clear = sample_clear();
  const Tensor picture = clear_colors(clear.map, clear.colors);
  for (const auto& [name, x] : {std::pair{"left", 0}, std::pair{"right", 7}})
    for (int64_t c = 0; c < 3; ++c)
      EXPECT_NEAR(seen["raw"][name][static_cast<size_t>(c)].get<int>(), picture[c][0][x].item<uint8_t>(), 1) << name;
  EXPECT_GT(seen["single"]["left"][0], 150);  // ant alone is left bright
  EXPECT_LT(seen["single"]["right"][1], 60);
}

void brightness_raises_weak_levels_and_grades_run_from_blue_to_red(const Json& seen) {
  EXPECT_GT(seen["bright"]["left"][0].get<int>(), seen["raw"]["left"][0].get<int>() + 20);  // 3.07 of 4
  EXPECT_EQ(seen["bright"]["right"], seen["raw"]["right"]);                                 // 4 of 4
  EXPECT_GT(seen["grades"]["left"][2], 150);                                                // the first class: blue
  EXPECT_EQ(seen["grades"]["left"][0], 0);
  EXPECT_EQ(seen["grades"]["right"], Json({255, 0, 0, 255}));  // the last: red
}

void a_map_of_labels_has_names_and_areas_but_no_levels(const Json& seen) {
  EXPECT_EQ(seen["label"], "ant at (1, 2)");
  EXPECT_THAT(seen["eyebrows"], ::testing::Contains("Share of the area"));
  EXPECT_THAT(seen["eyebrows"], ::testing::Contains("Share of the evidence"));
}

void notes_and_preprocessing_are_told(const Json& seen) {
  EXPECT_EQ(seen["notes"][0], "Class by class: 2 of 1000 classes.");
  EXPECT_THAT(seen["facts"], ::testing::Contains("size"));
}

// One test, not one for each: the browser takes seconds to start.
TEST(Page, IsUsedInABrowserAsAReaderWould) {
  const Json seen = seen_in_browser(1280);
  if (seen.is_null()) GTEST_SKIP() << "no chromium on this machine: the page is not tried in a browser";
  reaches_the_end_without_an_error(seen);
  predictions_are_sorted_by_a_click_on_a_heading(seen);
  the_legend_names_classes_and_their_shares(seen);
  under_the_cursor_stand_the_class_the_level_and_the_strongest_responses(seen);
  arrow_keys_move_the_cursor_and_escape_leaves(seen);
  a_heat_map_tells_the_digits_it_knows_of_the_value_under_the_cursor(seen);
  maps_of_a_method_share_a_scale_until_told_otherwise(seen);
  colors_end_at_a_quantile_until_told_otherwise(seen);
  an_overlay_lets_the_input_through_and_a_map_does_not(seen);
  clear_is_drawn_in_the_colors_of_its_picture(seen);
  brightness_raises_weak_levels_and_grades_run_from_blue_to_red(seen);
  a_map_of_labels_has_names_and_areas_but_no_levels(seen);
  notes_and_preprocessing_are_told(seen);
}

TEST(Page, FitsAPhone) {
  const Json seen = seen_in_browser(500);  // the narrowest window of headless Chromium
  if (seen.is_null()) GTEST_SKIP() << "no chromium on this machine: the page is not tried in a browser";
  EXPECT_EQ(seen["fits"], true);
}

}  // namespace
}  // namespace limpid
