// SPDX-License-Identifier: Apache-2.0
#include <ATen/ATen.h>

#include "pipeline/concepts/attributes.h"
#include "pipeline/concepts/attributes_statistics.h"

namespace limpid {
namespace {

std::string attribute_name(const AttributesRun& run, int64_t attribute) {
  return attribute < run.attributes() ? run.exemplars.names[static_cast<size_t>(attribute)] : kAllAttributes;
}

void add_with_interval(std::vector<Cell>& row, const AttributeEstimate& estimate) {
  for (const double number : {estimate.value, estimate.interval.low, estimate.interval.high}) row.emplace_back(number);
}

/// Names of a number and the ends of its interval.
void add_names(std::vector<std::string>& columns, const std::string& name) {
  for (const char* end : {"", "_low", "_high"}) columns.push_back(name + end);
}

}  // namespace

Table attribute_table(const AttributesRun& run) {
  Table table{{"network", "method", "attribute", "exemplars", "threshold"}, {}};
  for (const char* name :
       {"evidence", "area", "lift", "lift_randomised", "region_area", "necessity", "necessity_random", "necessity_gain",
        "sufficiency", "sufficiency_random", "sufficiency_gain"})
    add_names(table.columns, name);
  for (const char* name : {"tcav", "tcav_low", "tcav_high", "tcav_random", "cav_accuracy", "p_adjusted", "significant"})
    table.columns.emplace_back(name);
  for (size_t s = 0; s < run.subjects.size(); ++s) {
    const AttributeEstimates estimates(run, s);
    const AttributeSubject& subject = run.subjects[s];
    for (size_t m = 0; m < subject.methods.size(); ++m)
      for (int64_t a = 0; a <= run.attributes(); ++a) {
        const bool one = a < run.attributes();
        const bool shown = one && run.exemplars.set;
        std::vector<Cell> row = {
            run.network_name(s), subject.methods[m].name, attribute_name(run, a),
            shown ? Cell(run.exemplars.counts[static_cast<size_t>(a)]) : Cell(std::nan("")),
            one && subject.prototypes ? Cell(subject.prototypes->thresholds[a].item<double>()) : Cell(std::nan(""))};
        for (const AttributeStatistic& statistic : attribute_statistics())
          add_with_interval(row, estimates.of(statistic, static_cast<int64_t>(m), a));
        const auto& found = run.measures[s].significance;
        if (one && found) {
          const ConceptTest& test = found->tests[static_cast<size_t>(a)];
          for (const double number : {test.score.mean, test.score.low, test.score.high, found->random,
                                      found->accuracies[static_cast<size_t>(a)], test.adjusted})
            row.emplace_back(number);
          row.emplace_back(std::string(test.significant ? "yes" : "no"));
        } else {
          row.insert(row.end(), 6, std::nan(""));
          row.emplace_back(std::string());
        }
        table.add(std::move(row));
      }
  }
  return table;
}

Table attribute_score_table(const AttributesRun& run) {
  Table table{{"network", "method", "layer", "inputs", "decided", "probability"}, {}};
  for (const char* name :
       {"score", "alignment", "lift", "lift_randomised", "unexplained", "necessity_gain", "sufficiency_gain"})
    add_names(table.columns, name);
  for (size_t s = 0; s < run.subjects.size(); ++s) {
    const AttributeEstimates estimates(run, s);
    const AttributeColumns columns = run.columns(s);
    const Tensor means = run.measures[s].rows.mean(0);
    for (int64_t m = 0; m < columns.methods; ++m) {
      std::vector<Cell> row = {run.network_name(s),
                               run.subjects[s].methods[static_cast<size_t>(m)].name,
                               run.subjects[s].probe().layer,
                               run.data.inputs.size(),
                               means[columns.decided()].item<double>(),
                               means[columns.probability()].item<double>()};
      for (const char* name :
           {"score", "evidence", "lift", "lift_randomised", "unexplained", "necessity_gain", "sufficiency_gain"})
        add_with_interval(row, estimates.of(statistic_named(name), m, run.attributes()));
      table.add(std::move(row));
    }
  }
  return table;
}

Table attribute_comparison_table(const AttributesRun& run) {
  Table table{{"one", "other", "attribute", "measure", "of_one", "of_other", "difference", "low", "high", "t", "p",
               "p_wilcoxon"},
              {}};
  for (const AttributeComparison& pair : attribute_comparisons(run))
    for (int64_t a = 0; a <= run.attributes(); ++a) {
      if (a == 0 && run.attributes() == 1) continue;  // the same as all of them
      for (const std::string& name : pair.measures) {
        const AttributeStatistic& statistic = statistic_named(name);
        if (statistic.overall && a < run.attributes()) continue;
        const AttributeDifference found = difference_of(run, pair, statistic, a);
        table.add({pair.one.name, pair.other.name, attribute_name(run, a), name, found.one, found.other,
                   found.one - found.other, found.interval.low, found.interval.high,
                   found.test ? found.test->t : std::nan(""), found.test ? found.test->p : std::nan(""),
                   found.test ? found.wilcoxon : std::nan("")});
      }
    }
  return table;
}

Table attribute_image_table(const AttributesRun& run) {
  Table table{{"network", "input", "method", "attribute", "probability", "decided", "evidence", "area", "region_area",
               "without", "alone", "random_without", "random_alone", "answer"},
              {}};
  for (int64_t draw = 0; draw < run.request.randomisations; ++draw)
    table.columns.push_back("evidence_randomised_" + std::to_string(draw + 1));
  for (size_t s = 0; s < run.subjects.size(); ++s) {
    const AttributeColumns columns = run.columns(s);
    const Tensor rows = run.measures[s].rows.contiguous();
    for (int64_t i = 0; i < rows.size(0); ++i) {
      const auto* const row = rows.data_ptr<double>() + i * columns.size();
      for (int64_t m = 0; m < columns.methods; ++m)
        for (int64_t a = 0; a <= columns.attributes; ++a) {
          const auto sum = [&](const auto& place) {
            double all = 0;
            for (int64_t b = 0; b < columns.attributes; ++b)
              if (a == b || a == columns.attributes) all += row[place(b)];
            return all;
          };
          std::vector<Cell> cells = {run.network_name(s),
                                     run.data.inputs[i].name,
                                     run.subjects[s].methods[static_cast<size_t>(m)].name,
                                     attribute_name(run, a),
                                     row[columns.probability()],
                                     std::string(row[columns.decided()] > 0 ? "yes" : "no"),
                                     sum([&](int64_t b) { return columns.evidence(m, b); }),
                                     sum([&](int64_t b) { return columns.area(b); }),
                                     row[columns.effect(a, kRegionArea)],
                                     row[columns.effect(a, kWithout)],
                                     row[columns.effect(a, kAlone)],
                                     row[columns.effect(a, kRandomWithout)],
                                     row[columns.effect(a, kRandomAlone)],
                                     run.subjects[s].model().labels[static_cast<size_t>(row[columns.answer()])]};
          for (int64_t draw = 0; draw < columns.randomisations; ++draw)
            cells.emplace_back(row[columns.random_silent(draw, m)] > 0
                                   ? std::nan("")  // nothing speaks for the class there
                                   : sum([&](int64_t b) { return columns.random_evidence(draw, m, b); }));
          table.add(std::move(cells));
        }
    }
  }
  return table;
}

}  // namespace limpid
