// SPDX-License-Identifier: Apache-2.0
#include "pipeline/scoring.h"

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "limpid/core/error.h"
#include "limpid/core/lookup.h"
#include "pipeline/words.h"

namespace limpid {
namespace {

using Json = nlohmann::ordered_json;

constexpr size_t most_classes_of_a_matrix = 60;

Json score_number(double value) { return std::isfinite(value) ? Json(value) : Json(); }

}  // namespace

std::string scores_json(const Scores& scores, const std::vector<std::string>& classes) {
  Json each = Json::array();
  for (size_t k = 0; k < classes.size(); ++k)
    each.push_back({{"class", classes[k]},
                    {"examples", scores.classes[k].examples},
                    {"recall", score_number(scores.classes[k].recall)},
                    {"precision", score_number(scores.classes[k].precision)}});
  return Json{{"accuracy", score_number(scores.accuracy)},
              {"balanced_accuracy", score_number(scores.balanced_accuracy)},
              {"loss", score_number(scores.loss)},
              {"ece", score_number(scores.calibration_error)},
              {"per_class", each},
              {"confusion", scores.confusion}}
      .dump();
}

std::vector<std::vector<std::string>> class_table(const Scores& scores, const std::vector<std::string>& classes) {
  std::vector<std::vector<std::string>> rows = {{"class", "examples", "recall", "precision"}};
  for (size_t k = 0; k < classes.size(); ++k)
    rows.push_back({classes[k], std::to_string(scores.classes[k].examples), percent(scores.classes[k].recall),
                    percent(scores.classes[k].precision)});
  return rows;
}

Table confusion_table(const Scores& scores, const std::vector<std::string>& classes) {
  Table table{{"true"}, {}};
  table.columns.insert(table.columns.end(), classes.begin(), classes.end());
  for (size_t k = 0; k < classes.size(); ++k) {
    std::vector<Cell> row = {classes[k]};
    row.insert(row.end(), scores.confusion[k].begin(), scores.confusion[k].end());
    table.add(row);
  }
  return table;
}

void add_scores(Page& page, const Scores& scores, const std::vector<std::string>& classes) {
  page.heading("Classes");
  const std::vector<std::vector<std::string>> rows = class_table(scores, classes);
  Table table{rows[0], {}};
  for (size_t k = 1; k < rows.size(); ++k) table.add({rows[k].begin(), rows[k].end()});
  page.table(table);
  if (classes.size() > most_classes_of_a_matrix) return;
  page.heading("Confusion");
  MatrixChart chart{"", "true", "predicted", classes, classes, {}};
  for (const auto& row : scores.confusion) chart.values.emplace_back(row.begin(), row.end());
  page.charts({matrix_chart(chart)});
}

std::string percent(double share) { return std::isfinite(share) ? fmt::format("{:.2f} %", 100 * share) : "none"; }

Dataset aligned(Dataset data, const std::vector<std::string>& labels) {
  std::vector<int64_t> places;
  for (const std::string& name : data.classes) {
    const auto found = std::find(labels.begin(), labels.end(), name);
    if (found != labels.end()) places.push_back(found - labels.begin());
  }
  if (places.size() != data.classes.size()) {
    places.clear();
    for (size_t k = 0; k < data.classes.size(); ++k)
      if (data.classes[k] == std::to_string(k) && k < labels.size()) places.push_back(static_cast<int64_t>(k));
  }
  if (places.size() != data.classes.size())
    fail("the data set has the classes ", first_names(data.classes), " and the model ", first_names(labels),
         "; expected the data set's among the model's");
  for (Example& example : data.examples) example.label = places[static_cast<size_t>(example.label)];
  data.classes = labels;
  return data;
}

Part part_named(const std::string& name) {
  if (name == "train") return Part::train;
  if (name == "test") return Part::test;
  if (name == "all") return Part::all;
  refuse_name("part", name, {"train", "test", "all"});
}

}  // namespace limpid
