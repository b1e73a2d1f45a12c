// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "limpid/render/picture.h"
#include "pipeline/studies/nodules_parts.h"

namespace limpid::study_of_nodules {
namespace {

constexpr int64_t kSide = 112, kSmallSide = 96;
constexpr size_t kSlicesInARow = 8, kCasesInARow = 2, kSmallCasesInARow = 10;

const ColorMap& heat() { return find_colormap("unsigned"); }

/// Red malignant, blue benign.
std::vector<ClassColor> sides_of(const DominantMap& map) { return for_against_colors(map, "malignant", "benign"); }

/// Both colours with their shares of the evidence.
Tensor with_legend(const PictureGrid& grid, double ratio) {
  return with_class_legend(draw_grid(grid), {{0, "malignant", ratio, 0, 0.}, {1, "benign", 1 - ratio, 0, 240.}});
}

Tensor response_picture(const Tensor& response, const ColorScale& scale, int64_t side) {
  return enlarged(apply(response, heat(), scale), side);
}

Tensor attention_picture(const Reader& reader, const Explained& slice, int64_t side) {
  const DominantMap map = attention_map(slice.benign, slice.malignant, reader.threshold);
  return enlarged(clear_over(slice.picture, map, sides_of(map), .75), side);
}

/// One scale for both classes and all slices: what is brighter is more. A few peaks would leave the rest dark, so it
/// ends at the 99 % quantile.
ColorScale common_scale(const std::vector<Explained>& slices) {
  std::vector<Tensor> maps;
  for (const Explained& slice : slices) maps.insert(maps.end(), {slice.benign, slice.malignant});
  return quantile_scale(at::cat(maps), heat());
}

double ratio_of(const std::vector<Explained>& slices) {
  Evidence sum;
  for (const Explained& slice : slices) {
    sum.benign += slice.benign.sum(at::kDouble).item<double>();
    sum.malignant += slice.malignant.sum(at::kDouble).item<double>();
  }
  return sum.ratio();
}

double mean_ratio(const std::vector<Case>& cases) {
  std::vector<double> ratios;
  for (const Case& one : cases) ratios.push_back(one.ratio());
  return spread_of(ratios).mean;
}

void add_slices(PictureGrid& grid, const Reader& reader, const std::vector<Explained>& slices, size_t first,
                const ColorScale& scale) {
  std::vector<std::vector<GridCell>> rows(4);
  for (size_t i = first; i < std::min(slices.size(), first + kSlicesInARow); ++i) {
    const Explained& slice = slices[i];
    rows[0].push_back({enlarged(slice.picture, kSide), ""});
    rows[1].push_back({response_picture(slice.benign, scale, kSide), ""});
    rows[2].push_back({response_picture(slice.malignant, scale, kSide), ""});
    rows[3].push_back({attention_picture(reader, slice, kSide),
                       fmt::format("p {:.2f}, e {:.2f}", slice.probability, ratio_of({slice}))});
  }
  for (size_t k = 0; k < rows.size(); ++k) {
    grid.rows.push_back(std::move(rows[k]));
    grid.row_headings.emplace_back(
        std::array{"patch", "response for benign", "response for malignant", "attention"}[k]);
  }
}

std::string caption_of(const Case& one) {
  const Decision& d = one.decision;
  return fmt::format("{}: {}", short_name(d), d.malignant ? "malignant" : "benign");
}

void add_case(std::vector<GridCell>& row, const Reader& reader, const Case& one) {
  const std::vector<Explained> slice = explained(reader, {one.largest().index});
  const ColorScale scale = common_scale(slice);
  row.push_back({enlarged(slice[0].picture, kSide), caption_of(one)});
  row.push_back({response_picture(slice[0].benign, scale, kSide), ""});
  row.push_back({response_picture(slice[0].malignant, scale, kSide), ""});
  row.push_back({attention_picture(reader, slice[0], kSide),
                 fmt::format("p {:.2f}, e {:.2f}", one.decision.probability, one.ratio())});
}

}  // namespace

Tensor nodule_picture(const Reader& reader, const std::vector<Explained>& slices, const std::string& caption) {
  PictureGrid grid;
  const ColorScale scale = common_scale(slices);
  for (size_t first = 0; first < slices.size(); first += kSlicesInARow) add_slices(grid, reader, slices, first, scale);
  grid.note = caption;
  return with_legend(grid, ratio_of(slices));
}

Tensor gallery(const ReaderOf& reader, const std::vector<Case>& cases) {
  PictureGrid grid;
  for (size_t i = 0; i < cases.size(); ++i) {
    if (i % kCasesInARow == 0) grid.rows.emplace_back();
    add_case(grid.rows.back(), reader(cases[i].decision.fold), cases[i]);
  }
  for (size_t i = 0; i < grid.rows.front().size(); ++i)
    grid.column_headings.emplace_back(std::array{"patch", "for benign", "for malignant", "attention"}[i % 4]);
  return with_legend(grid, mean_ratio(cases));
}

Tensor contact_sheet(const ReaderOf& reader, const std::vector<Case>& cases) {
  PictureGrid grid;
  for (size_t i = 0; i < cases.size(); ++i) {
    if (i % kSmallCasesInARow == 0) grid.rows.emplace_back();
    const Reader& own = reader(cases[i].decision.fold);
    grid.rows.back().push_back(
        {attention_picture(own, explained(own, {cases[i].largest().index})[0], kSmallSide),
         fmt::format("{} {:.2f}", cases[i].decision.malignant ? "M" : "B", cases[i].decision.probability)});
  }
  return with_legend(grid, mean_ratio(cases));
}

}  // namespace limpid::study_of_nodules
