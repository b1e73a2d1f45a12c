// SPDX-License-Identifier: Apache-2.0
// What the maps hold: the nodule's regions, and the evidence for either class in them.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "limpid/core/files.h"
#include "limpid/data/wrapping.h"
#include "limpid/explain/clear.h"
#include "limpid/render/png.h"
#include "pipeline/studies/nodules_parts.h"
#include "pipeline/words.h"

namespace limpid::study_of_nodules {
namespace {

using Pixel = std::pair<int64_t, int64_t>;

/// Black pixels that reach the border of the picture by black neighbours.
Tensor surroundings(const Tensor& black) {
  const int64_t rows = black.size(0), columns = black.size(1);
  Tensor reached = at::zeros_like(black);
  const auto is_black = black.accessor<bool, 2>();
  auto seen = reached.accessor<bool, 2>();
  std::vector<Pixel> waiting;
  const auto visit = [&](int64_t r, int64_t c) {
    if (r < 0 || c < 0 || r >= rows || c >= columns || !is_black[r][c] || seen[r][c]) return;
    seen[r][c] = true;
    waiting.emplace_back(r, c);
  };
  for (int64_t r = 0; r < rows; ++r)
    for (int64_t c = 0; c < columns; ++c)
      if (r == 0 || c == 0 || r == rows - 1 || c == columns - 1) visit(r, c);
  while (!waiting.empty()) {
    const auto [r, c] = waiting.back();
    waiting.pop_back();
    for (const auto& [y, x] : {Pixel(r - 1, c), Pixel(r + 1, c), Pixel(r, c - 1), Pixel(r, c + 1)}) visit(y, x);
  }
  return reached;
}

/// Whether a pixel of `set` is within `width`, the pixel itself included.
Tensor near(const Tensor& set, double width) {
  Tensor result = set.clone();
  const auto reach = static_cast<int64_t>(width);
  const int64_t rows = set.size(0), columns = set.size(1);
  for (int64_t y = -reach; y <= reach; ++y)
    for (int64_t x = -reach; x <= reach; ++x) {
      if (static_cast<double>(y * y + x * x) > width * width || std::abs(y) >= rows || std::abs(x) >= columns) continue;
      const int64_t height = rows - std::abs(y), breadth = columns - std::abs(x);
      const auto part = [&](const Tensor& of, int64_t dy, int64_t dx) {
        return of.narrow(0, std::max<int64_t>(0, dy), height).narrow(1, std::max<int64_t>(0, dx), breadth);
      };
      part(result, y, x).logical_or_(part(set, -y, -x));
    }
  return result;
}

Tensor mask_of(const Tensor& picture) { return picture.amax(0).eq(0).logical_not(); }

double sum_of(const Tensor& values) { return values.sum(at::kDouble).item<double>(); }

std::vector<Cell> measures_of(const Evidence& e) {
  std::vector<Cell> cells = {e.benign, e.malignant, e.ratio()};
  for (const auto& of_class : e.parts)
    for (const double share : of_class) cells.emplace_back(share);
  for (const double share : e.area) cells.emplace_back(share);
  cells.emplace_back(e.pixels);
  return cells;
}

std::string in_words(const Decision& d) {
  return fmt::format("{} nodule, taken for {} (p of malignant {:.2f})", d.malignant ? "malignant" : "benign",
                     d.probability >= .5 ? "malignant" : "benign", d.probability);
}

}  // namespace

Tensor regions_of(const Tensor& picture, double width) {
  const Tensor outside = surroundings(mask_of(picture).logical_not().contiguous());
  const Tensor nodule = outside.logical_not();
  const Tensor margin = near(nodule, width).logical_and(near(outside, width));
  return at::where(margin, at::ones({}, at::kByte), nodule.to(at::kByte) * 2);
}

Evidence evidence_of(const Tensor& benign, const Tensor& malignant, const Tensor& regions, int64_t pixels) {
  Evidence e;
  e.benign = sum_of(benign);
  e.malignant = sum_of(malignant);
  e.pixels = pixels;
  for (size_t part = 0; part < 3; ++part) {
    const Tensor here = regions.eq(static_cast<int64_t>(part));
    e.area[part] = here.to(at::kDouble).mean().item<double>();
    e.parts[0][part] = sum_of(benign * here) / e.benign;
    e.parts[1][part] = sum_of(malignant * here) / e.malignant;
  }
  return e;
}

DominantMap attention_map(const Tensor& benign, const Tensor& malignant, double t) {
  DominantMap map = for_against(malignant, benign);
  const double most = map.level.max().item<double>();
  map.classes = at::where(map.level < t * most, at::full({}, -1, at::kInt), map.classes);
  map.level = at::where(map.classes < 0, at::zeros({}, at::kFloat), map.level);
  return map;
}

Reader reader_of(const StudyRun& run, const Collection& all, const Model& model) {
  return {model, normalised(all.data, model.preprocess), all.malignant, run.options().text("response"),
          run.options().number("threshold")};
}

std::vector<Explained> explained(const Reader& reader, const std::vector<int64_t>& slices) {
  const Model& model = reader.model;
  std::vector<Tensor> inputs;
  for (const int64_t index : slices) inputs.push_back(reader.inputs.read(index, 0));
  const Activations activations = forward(model.network, dense(at::stack(inputs).to(model.device, model.type)));
  const Tensor probabilities =
      limpid::probabilities(model.network, activations[model.network.output].to(at::kDouble)).cpu();
  const auto [low, high] = input_bounds(model.preprocess, model.network.input_shape().front());
  const ClassResponse response = named_response(
      reader.response, model.network, activations,
      {.positive = true, .low = low.to(model.device, model.type), .high = high.to(model.device, model.type)});
  const Tensor maps = response(all_classes(model.network, activations.images)).sum(2).clamp_min(0).cpu().to(at::kFloat);
  std::vector<Explained> all;
  for (size_t i = 0; i < slices.size(); ++i) {
    const auto n = static_cast<int64_t>(i);
    all.push_back({slices[i], unprocess(inputs[i], model.preprocess), maps[n][1 - reader.malignant].contiguous(),
                   maps[n][reader.malignant].contiguous(), probabilities[n][reader.malignant].item<double>()});
  }
  return all;
}

Table evidence_columns() {
  return {{"index",
           "input",
           "exam",
           "nodule",
           "fold",
           "malignant",
           "probability",
           "r_benign",
           "r_malignant",
           "ratio",
           "benign_outside",
           "benign_margin",
           "benign_inside",
           "malignant_outside",
           "malignant_margin",
           "malignant_inside",
           "area_outside",
           "area_margin",
           "area_inside",
           "pixels"},
          {}};
}

void add_reading(Table& table, const Slice& slice, const Reading& reading) {
  std::vector<Cell> row = {slice.index,
                           slice.input,
                           slice.exam,
                           slice.nodule,
                           slice.fold,
                           static_cast<int64_t>(slice.malignant),
                           reading.decision.probability};
  for (Cell& cell : measures_of(reading.evidence)) row.push_back(std::move(cell));
  table.add(std::move(row));
}

std::vector<Reading> readings(const Table& evidence, const Collection& all) {
  std::vector<Reading> result;
  for (const auto& row : evidence.rows) {
    const auto number = [&](size_t column) { return std::get<double>(row[column]); };
    const Slice& slice = all[std::get<int64_t>(row[0])];
    Evidence e{number(7), number(8), {}, {number(16), number(17), number(18)}, std::get<int64_t>(row[19])};
    for (size_t part = 0; part < 3; ++part) {
      e.parts[0][part] = number(10 + part);
      e.parts[1][part] = number(13 + part);
    }
    result.push_back({slice.index, {slice.exam, slice.nodule, slice.fold, slice.malignant, number(6)}, e});
  }
  return result;
}

Table evidence_table(const StudyRun& run, const Collection& all, const Reader& reader, int64_t fold) {
  Table table = evidence_columns();
  const std::filesystem::path folder = run.folder() / "nodules" / ("fold" + std::to_string(fold));
  make_folder(folder);
  const auto nodules = nodules_of(all, fold);
  const Progress progress = run.progress("maps, fold " + std::to_string(fold));
  for (size_t i = 0; i < nodules.size(); ++i) {
    const std::vector<Explained> slices = explained(reader, nodules[i]);
    std::vector<Decision> decisions;
    for (const Explained& one : slices) {
      const Slice& slice = all[one.index];
      decisions.push_back({slice.exam, slice.nodule, fold, slice.malignant, one.probability});
      const Tensor regions = regions_of(one.picture);
      const int64_t pixels = mask_of(one.picture).sum().item<int64_t>();
      add_reading(table, slice, {one.index, decisions.back(), evidence_of(one.benign, one.malignant, regions, pixels)});
    }
    const Decision nodule = by_nodule(decisions).front();
    write_png(folder / (file_word(nodule.nodule) + ".png"),
              nodule_picture(reader, slices, nodule.nodule + ": " + in_words(nodule)));
    if (progress) progress(static_cast<int64_t>(i + 1), static_cast<int64_t>(nodules.size()), "nodules");
  }
  return table;
}

const Reading& Case::largest() const {
  return *std::max_element(slices.begin(), slices.end(),
                           [](const Reading& a, const Reading& b) { return a.evidence.pixels < b.evidence.pixels; });
}

double Case::ratio() const {
  Evidence sum;
  for (const Reading& slice : slices) {
    sum.benign += slice.evidence.benign;
    sum.malignant += slice.evidence.malignant;
  }
  return sum.ratio();
}

std::vector<Case> cases_of(const std::vector<Reading>& readings) {
  std::vector<Decision> slices;
  std::map<std::string, std::vector<Reading>> of_nodule;
  for (const Reading& reading : readings) {
    slices.push_back(reading.decision);
    of_nodule[reading.decision.nodule].push_back(reading);
  }
  std::vector<Case> cases;
  for (const Decision& nodule : by_nodule(slices)) cases.push_back({nodule, of_nodule.at(nodule.nodule)});
  return cases;
}

}  // namespace limpid::study_of_nodules
