// SPDX-License-Identifier: Apache-2.0
#include <ATen/ATen.h>

#include <numeric>

#include "pipeline/concepts/tcav.h"

namespace limpid {
namespace {

double mean_of(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.) / static_cast<double>(values.size());
}

}  // namespace

std::vector<double> numbers_of(const Tensor& row) {
  const Tensor values = row.contiguous();
  return {values.data_ptr<double>(), values.data_ptr<double>() + values.numel()};
}

std::vector<ConceptTest> tests_of(const TcavRun& run, const TcavFound& found, const TcavScores& scores) {
  const auto concepts = static_cast<int64_t>(run.cavs.concepts().size());
  const std::vector<double> random = numbers_of(scores.scores[concepts]);
  std::vector<ConceptTest> tests;
  for (int64_t c = 0; c < concepts; ++c)
    tests.push_back(concept_test(numbers_of(scores.scores[c]), random,
                                 static_cast<int64_t>(found.scores.size()) * concepts, run.request.level));
  return tests;
}

Table tcav_table(const TcavRun& run, const TcavFound& found) {
  Table table{{"class", "layer", "concept", "inputs", "exemplars", "score", "low", "high", "sd", "random_score",
               "accuracy", "t", "p", "p_adjusted", "significant"},
              {}};
  for (const TcavScores& one : found.scores) {
    const TcavTarget& target = run.targets[one.target];
    const std::string& layer = run.setting.probes[one.probe].layer;
    const std::vector<CavRecord> records = run.cavs.at_layer(layer);
    const std::vector<ConceptTest> tests = tests_of(run, found, one);
    const double random = one.scores[static_cast<int64_t>(tests.size())].mean().item<double>();
    for (size_t c = 0; c < tests.size(); ++c) {
      const ConceptTest& test = tests[c];
      table.add({target.name, layer, records[c].concept_name, target.inputs.size(), records[c].exemplars,
                 test.score.mean, test.score.low, test.score.high, test.score.deviation, random,
                 mean_of(records[c].accuracies), test.test.t, test.test.p, test.adjusted,
                 std::string(test.significant ? "yes" : "no")});
    }
  }
  return table;
}

Table tcav_set_table(const TcavRun& run, const TcavFound& found) {
  Table table{{"class", "layer", "concept", "set", "score", "accuracy"}, {}};
  for (const TcavScores& one : found.scores) {
    const std::string& layer = run.setting.probes[one.probe].layer;
    const std::vector<CavRecord> records = run.cavs.at_layer(layer);
    for (size_t c = 0; c < records.size(); ++c)
      for (int64_t set = 0; set < run.cavs.sets(); ++set)
        table.add({run.targets[one.target].name, layer, records[c].concept_name, set,
                   one.scores[static_cast<int64_t>(c)][set].item<double>(),
                   records[c].accuracies[static_cast<size_t>(set)]});
  }
  return table;
}

}  // namespace limpid
