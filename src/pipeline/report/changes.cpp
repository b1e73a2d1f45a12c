// SPDX-License-Identifier: Apache-2.0
// The smallest changes of the input with which the network would say something else.
#include <ATen/ATen.h>

#include "core/json_text.h"
#include "limpid/concepts/attributes.h"
#include "limpid/core/files.h"
#include "limpid/data/inputs.h"
#include "limpid/data/npy.h"
#include "limpid/render/png.h"
#include "pipeline/concepts/setting.h"
#include "pipeline/report/report.h"

namespace limpid {
namespace {

using Json = nlohmann::ordered_json;

/// Squares, about so many, of inputs that are no pictures.
Tensor square_segments(int64_t rows, int64_t columns, int64_t count) {
  const double side = std::max(1., std::sqrt(static_cast<double>(rows * columns) / static_cast<double>(count)));
  const auto numbers = [&](int64_t length) {
    const auto parts = std::max<int64_t>(1, std::llround(static_cast<double>(length) / side));
    return std::pair(at::arange(length, at::kLong).mul(parts).div(length, "floor"), parts);
  };
  const auto [row, row_count] = numbers(rows);
  const auto [column, column_count] = numbers(columns);
  return row.unsqueeze(1) * column_count + column;
}

Tensor segments_of(const CaseReport& run) {
  const int64_t rows = run.input.size(1), columns = run.input.size(2);
  const int64_t count = std::min(run.request.segments, rows * columns);
  if (!takes_pictures(run.model.network)) return square_segments(rows, columns, count);
  return superpixel_segments(unprocess(run.input, run.model.preprocess), {count}).labels[0].to(at::kLong);
}

Change find_change(const CaseReport& run, std::optional<size_t> toward, const Case* with, const std::string& files,
                   const Progress& progress) {
  FlipQuestion question;
  question.input = run.input;
  question.other = with ? load_input(run.folder() / with->file, run.model.preprocess, run.model.network.input_shape(),
                                     run.model.limits.input)
                        : filled(run.input, run.request.fill, canvas_of(run.model));
  question.other = question.other.reshape(run.input.sizes());
  question.labels = run.segments;
  question.decided = run.decision().index;
  if (toward) question.toward = run.classes[*toward].index;
  question.evaluations = std::max(run.request.evaluations, run.segments.max().item<int64_t>() + 1);
  question.batch = inputs_at_once(run);
  Change change{toward, with,
                find_flip(
                    question, [&](const Tensor& inputs) { return decision_scores(run.model, inputs); }, progress)};
  change.files = "changes/" + files;
  change.mask = at::isin(run.segments, at::tensor(change.flip.segments, at::kLong));
  change.changed = at::where(change.mask, question.other, question.input);
  change.after = scored_classes(run.model, change.flip.logits, 1).front();
  const int64_t watched = toward ? run.classes[*toward].index : run.decision().index;
  change.probability = decision_probabilities(run.model, change.flip.logits)[watched].item<double>();
  write_npy(run.folder() / (change.files + ".npy"), change.mask.to(at::kByte));
  write_npy(run.folder() / (change.files + ".input.npy"), change.changed);
  return change;
}

Json change_json(const CaseReport& run, const Change& change) {
  return {{"files", change.files},
          {"toward", change.toward ? Json(run.classes[*change.toward].label) : Json(nullptr)},
          {"with", change.with ? Json(change.with->name) : Json(nullptr)},
          {"found", change.flip.found},
          {"segments", change.flip.segments},
          {"area", change.mask.to(at::kDouble).mean().item<double>()},
          {"evaluations", change.flip.evaluations},
          {"excluded", change.flip.excluded},
          {"class", change.after.label},
          {"class_probability", change.after.probability},
          {"probability", change.probability},
          {"scores", std::vector<double>(change.flip.logits.data_ptr<double>(),
                                         change.flip.logits.data_ptr<double>() + change.flip.logits.numel())}};
}

}  // namespace

void find_changes(CaseReport& run, const Progress& progress) {
  make_folder(run.folder() / "changes");
  run.segments = segments_of(run);
  write_npy(run.folder() / "changes/segments.npy", run.segments.to(at::kInt));
  run.changes.push_back(find_change(run, {}, nullptr, "removed", progress));
  for (size_t c = 1; c < run.classes.size(); ++c) {
    const bool has_case = run.cases && !run.cases->of_class[c].empty();
    run.changes.push_back(find_change(run, c, has_case ? &run.cases->of_class[c].front() : nullptr,
                                      "toward-" + std::to_string(run.classes[c].index), progress));
  }
  Json all = Json::array();
  for (const Change& change : run.changes) all.push_back(change_json(run, change));
  write_file(run.folder() / "changes/changes.json", json_text(all, 1) + "\n");
}

}  // namespace limpid
