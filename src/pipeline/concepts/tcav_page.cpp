// SPDX-License-Identifier: Apache-2.0
#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>

#include "limpid/core/files.h"
#include "limpid/render/chart.h"
#include "limpid/render/page.h"
#include "pipeline/concepts/tcav.h"
#include "pipeline/words.h"

namespace limpid {
namespace {

/// Bars of all concepts and of the random sets, with the intervals of their means.
std::string bars(const TcavRun& run, const TcavFound& found, const TcavScores& one) {
  const std::vector<std::string> concepts = run.cavs.concepts();
  const std::vector<ConceptTest> tests = tests_of(run, found, one);
  Series series{"score", {}};
  std::vector<std::string> labels;
  size_t longest = 6;
  const auto add = [&](const std::string& label, const MeanInterval& score) {
    labels.push_back(label);
    longest = std::max(longest, label.size());
    series.y.push_back(score.mean);
    series.low.push_back(std::max(score.low, 0.));
    series.high.push_back(std::min(score.high, 1.));
  };
  for (size_t c = 0; c < concepts.size(); ++c) add(concepts[c] + (tests[c].significant ? " *" : ""), tests[c].score);
  add("random", mean_interval(numbers_of(one.scores[static_cast<int64_t>(concepts.size())])));
  Chart chart{run.setting.probes[one.probe].layer, "", "TCAV score", {series}};
  chart.y_range = {0, 1};
  chart.width = std::max<int64_t>(320, 70 + static_cast<int64_t>(labels.size() * std::max<size_t>(40, 7 * longest)));
  return bar_chart(chart, labels);
}

void add_maps(Page& page, const TcavRun& run, const TcavFound& found) {
  page.heading("Where the concepts speak");
  page.paragraph(
      "The layer's map on the concept's mean CAV (of length 1): first the projection at each of the layer's positions, "
      "red where it points to the concept and blue where it points away, stretched to the input; the number is its "
      "sum. Then the positive part of it carried back to the input (" +
      run.request.mode +
      "), which shows edges the layer answers to. At one layer of one input the concepts share a "
      "scale.");
  for (const TcavMaps& input : found.maps) {
    page.subheading(input.name);
    std::vector<GridCell> cells = {{enlarged(input.picture), "input"}};
    for (const TcavMap& map : input.maps) {
      const std::string where =
          fmt::format("{} at {}", run.cavs.concepts()[map.concept_index], run.setting.probes[map.probe].layer);
      cells.push_back({map.projected, fmt::format("{}: projection {}", where, short_number(map.projection))});
      cells.push_back({map.overlay, where + ": carried back"});
    }
    page.gallery(cells);
  }
}

}  // namespace

void write_tcav_page(const TcavRun& run, const TcavFound& found) {
  const std::string model = std::filesystem::path(run.setting.model.path).filename().string();
  Page page("Concepts that classes of " + model + " rest on", "testing with concept activation vectors (TCAV)");
  page.list(
      {"A concept activation vector (CAV) points, among a layer's activations, from random inputs to a concept's "
       "exemplars. A score is the share of a class's inputs whose score for the class rises in that direction.",
       fmt::format(
           "Each concept has {} CAVs, one for each random set; a bar is the mean of their scores, the line its 95 "
           "% interval. 'random' are the scores of random sets told from each other.",
           run.cavs.sets()),
       fmt::format(
           "* significant: the mean differs from that of the random sets (Welch's two-sided t-test) with p below "
           "{:g} after multiplying by the {} tests of this run (Bonferroni). Below the random score a concept "
           "speaks against the class.",
           run.request.level, found.scores.size() * run.cavs.concepts().size()),
       "The accuracy is that of a CAV's classifier on held-out examples, 0.5 being chance: a concept that is not told "
       "from "
       "random inputs has no direction whose score would mean anything."});
  add_caveats(page, run.notes);
  const Table table = tcav_table(run, found);
  for (size_t t = 0; t < run.targets.size(); ++t) {
    const TcavTarget& target = run.targets[t];
    page.heading(fmt::format("{} ({} inputs)", target.name, grouped(target.inputs.size())));
    std::vector<std::string> charts;
    for (const TcavScores& one : found.scores)
      if (one.target == t) charts.push_back(bars(run, found, one));
    page.charts(charts);
    Table rows{table.columns, {}};
    for (size_t row = 0; row < table.rows.size(); ++row)
      if (found.scores[row / run.cavs.concepts().size()].target == t) rows.add(table.rows[row]);
    page.table(chosen_columns(rows, {"layer", "concept", "exemplars", "score", "low", "high", "random_score",
                                     "accuracy", "p_adjusted", "significant"}));
  }
  if (!found.maps.empty()) add_maps(page, run, found);
  write_file(run.folder() / "report.html", page.html());
}

}  // namespace limpid
