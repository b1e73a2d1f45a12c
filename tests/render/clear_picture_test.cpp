// SPDX-License-Identifier: Apache-2.0
#include "limpid/render/clear_picture.h"

#include <cmath>

#include "limpid/core/error.h"
#include "render/text.h"

namespace limpid {
namespace {

// The second implementation: one formula for all three channels, without sectors.
Color hsv_by_formula(double hue, double saturation, double value) {
  Color color;
  const std::array<double, 3> offsets = {5, 3, 1};
  for (size_t c = 0; c < 3; ++c) {
    const double k = std::fmod(offsets[c] + hue / 60, 6);
    color[c] = static_cast<uint8_t>(
        std::lround(255 * (value - value * saturation * std::max(0.0, std::min({k, 4 - k, 1.0})))));
  }
  return color;
}

DominantMap map_of(std::vector<int32_t> classes, std::vector<float> level) {
  const auto width = static_cast<int64_t>(classes.size());
  return {at::tensor(classes, at::kInt).view({1, width}), at::tensor(level, at::kFloat).view({1, width})};
}

Color pixel(const Tensor& picture, int64_t x) {
  Color color;
  for (int64_t c = 0; c < 3; ++c) color[static_cast<size_t>(c)] = picture[c][0][x].item<uint8_t>();
  return color;
}

std::vector<std::string> names(int64_t count) {
  std::vector<std::string> all;
  for (int64_t i = 0; i < count; ++i) all.push_back("name " + std::to_string(i));
  return all;
}

TEST(Hsv, AgreesWithASecondImplementation) {
  for (double hue = 0; hue < 360; hue += 7.3)
    for (const double saturation : {0.0, 0.37, 1.0})
      for (const double value : {0.0, 0.21, 0.5, 1.0})
        for (size_t c = 0; c < 3; ++c)
          EXPECT_NEAR(hsv_color(hue, saturation, value)[c], hsv_by_formula(hue, saturation, value)[c], 1) << hue;
  EXPECT_EQ(hsv_color(0, 1, 1), (Color{255, 0, 0}));
  EXPECT_EQ(hsv_color(120, 1, 1), (Color{0, 255, 0}));
  EXPECT_EQ(hsv_color(240, 1, 0.2), (Color{0, 0, 51}));
}

TEST(Clear, TenClassesHaveTheHuesOfTheConvention) {
  const std::array<double, 10> hues = {0, 28.2, 80, 120, 160, 200, 240, 280, 320, 50.6};
  const DominantMap map = map_of({0, 1, 2, 3, 4, 5, 6, 7, 8, 9, -1}, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 0});
  const std::vector<ClassColor> colors = class_colors(map, names(10));
  const Tensor picture = clear_colors(map, colors);
  ASSERT_EQ(colors.size(), 10u);
  EXPECT_EQ(colors[0].index, 9);  // the largest share first
  for (int64_t k = 0; k < 10; ++k) {
    const double value = static_cast<double>(k + 1) / 10;
    const Color expected = hsv_by_formula(hues[static_cast<size_t>(k)], 1, value);
    for (size_t c = 0; c < 3; ++c) EXPECT_NEAR(pixel(picture, k)[c], expected[c], 1) << k;
  }
  EXPECT_EQ(pixel(picture, 10), (Color{0, 0, 0}));
}

TEST(Clear, SharesAreOfTheLevelAndAreasOfThePixels) {
  const std::vector<ClassColor> colors = class_colors(map_of({1, 1, 4, -1}, {1, 2, 9, 0}), {"a", "b"});
  ASSERT_EQ(colors.size(), 2u);
  EXPECT_EQ(colors[0].label, "class 4");
  EXPECT_DOUBLE_EQ(colors[0].share, 0.75);
  EXPECT_DOUBLE_EQ(colors[0].area, 0.25);
  EXPECT_EQ(colors[1].label, "b");
  EXPECT_DOUBLE_EQ(colors[1].share, 0.25);
  EXPECT_DOUBLE_EQ(colors[1].area, 0.5);
}

TEST(Clear, OfManyClassesTheStrongestHaveEvenlySpacedHuesAndTheRestIsGray) {
  for (const int64_t drawn : {3, 11, 12, 30}) {
    std::vector<int32_t> classes;
    std::vector<float> level;
    for (int32_t k = 0; k < drawn; ++k) {
      classes.push_back(100 + k);
      level.push_back(static_cast<float>(k + 1));
    }
    const DominantMap map = map_of(classes, level);
    const std::vector<ClassColor> colors = class_colors(map, names(1000));
    const int64_t own = std::min<int64_t>(drawn, 12);
    std::vector<double> hues;
    for (int64_t i = 0; i < own; ++i) hues.push_back(*colors[static_cast<size_t>(i)].hue);
    std::sort(hues.begin(), hues.end());
    for (int64_t i = 0; i < own; ++i)
      EXPECT_NEAR(hues[static_cast<size_t>(i)], 360.0 * static_cast<double>(i) / static_cast<double>(own), 1e-9);
    EXPECT_EQ(colors[0].label, "name " + std::to_string(99 + drawn));
    double total = 0;
    for (const ClassColor& c : colors) total += c.share;
    EXPECT_NEAR(total, 1, 1e-12);
    if (drawn <= 12) continue;
    EXPECT_EQ(colors.size(), 13u);
    EXPECT_EQ(colors.back().label, "18 other classes");
    const Color gray = pixel(clear_colors(map, colors), 14);  // level 15 of 30
    EXPECT_EQ(gray, (Color{128, 128, 128}));
  }
}

TEST(Clear, InPicturesThatAreLookedAtTogetherAClassHasOneHue) {
  ClassHues hues;
  const auto hues_of = [&](const std::vector<int32_t>& classes) {
    const std::vector<float> level(classes.size(), 1);
    std::map<int64_t, double> found;
    for (const ClassColor& one : class_colors(map_of(classes, level), names(1000), hues)) found[one.index] = *one.hue;
    return found;
  };
  const auto first = hues_of({500, 7, 90}), second = hues_of({12, 90, 7, 3});
  EXPECT_EQ(first.at(7), second.at(7));
  EXPECT_EQ(first.at(90), second.at(90));
  std::vector<double> all;
  for (const auto& [index, hue] : hues) all.push_back(hue);
  std::sort(all.begin(), all.end());
  ASSERT_EQ(all.size(), 5U);
  for (size_t i = 1; i < all.size(); ++i) EXPECT_GT(all[i] - all[i - 1], 30);
  // where all hues are taken those of one picture still differ
  for (int32_t k = 100; k < 200; ++k) hues_of({k});
  const auto crowded = hues_of({700, 701, 702});
  EXPECT_GT(std::abs(crowded.at(700) - crowded.at(701)), 30);
  EXPECT_GT(std::abs(crowded.at(701) - crowded.at(702)), 30);
  ClassHues ten;
  class_colors(map_of({3}, {1}), names(10), ten);
  EXPECT_EQ(class_colors(map_of({5}, {1}), names(10), ten)[0].hue, class_hue(5, 10));
}

TEST(Clear, GradesGoFromBlueToRed) {
  for (int64_t k = 0; k < 5; ++k) EXPECT_DOUBLE_EQ(grade_hue(k, 5), 240 - 60.0 * static_cast<double>(k));
  EXPECT_DOUBLE_EQ(grade_hue(0, 1), 240);
}

TEST(Clear, LevelsBeyondAGivenOneAreFullyBright) {
  const DominantMap map = map_of({0, 3, 6}, {1, 2, 50});
  const Tensor picture = clear_colors(map, class_colors(map, names(10)), 2);
  EXPECT_EQ(pixel(picture, 0), (Color{128, 0, 0}));
  EXPECT_EQ(pixel(picture, 1), (Color{0, 255, 0}));
  EXPECT_EQ(pixel(picture, 2), (Color{0, 0, 255}));
}

TEST(Clear, WhereNoClassRespondsEverythingIsBlack) {
  const DominantMap map = map_of({-1, -1}, {0, -3});
  const std::vector<ClassColor> colors = class_colors(map, names(10));
  EXPECT_TRUE(colors.empty());
  EXPECT_EQ(at::max(clear_colors(map, colors)).item<uint8_t>(), 0);
  const Tensor input = at::full({3, 1, 2}, 77, at::kByte);
  EXPECT_TRUE(at::equal(clear_over(input, map, colors), input));
  EXPECT_GT(clear_picture(map, colors).size(2), 224 + 60);  // the legend says so
}

TEST(Clear, TheOverlayKeepsTheGrayInputWhereNothingResponds) {
  const DominantMap map = map_of({0, -1}, {2, 0});
  const Tensor input = at::tensor({200, 10, 60, 10, 20, 10}, at::kLong).to(at::kByte).view({3, 1, 2});
  const Tensor over = clear_over(input, map, class_colors(map, names(2)), 1);
  EXPECT_EQ(pixel(over, 0), (Color{255, 0, 0}));
  EXPECT_EQ(pixel(over, 1), (Color{10, 10, 10}));
}

TEST(Clear, ALegendWithLongNamesIsNotClipped) {
  std::vector<std::string> labels = {std::string(120, 'W'), "short",
                                     "soft-coated wheaten terrier, λάμπω, Größe, and so on and so forth"};
  const DominantMap map = map_of({0, 1, 2}, {3, 2, 1});
  const Tensor whole = clear_picture(map, class_colors(map, labels));
  const auto is_paper = [](const Tensor& part) { return part.eq(255).all().item<bool>(); };
  EXPECT_TRUE(is_paper(whole.slice(2, whole.size(2) - 10)));
  EXPECT_TRUE(is_paper(whole.slice(1, whole.size(1) - 10)));
  EXPECT_LT(whole.size(2), 224 + 3 * 12 + 280 + 80);
  EXPECT_GE(whole.size(1), 2 * 12 + line_height(13) * static_cast<int64_t>(wrapped(labels[0], 13, 280).size() + 2));
}

TEST(Clear, ClassesAndLevelsMustHaveOneShape) {
  EXPECT_THROW(class_colors({at::zeros({2, 2}, at::kInt), at::zeros({2, 3})}, {}), Error);
  EXPECT_THROW(class_colors({{}, at::zeros({2, 3})}, {}), Error);
}

TEST(ForAgainst, TheLargerEvidenceGivesTheColor) {
  const DominantMap map = for_against(at::tensor({4.0f, 1.0f, -1.0f, 2.0f}).view({1, 4}),
                                      at::tensor({1.0f, 2.0f, -2.0f, 2.0f}).view({1, 4}));
  EXPECT_TRUE(at::equal(map.classes.flatten(), at::tensor({0, 1, -1, 0}, at::kInt)));
  const std::vector<ClassColor> colors = for_against_colors(map, "malignant", "benign");
  const Tensor picture = clear_colors(map, colors);
  EXPECT_EQ(pixel(picture, 0), (Color{255, 0, 0}));
  EXPECT_EQ(pixel(picture, 1), (Color{0, 0, 128}));
  EXPECT_EQ(pixel(picture, 2), (Color{0, 0, 0}));
  EXPECT_EQ(pixel(picture, 3), (Color{128, 0, 0}));
  EXPECT_DOUBLE_EQ(colors[0].share, 0.75);
}

}  // namespace
}  // namespace limpid
