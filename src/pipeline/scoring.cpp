// SPDX-License-Identifier: Apache-2.0
#include "pipeline/scoring.h"

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "limpid/core/lookup.h"

namespace limpid {
namespace {

using Json = nlohmann::ordered_json;

Json number(double value) { return std::isfinite(value) ? Json(value) : Json(); }

}  // namespace

std::string scores_json(const Scores& scores, const std::vector<std::string>& classes) {
  Json each = Json::array();
  for (size_t k = 0; k < classes.size(); ++k)
    each.push_back({{"class", classes[k]},
                    {"examples", scores.classes[k].examples},
                    {"recall", number(scores.classes[k].recall)},
                    {"precision", number(scores.classes[k].precision)}});
  return Json{{"accuracy", number(scores.accuracy)},
              {"balanced_accuracy", number(scores.balanced_accuracy)},
              {"loss", number(scores.loss)},
              {"ece", number(scores.calibration_error)},
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

std::string confusion_csv(const Scores& scores, const std::vector<std::string>& classes) {
  std::string text = "true";
  for (const std::string& name : classes) text += "," + csv_cell(name);
  for (size_t k = 0; k < classes.size(); ++k) {
    text += "\n" + csv_cell(classes[k]);
    for (const int64_t count : scores.confusion[k]) text += "," + std::to_string(count);
  }
  return text + "\n";
}

std::string csv_cell(const std::string& text) {
  if (text.find_first_of(",\"\n\r") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? "\"\"" : std::string(1, c);
  return quoted + "\"";
}

std::string percent(double share) { return std::isfinite(share) ? fmt::format("{:.2f} %", 100 * share) : "none"; }

Part part_named(const std::string& name) {
  if (name == "train") return Part::train;
  if (name == "test") return Part::test;
  if (name == "all") return Part::all;
  refuse_name("part", name, {"train", "test", "all"});
}

}  // namespace limpid
