// SPDX-License-Identifier: Apache-2.0
#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>

#include "limpid/core/files.h"
#include "limpid/render/png.h"
#include "pipeline/studies/anatomy_measures.h"
#include "pipeline/studies/anatomy_parts.h"
#include "pipeline/words.h"
#include "render/raster.h"

namespace limpid::study_of_anatomy {
namespace {

constexpr int64_t kSide = 112;  // pictures are at least as large
constexpr size_t kColumns = 7;
constexpr double kShades = 48;  // of a heat map: more cannot be told apart, and files grow

const std::vector<std::string>& landmarks_of(const Subject& subject, int64_t label) {
  for (const auto& [of, names] : subject.landmarks.classes)
    if (of == label) return names;
  static const std::vector<std::string> none;
  return none;
}

/// The lines around a box, on a picture `factor` times as large as the box's.
void outline(const Tensor& picture, const Box& box, int64_t factor, const Color& color) {
  const int64_t x = box.x0 * factor, y = box.y0 * factor;
  const int64_t width = (box.x1 - box.x0) * factor, height = (box.y1 - box.y0) * factor;
  fill_rectangle(picture, x, y, width, 1, color);
  fill_rectangle(picture, x, y + height - 1, width, 1, color);
  fill_rectangle(picture, x, y, 1, height, color);
  fill_rectangle(picture, x + width - 1, y, 1, height, color);
}

/// A colour for each landmark of a class, gray for markers, with the mean share of the area that they take.
std::vector<ClassColor> colors_of(const Subject& subject, int64_t label) {
  const std::vector<std::string>& names = landmarks_of(subject, label);
  std::vector<ClassColor> colors;
  for (size_t k = 0; k < names.size(); ++k)
    colors.push_back(
        {static_cast<int64_t>(k), names[k], 0, 0, 360 * static_cast<double>(k) / static_cast<double>(names.size())});
  colors.push_back({static_cast<int64_t>(names.size()), kMarkers, 0, 0, std::nullopt});
  for (ClassColor& color : colors) {
    double sum = 0, count = 0;
    for (size_t i = 0; i < subject.size(); ++i)
      for (const Place& place : subject.places[i])
        if (subject.landmarks.exemplars[i].label == label && place.name == color.label)
          sum += place.mask.to(at::kDouble).mean().item<double>(), ++count;
    color.share = count > 0 ? sum / count : 0;
  }
  return colors;
}

/// The picture, large enough to look at, with its boxes.
Tensor outlined(const Subject& subject, size_t exemplar, const std::vector<ClassColor>& colors) {
  const Exemplar& drawn = subject.landmarks.exemplars[exemplar];
  const Tensor picture = as_rgb(enlarged(subject.exemplars[exemplar], kSide));
  const int64_t factor = picture.size(2) / subject.exemplars[exemplar].size(2);
  std::vector<Region> regions = drawn.landmarks;
  regions.push_back({kMarkers, drawn.markers});
  for (const Region& region : regions) {
    const auto color =
        std::find_if(colors.begin(), colors.end(), [&region](const ClassColor& c) { return c.label == region.name; });
    for (const Box& box : region.boxes)
      outline(picture, box, factor, color->hue ? hsv_color(*color->hue, 1, 1) : Color{160, 160, 160});
  }
  return picture;
}

/// R⁺ after a mean over 3 × 3 pixels: un-pooling leaves single ones.
Tensor heat(const Tensor& map) {
  const Tensor smooth = at::avg_pool2d(map.clamp_min(0).unsqueeze(0), {3, 3}, {1, 1}, {1, 1})[0];
  const ColorMap& colors = find_colormap("unsigned");
  const ColorScale scale = quantile_scale(smooth, colors);
  const double step = scale.high > 0 ? scale.high / kShades : 1;
  return enlarged(apply((smooth / step).round() * step, colors, scale), kSide);
}

}  // namespace

void write_masks(const Subject& subject, const std::filesystem::path& folder) {
  for (size_t i = 0; i < subject.size(); ++i) {
    const Exemplar& drawn = subject.landmarks.exemplars[i];
    const Tensor& picture = subject.exemplars[i];
    const std::filesystem::path place = folder / file_word(subject.class_of(i));
    const std::string file = file_word(std::filesystem::path(drawn.image).replace_extension(".png").string());
    make_folder(place / "images");
    write_png(place / "images" / file, picture);
    std::vector<Region> regions = drawn.landmarks;
    if (!drawn.markers.empty()) regions.push_back({kMarkers, drawn.markers});
    for (const Region& region : regions) {
      make_folder(place / "masks" / file_word(region.name));
      write_png(place / "masks" / file_word(region.name) / file,
                mask_of(region.boxes, picture.size(1), picture.size(2)).unsqueeze(0).to(at::kByte) * 255);
    }
  }
}

Tensor exemplars_picture(const Subject& subject, int64_t label) {
  const std::vector<ClassColor> colors = colors_of(subject, label);
  PictureGrid grid;
  for (size_t i = 0; i < subject.size(); ++i) {
    if (subject.landmarks.exemplars[i].label != label) continue;
    if (grid.rows.empty() || grid.rows.back().size() == kColumns) grid.rows.emplace_back();
    grid.rows.back().push_back({outlined(subject, i, colors), ""});
  }
  return with_class_legend(draw_grid(grid), colors);
}

Tensor film_strip(const Subject& subject, size_t exemplar, const std::vector<Model>& models,
                  const std::vector<std::string>& headings, const std::string& mode) {
  const Exemplar& drawn = subject.landmarks.exemplars[exemplar];
  const Tensor& picture = subject.exemplars[exemplar];
  const auto all = std::find_if(subject.places[exemplar].begin(), subject.places[exemplar].end(),
                                [](const Place& place) { return place.name == kAllLandmarks; });
  PictureGrid grid;
  grid.column_headings = headings;
  grid.column_headings.insert(grid.column_headings.begin(), subject.class_of(exemplar));
  grid.row_headings = layers_of(models.front().network);
  grid.rows.resize(grid.row_headings.size());
  for (auto& row : grid.rows) row.push_back({});
  grid.rows.front().front().picture = outlined(subject, exemplar, colors_of(subject, drawn.label));
  for (const Model& model : models) {
    size_t row = 0;
    for_each_layer(model, inputs_of(model, {picture}), at::full({1}, drawn.label, at::kLong), mode, false,
                   [&](const LayerMaps& maps) {
                     const double lift = localised(maps.whole, all->mask.unsqueeze(0)).lift[0][0].item<double>();
                     grid.rows[row++].push_back(
                         {heat(maps.whole[0]), std::isnan(lift) ? "no response" : fmt::format("lift {:.2f}", lift)});
                   });
  }
  return draw_grid(grid);
}

}  // namespace limpid::study_of_anatomy
