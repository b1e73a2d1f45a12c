// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "limpid/render/clear_picture.h"
#include "pipeline/studies/clear_parts.h"

namespace limpid::study_of_clear {
namespace {

constexpr int64_t kSide = 112;         // pictures are at least as large
constexpr int64_t kSmallPicture = 64;  // the level of larger ones is fine and dark: it is laid over the picture

std::string caption_of(const Subject& subject, const Reading& reading) {
  const auto name = [&](int64_t index) { return subject.model.labels[static_cast<size_t>(index)]; };
  return reading.right() ? fmt::format("{}, {:.0f} %", name(reading.label), 100 * reading.probability)
                         : fmt::format("{} taken for {}, {:.0f} %", name(reading.label), name(reading.predicted),
                                       100 * reading.probability);
}

/// A colour for each class compared, with its share of this map.
std::vector<ClassColor> colors_of(const Subject& subject, const DominantMap& map) {
  std::vector<ClassColor> colors;
  const auto count = static_cast<int64_t>(subject.classes.size());
  for (int64_t k = 0; k < count; ++k)
    colors.push_back({k, subject.labels[static_cast<size_t>(k)], 0, 0, class_hue(k, count)});
  for (const Share& share : shares(map.classes, map.level)) {
    colors[static_cast<size_t>(share.index)].share = share.share;
    colors[static_cast<size_t>(share.index)].area = share.area;
  }
  return colors;
}

std::vector<ClassColor> largest_first(std::vector<ClassColor> colors, size_t most) {
  std::stable_sort(colors.begin(), colors.end(),
                   [](const ClassColor& a, const ClassColor& b) { return a.share > b.share; });
  std::erase_if(colors, [](const ClassColor& color) { return color.share <= 0; });
  if (colors.size() > most) colors.resize(most);
  return colors;
}

std::string shares_text(const std::vector<ClassColor>& colors) {
  std::string text;
  for (const ClassColor& color : largest_first(colors, 3))
    text += (text.empty() ? "" : ", ") + fmt::format("{:.0f} % {}", 100 * color.share, color.label);
  return text.empty() ? "no evidence" : text;
}

/// For and against what the picture is taken for: its own response and the largest of the others.
DominantMap heat_map(const Subject& subject, const Activations& activations, int64_t predicted) {
  const ClassResponse response = named_response("linear", subject.model.network, activations, {.positive = true});
  std::vector<int64_t> others = subject.classes;
  std::erase(others, predicted);
  const Tensor own = response(at::full({1, 1}, predicted, at::kLong)).sum(2)[0][0].cpu().to(at::kFloat);
  if (others.empty()) return for_against(own, at::zeros_like(own));
  const Tensor against = clear(response, at::tensor(others, at::kLong).unsqueeze(0), {}).level[0];
  return for_against(own, against.cpu().to(at::kFloat));
}

Tensor drawn(const Tensor& seen, const DominantMap& map, const std::vector<ClassColor>& colors) {
  const bool large = seen.size(2) > kSmallPicture;
  return enlarged(large ? clear_over(seen, map, colors, 0.9) : clear_colors(map, colors), kSide);
}

/// Input, heat map and CLEAR map; adds the map's shares to `sums`.
std::vector<GridCell> cells_of(const Subject& subject, const Reading& reading, std::vector<ClassColor>& sums) {
  const Tensor input = subject.inputs.read(reading.index, 0);
  const Tensor seen = unprocess(input, subject.model.preprocess);
  const Activations activations =
      forward(subject.model.network, input.unsqueeze(0).to(subject.model.device, subject.model.type));
  const DominantMap heat = heat_map(subject, activations, reading.predicted);
  const Clear map = clear_of(subject, activations);
  const DominantMap dominant{map.dominant[0], map.level[0]};
  const std::vector<ClassColor> sides = for_against_colors(heat, "for", "against");
  const std::vector<ClassColor> colors = colors_of(subject, dominant);
  if (sums.empty())
    sums = colors;
  else
    for (size_t k = 0; k < colors.size(); ++k) sums[k].share += colors[k].share;
  double pro = 0;
  for (const ClassColor& side : sides)
    if (side.index == 0) pro = side.share;
  return {{enlarged(seen, kSide), caption_of(subject, reading)},
          {drawn(seen, heat, sides), fmt::format("{:.0f} % for it", 100 * pro)},
          {drawn(seen, dominant, colors), shares_text(colors)}};
}

}  // namespace

Tensor gallery(const Subject& subject, const std::vector<Reading>& shown) {
  PictureGrid grid;
  std::vector<ClassColor> sums;
  for (size_t i = 0; i < shown.size(); ++i) {
    if (i % 2 == 0) grid.rows.emplace_back();
    for (GridCell& cell : cells_of(subject, shown[i], sums)) grid.rows.back().push_back(std::move(cell));
  }
  for (size_t i = 0; i < grid.rows.front().size(); ++i)
    grid.column_headings.emplace_back(std::array{"input", "for, against", "CLEAR"}[i % 3]);
  for (ClassColor& color : sums) color.share /= static_cast<double>(shown.size());
  return with_class_legend(draw_grid(grid), largest_first(sums, 16));
}

}  // namespace limpid::study_of_clear
