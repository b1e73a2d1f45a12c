// SPDX-License-Identifier: Apache-2.0
#include "limpid/render/clear_picture.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <numeric>

#include "limpid/core/error.h"
#include "render/raster.h"

namespace limpid {
namespace {

struct Planes {
  Tensor classes, level;
  const int32_t* class_of;
  const float* level_of;
  int64_t height, width, pixels;
};

Planes planes(const DominantMap& map) {
  const Tensor level = float_map(map.level, "the level of a CLEAR map");
  if (!map.classes.defined() || map.classes.sizes() != level.sizes())
    fail("got classes of ", map.classes.defined() ? shape_text(map.classes.sizes()) : "nothing", " with levels of ",
         shape_text(level.sizes()), "; a CLEAR map has both for each pixel");
  const Tensor classes = map.classes.to(at::kCPU, at::kInt).contiguous();
  return {classes,       level,        classes.data_ptr<int32_t>(), level.data_ptr<float>(), level.size(0),
          level.size(1), level.numel()};
}

std::vector<ClassColor> measured(const Planes& at, const std::vector<std::string>& labels) {
  std::map<int32_t, std::pair<double, int64_t>> sums;  // Σ level and pixels of each class
  double total = 0;
  auto place = sums.end();
  for (int64_t i = 0; i < at.pixels; ++i) {
    if (at.class_of[i] < 0) continue;
    if (place == sums.end() || place->first != at.class_of[i]) place = sums.try_emplace(at.class_of[i]).first;
    const double level = std::max(0.0f, at.level_of[i]);
    place->second.first += level;
    place->second.second += 1;
    total += level;
  }
  std::vector<ClassColor> classes;
  for (const auto& [index, sum] : sums) {
    const auto i = static_cast<size_t>(index);
    classes.push_back({index, i < labels.size() ? labels[i] : "class " + std::to_string(index),
                       total > 0 ? sum.first / total : 0,
                       static_cast<double>(sum.second) / static_cast<double>(at.pixels), std::nullopt});
  }
  return classes;
}

/// Evenly spaced hues, neighbours in rank about 140 degrees apart.
double spread_hue(int64_t rank, int64_t count) {
  int64_t step = std::max<int64_t>(1, std::lround(0.382 * static_cast<double>(count)));
  while (std::gcd(step, count) != 1) ++step;
  return 360.0 * static_cast<double>(rank * step % count) / static_cast<double>(count);
}

constexpr double kLeastGap = 7.5;  // degrees between hues of pictures that are looked at together

/// The middle of the widest gap between hues, and half its width; of gaps as wide the first.
std::pair<double, double> middle_of_gap(std::vector<double> hues) {
  if (hues.empty()) return {0, 180};
  std::sort(hues.begin(), hues.end());
  std::pair<double, double> best{0, -1};
  for (size_t i = 0; i < hues.size(); ++i) {
    const double next = i + 1 < hues.size() ? hues[i + 1] : hues.front() + 360, half = (next - hues[i]) / 2;
    if (half > best.second + 1e-9) best = {std::fmod(hues[i] + half, 360), half};
  }
  return best;
}

/// For a class that is new among pictures: between all their hues or, where these stand too close, those of its own.
double new_hue(const ClassHues& hues, const std::vector<ClassColor>& picture) {
  std::vector<double> all, own;
  for (const auto& [index, hue] : hues) all.push_back(hue);
  for (const ClassColor& one : picture)
    if (one.hue) own.push_back(*one.hue);
  const auto [middle, half] = middle_of_gap(all);
  return half >= kLeastGap ? middle : middle_of_gap(own).first;
}

/// Sums the classes from `most` on up in one gray entry at the end.
void gather_rest(std::vector<ClassColor>& classes, size_t most) {
  if (classes.size() <= most) return;
  ClassColor rest{-1, std::to_string(classes.size() - most) + " other classes", 0, 0, std::nullopt};
  if (classes.size() == most + 1) rest = {-1, classes.back().label, 0, 0, std::nullopt};
  for (size_t i = most; i < classes.size(); ++i) {
    rest.share += classes[i].share;
    rest.area += classes[i].area;
  }
  classes.resize(most);
  classes.push_back(rest);
}

/// For class numbers 0 … n−1, the colour at full value; classes without an entry are gray.
std::vector<Color> palette(const std::vector<ClassColor>& colors) {
  std::vector<Color> table;
  for (const ClassColor& color : colors) {
    if (color.index < 0 || !color.hue) continue;
    const auto index = static_cast<size_t>(color.index);
    if (index >= table.size()) table.resize(index + 1, {255, 255, 255});
    table[index] = hsv_color(*color.hue, 1, 1);
  }
  return table;
}

/// As many pixels as the map, each the colour of its class at value(level).
template <class Value>
Tensor colored(const DominantMap& map, const std::vector<ClassColor>& colors, Value value) {
  const Planes at = planes(map);
  const std::vector<Color> table = palette(colors);
  Tensor picture = new_picture(at.height, at.width);
  uint8_t* pixel = raster(picture).pixels;
  for (int64_t i = 0; i < at.pixels; ++i, pixel += 3) {
    const bool responds = at.class_of[i] >= 0 && at.level_of[i] > 0;
    const float v = responds ? value(at.level_of[i]) : 0;
    const auto index = static_cast<size_t>(std::max(0, at.class_of[i]));
    const Color color = index < table.size() ? table[index] : Color{255, 255, 255};
    for (size_t c = 0; c < 3; ++c) pixel[c] = static_cast<uint8_t>(v * static_cast<float>(color[c]) + 0.5f);
  }
  return picture;
}

}  // namespace

Color hsv_color(double hue, double saturation, double value) {
  const double sector = hue / 60, chroma = value * saturation;
  const double second = chroma * (1 - std::abs(std::fmod(sector, 2) - 1)), least = value - chroma;
  const std::array<std::array<double, 3>, 6> sectors = {{{chroma, second, 0},
                                                         {second, chroma, 0},
                                                         {0, chroma, second},
                                                         {0, second, chroma},
                                                         {second, 0, chroma},
                                                         {chroma, 0, second}}};
  Color color;
  for (size_t c = 0; c < 3; ++c)
    color[c] = static_cast<uint8_t>(std::lround(255 * (sectors[static_cast<size_t>(sector) % 6][c] + least)));
  return color;
}

double class_hue(int64_t index, int64_t classes) {
  static constexpr std::array<double, 10> kTenHues = {0, 28.2, 80, 120, 160, 200, 240, 280, 320, 50.6};
  return classes <= 10 ? kTenHues[static_cast<size_t>(index)] : spread_hue(index, classes);
}

double grade_hue(int64_t index, int64_t classes) {
  return 240 - 240 * static_cast<double>(index) / static_cast<double>(std::max<int64_t>(1, classes - 1));
}

std::vector<ClassColor> class_colors(const DominantMap& map, const std::vector<std::string>& labels, int64_t most) {
  std::vector<ClassColor> classes = measured(planes(map), labels);  // by index
  if (classes.empty()) return classes;
  const int64_t last = std::max<int64_t>(classes.back().index, static_cast<int64_t>(labels.size()) - 1);
  std::stable_sort(classes.begin(), classes.end(),
                   [](const ClassColor& a, const ClassColor& b) { return a.share > b.share; });
  if (last < 10) {
    for (ClassColor& c : classes) c.hue = class_hue(c.index, last + 1);
    return classes;
  }
  gather_rest(classes, static_cast<size_t>(std::max<int64_t>(1, most)));
  const auto own = std::count_if(classes.begin(), classes.end(), [](const ClassColor& c) { return c.index >= 0; });
  for (int64_t rank = 0; rank < own; ++rank) classes[static_cast<size_t>(rank)].hue = spread_hue(rank, own);
  return classes;
}

std::vector<ClassColor> class_colors(const DominantMap& map, const std::vector<std::string>& labels, ClassHues& hues,
                                     int64_t most) {
  std::vector<ClassColor> classes = class_colors(map, labels, most);
  if (hues.empty()) {
    for (const ClassColor& one : classes)
      if (one.hue) hues.emplace(one.index, *one.hue);
    return classes;
  }
  const bool fixed = labels.size() <= 10 &&
                     std::all_of(classes.begin(), classes.end(), [](const ClassColor& one) { return one.index < 10; });
  if (fixed) return classes;
  std::vector<ClassColor*> fresh;
  for (ClassColor& one : classes) {
    if (!one.hue) continue;
    const auto known = hues.find(one.index);
    one.hue = known == hues.end() ? std::nullopt : std::optional(known->second);
    if (!one.hue) fresh.push_back(&one);
  }
  for (ClassColor* one : fresh) {
    one->hue = new_hue(hues, classes);
    hues.emplace(one->index, *one->hue);
  }
  return classes;
}

Tensor clear_colors(const DominantMap& map, const std::vector<ClassColor>& colors, double full) {
  const double most = full > 0 ? full : quantile_scale(map.level, find_colormap("unsigned")).high;
  const auto factor = static_cast<float>(most > 0 ? 1 / most : 0);
  return colored(map, colors, [factor](float level) { return std::min(1.0f, level * factor); });
}

Tensor clear_over(const Tensor& input, const DominantMap& map, const std::vector<ClassColor>& colors, double opacity) {
  const Tensor level = float_map(map.level, "the level of a CLEAR map");
  const double most = quantile_scale(level, find_colormap("unsigned")).high;
  const Tensor shown = at::where(map.classes.cpu().ge(0), level.clamp_min(0), at::zeros({}, at::kFloat));
  // Quantile and square root: most levels are far below the largest and would leave no trace on the input.
  const Tensor part = most > 0 ? (shown / most).clamp_max(1).sqrt() : at::zeros_like(shown);
  return overlay(grayed(input), colored(map, colors, [](float) { return 1.0f; }), opacity, part);
}

Tensor clear_picture(const DominantMap& map, const std::vector<ClassColor>& colors, double full, int64_t least) {
  return with_class_legend(enlarged(clear_colors(map, colors, full), least), colors);
}

Tensor clear_overlay(const Tensor& input, const DominantMap& map, const std::vector<ClassColor>& colors, double opacity,
                     int64_t least) {
  return with_class_legend(enlarged(clear_over(input, map, colors, opacity), least), colors);
}

DominantMap for_against(const Tensor& evidence_for, const Tensor& evidence_against) {
  const Tensor pro = float_map(evidence_for, "the evidence for a class");
  const Tensor contra = float_map(evidence_against, "the evidence against a class");
  const Tensor level = at::maximum(pro, contra);
  const Tensor side = at::where(pro.ge(contra), at::zeros({}, at::kInt), at::ones({}, at::kInt));
  return {at::where(level.gt(0), side, at::full({}, -1, at::kInt)), level};
}

std::vector<ClassColor> for_against_colors(const DominantMap& map, const std::string& label_for,
                                           const std::string& label_against) {
  std::vector<ClassColor> sides = measured(planes(map), {label_for, label_against});
  for (ClassColor& side : sides) side.hue = side.index == 0 ? 0 : 240;
  return sides;
}

}  // namespace limpid
