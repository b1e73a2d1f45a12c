// SPDX-License-Identifier: Apache-2.0
#include <ATen/ATen.h>
#include <fmt/format.h>

#include <cmath>

#include "limpid/core/files.h"
#include "limpid/render/chart.h"
#include "limpid/render/page.h"
#include "pipeline/concepts/discover.h"
#include "pipeline/words.h"

namespace limpid {
namespace {

std::string score_chart(const DiscoverFound& found) {
  Series series{"score", {}};
  std::vector<std::string> labels;
  for (const DiscoveredConcept& one : found.concepts) {
    const bool significant = one.test.at("significant") == Cell(std::string("yes"));
    labels.push_back(one.name + (significant ? " *" : ""));
    series.y.push_back(number_in(one.test, "score"));
    series.low.push_back(number_in(one.test, "low"));
    series.high.push_back(number_in(one.test, "high"));
  }
  Chart chart{"", "", "TCAV score", {series}};
  chart.y_range = {0, 1};
  chart.width = std::max<int64_t>(320, 70 + 80 * static_cast<int64_t>(labels.size()));
  return bar_chart(chart, labels);
}

void add_concept(Page& page, const DiscoverRun& run, const DiscoveredConcept& one,
                 const std::vector<MemberPictures>& pictures) {
  page.subheading(fmt::format("{}: score {:.2f}", one.name, number_in(one.test, "score")));
  page.paragraph(
      fmt::format("{} segments of {} of {} inputs ({}); p = {:.2g} after correction, {:.0f} % told from random",
                  grouped(one.size), grouped(one.inputs), grouped(run.inputs.size()), one.rule,
                  number_in(one.test, "p_adjusted"), 100 * number_in(one.test, "accuracy")));
  std::vector<GridCell> cells;
  for (const MemberPictures& member : pictures) {
    cells.push_back({member.cut_out, ""});
    cells.push_back({member.place, ""});
  }
  page.gallery(cells);
}

}  // namespace

double number_in(const std::map<std::string, Cell>& row, const std::string& column) {
  const Cell& cell = row.at(column);
  if (const auto* const whole = std::get_if<int64_t>(&cell)) return static_cast<double>(*whole);
  const auto* const number = std::get_if<double>(&cell);
  return number ? *number : std::nan("");
}

Table concept_table(const DiscoverRun& run, const DiscoverFound& found) {
  const std::vector<std::string> tested = {"exemplars", "score", "low",        "high",       "random_score",
                                           "accuracy",  "p",     "p_adjusted", "significant"};
  Table table{{"concept", "cluster", "segments", "inputs", "of_inputs", "rule"}, {}};
  table.columns.insert(table.columns.end(), tested.begin(), tested.end());
  for (const DiscoveredConcept& one : found.concepts) {
    std::vector<Cell> row = {one.name, one.cluster, one.size, one.inputs, run.inputs.size(), one.rule};
    for (const std::string& column : tested) row.push_back(one.test.at(column));
    table.add(std::move(row));
  }
  return table;
}

Table segment_table(const DiscoverRun& run, const DiscoverFound& found) {
  std::map<int64_t, std::string> names;
  for (const DiscoveredConcept& one : found.concepts) names[one.cluster] = one.name;
  Table table{{"input", "segment", "area", "cluster", "distance", "concept"}, {}};
  for (size_t s = 0; s < found.all.segments.size(); ++s) {
    const FoundSegment& segment = found.all.segments[s];
    const auto place = static_cast<int64_t>(s);
    const auto cluster = found.clusters.labels[place].item<int64_t>();
    const auto name = names.find(cluster);
    table.add({run.inputs[segment.input].name, segment.number, segment.area, cluster,
               found.clusters.distances[place].item<double>(), name == names.end() ? std::string() : name->second});
  }
  return table;
}

void write_discover_page(const DiscoverRun& run, const DiscoverFound& found,
                         const std::vector<std::vector<MemberPictures>>& pictures,
                         const std::vector<std::string>& notes) {
  const std::string model = std::filesystem::path(run.setting.model.path).filename().string();
  Page page("Concepts discovered in " + run.class_name, model + ", layer " + run.setting.probes.front().layer);
  std::string counts;
  for (const int64_t count : run.request.superpixels) counts += (counts.empty() ? "" : ", ") + std::to_string(count);
  page.list(
      {fmt::format(
           "{} inputs were cut into superpixels (about {}); {} segments, none like another of its input, were {} "
           "and clustered into {} by the means of the layer's maps.",
           grouped(run.inputs.size()), counts, grouped(static_cast<int64_t>(found.all.segments.size())),
           run.request.fast ? "looked at in the maps of their inputs" : "enlarged, each alone on a plain canvas,",
           run.request.clusters),
       "Kept are clusters of segments from more than half of the inputs (frequent), from more than a quarter with more "
       "segments than inputs (frequent and large), or with more than twice as many segments as inputs (large).",
       "A concept's score is the share of the class's inputs whose score rises toward it (TCAV); bars have the 95 % "
       "interval over random sets, * is significant after Bonferroni's correction. tcav/report.html has all of the "
       "test.",
       "Shown are the segments nearest to the middle of their cluster, each with its place in the input."});
  add_caveats(page, notes);
  page.heading("Scores");
  page.charts({score_chart(found)});
  page.table(concept_table(run, found));
  page.heading("Concepts");
  for (size_t c = 0; c < found.concepts.size(); ++c) add_concept(page, run, found.concepts[c], pictures[c]);
  write_file(run.folder() / "report.html", page.html());
}

}  // namespace limpid
