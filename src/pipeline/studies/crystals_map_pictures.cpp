// SPDX-License-Identifier: Apache-2.0
// Maps of the network robust, to look at.
#include <ATen/ATen.h>
#include <fmt/format.h>

#include "limpid/crystal/classes.h"
#include "limpid/explain/arm.h"
#include "limpid/render/clear_picture.h"
#include "pipeline/studies/crystals_parts.h"

namespace limpid::study_of_crystals {
namespace {

constexpr int64_t kSide = 128;       // pixels of a map in a picture
constexpr double kBrightest = .995;  // quantile of the positive values that is shown as white

/// The positive part of a map [3,H,W], each input channel in its colour.
Tensor colored(const Tensor& map) {
  const Tensor positive = map.clamp_min(0).cpu().to(at::kFloat), above = positive.masked_select(positive > 0);
  const double full = above.numel() > 0 ? at::quantile(above, kBrightest).item<double>() : 1;
  return enlarged((positive / full).clamp_max(1).mul(255).round().to(at::kByte), kSide);
}

std::vector<GridCell> row_of(const Reader& reader, const Tensor& image, int convolution, const std::string& mode) {
  const Model& model = reader.model;
  const Activations activations = forward(model.network, image.unsqueeze(0).to(model.device, model.type));
  const Responses responses =
      attentive_responses(model.network, activations, mode == "linear" ? linear_composite() : authors_composite(),
                          convolution, {.peak = mode == "authors"});
  std::vector<GridCell> row = {{colored(image), "fingerprint"}};
  for (int64_t k = 0; k < responses.units.size(1); ++k)
    row.push_back({colored(responses.maps[0][k]), fmt::format("unit {}", responses.units[0][k].item<int64_t>())});
  row.push_back({colored(responses.maps[0].sum(0)), "template"});
  return row;
}

DominantMap dominant_of(const Clear& clear, int64_t image) { return {clear.dominant[image], clear.level[image]}; }

/// "bcc 71 %, sc 20 %": the classes with the most evidence.
std::string whose(const Clear& clear, int64_t image) {
  std::string text;
  int64_t told = 0;
  for (const Share& share : shares(clear.dominant[image], clear.level[image])) {
    if (told++ == 2) break;
    text += fmt::format("{}{} {:.0f} %", text.empty() ? "" : ", ", crystal_classes()[static_cast<size_t>(share.index)],
                        100 * share.share);
  }
  return text;
}

/// The legend's colours, each with the mean of its shares over all images.
std::vector<ClassColor> colors_over(const Clear& clear) {
  const int64_t images = clear.level.size(0), classes = static_cast<int64_t>(crystal_classes().size());
  std::vector<ClassColor> colors;
  for (int64_t k = 0; k < classes; ++k)
    colors.push_back({k, crystal_classes()[static_cast<size_t>(k)], 0, 0, class_hue(k, classes)});
  for (int64_t i = 0; i < images; ++i)
    for (const Share& share : shares(clear.dominant[i], clear.level[i]))
      colors[static_cast<size_t>(share.index)].share += share.share / static_cast<double>(images);
  return colors;
}

GridCell clear_cell(const Clear& clear, int64_t image) {
  const DominantMap map = dominant_of(clear, image);
  const double full = quantile_scale(map.level, find_colormap("unsigned"), kBrightest).high;
  return {enlarged(clear_colors(map, class_colors(map, crystal_classes()), full), kSide), whose(clear, image)};
}

}  // namespace

Tensor response_picture(const Reader& reader, const MapCrystal& crystal, const std::string& mode) {
  const std::vector<int> layers = convolutions(reader.model.network);
  PictureGrid grid;
  for (const size_t number : {size_t{1}, size_t{3}, size_t{6}})
    for (const auto& [name, image] :
         {std::pair("pristine", crystal.pristine), std::pair("defective", crystal.defective)}) {
      if (number > layers.size()) continue;
      grid.row_headings.push_back(fmt::format("convolution {}, {}", number, name));
      grid.rows.push_back(row_of(reader, image, layers[number - 1], mode));
    }
  return draw_grid(grid);
}

Tensor clear_gallery(const Reader& reader, const std::vector<MapCrystal>& crystals) {
  std::vector<Tensor> images;
  PictureGrid grid;
  grid.column_headings = {"pristine", "CLEAR", "defective", "CLEAR"};
  int64_t last = -1;
  for (const MapCrystal& crystal : crystals) {
    if (crystal.label == last) continue;
    last = crystal.label;
    grid.row_headings.push_back(crystal.name);
    images.insert(images.end(), {crystal.pristine, crystal.defective});
  }
  const Clear clear = clear_of(reader, at::stack(images));
  for (size_t row = 0; row < grid.row_headings.size(); ++row) {
    const size_t first = 2 * row;
    grid.rows.push_back({{colored(images[first]), ""},
                         clear_cell(clear, static_cast<int64_t>(first)),
                         {colored(images[first + 1]), ""},
                         clear_cell(clear, static_cast<int64_t>(first + 1))});
  }
  return with_class_legend(draw_grid(grid), colors_over(clear));
}

Tensor transition_picture(const StudyRun& run, const Reader& reader) {
  PictureGrid grid;
  std::vector<Structure> structures;
  for (const int64_t step : {0, 10, 14, 15, 16, 17, 18, 20}) {
    structures.push_back(without_centres(step, 1, run.request().seed).front());
    grid.column_headings.push_back(fmt::format("{:.0f} % removed", 100 * removed_at(step)));
  }
  const Tensor images = fingerprints_of(structures, reader.scaling);
  const Clear clear = clear_of(reader, images);
  grid.rows.resize(2);
  for (int64_t i = 0; i < images.size(0); ++i) {
    grid.rows[0].push_back({colored(images[i]), ""});
    grid.rows[1].push_back(clear_cell(clear, i));
  }
  return with_class_legend(draw_grid(grid), colors_over(clear));
}

}  // namespace limpid::study_of_crystals
