// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "limpid/crystal/classes.h"
#include "limpid/render/chart.h"
#include "pipeline/scoring.h"
#include "pipeline/studies/crystals_report.h"

namespace limpid::study_of_crystals {
namespace {

std::vector<std::string> methods_of(const Table& path) {
  std::vector<std::string> methods;
  for (const auto& row : path.rows)
    if (const auto& name = std::get<std::string>(row[0]);
        methods.empty() || methods.end() == std::find(methods.begin(), methods.end(), name))
      methods.push_back(name);
  return methods;
}

/// Probabilities of the classes that get any along a path.
NamedChart path_chart(const Table& path, const std::string& method, const std::string& title,
                      const std::string& label) {
  Chart chart{title + ": " + method, label, "probability", {}};
  for (size_t k = 0; k < crystal_classes().size(); ++k) {
    Series series{crystal_classes()[k], {}};
    series.colour = k;
    for (const auto& row : path.rows) {
      if (std::get<std::string>(row[0]) != method) continue;
      series.x.push_back(std::get<double>(row[1]));
      series.y.push_back(std::get<double>(row[k + 2]));
    }
    if (*std::max_element(series.y.begin(), series.y.end()) > .05) chart.series.push_back(series);
  }
  chart.y_range = {0, 1};
  return {word_of(title + "-" + method), line_chart(chart)};
}

/// How many points of the path have the class that spglib gives them: cubic at three ratios, hex/rh elsewhere.
std::string path_sentence(const Table& path, const std::string& method) {
  int64_t right = 0, all = 0, cubic = 0, far = 0, far_right = 0;
  for (const auto& row : path.rows) {
    if (std::get<std::string>(row[0]) != method) continue;
    const double ratio = std::get<double>(row[1]) / std::sqrt(3. / 8);
    size_t best = 0;
    for (size_t k = 0; k < crystal_classes().size(); ++k)
      if (std::get<double>(row[k + 2]) > std::get<double>(row[best + 2])) best = k;
    double nearest = 1;
    std::string expected = "hex/rh";
    for (const auto& [place, name] : {std::pair(1., "bcc"), std::pair(2., "sc"), std::pair(4., "fcc")}) {
      nearest = std::min(nearest, std::abs(ratio / place - 1));
      if (std::abs(ratio - place) < 1e-9) expected = name;
    }
    const bool agrees = crystal_classes()[best] == expected;
    ++all;
    right += agrees;
    if (expected != "hex/rh") cubic += agrees;
    if (nearest > .05) ++far, far_right += agrees;
  }
  return fmt::format(
      "{}: {} of {} crystals are given the class of their symmetry, {} of the 3 cubic ones, and {} of the "
      "{} whose c/a is further than 5 % from a cubic one.",
      method, right, all, cubic, far_right, far);
}

}  // namespace

void report_vacancy_path(StudyReport& report, const Table& path) {
  // Ziletti 2018, means of 100 samples.
  const std::vector<std::array<double, 3>> means = {
      {.7, 1, .004}, {.75, .96, .04}, {.8, .661, .329}, {.85, .058, .917}, {.9, .004, .986}, {.95, 0, .996}, {1, 0, 1}};
  report.heading("From bcc to sc");
  report.paragraph(
      "Atoms at body centres of a bcc crystal are taken out until a simple cubic one is left: mean probabilities of "
      "both classes beside those published.");
  Table table{{"removed", "published, bcc", "published, sc"}, {}};
  for (const std::string& method : methods_of(path))
    for (const char* name : {"bcc", "sc"}) table.columns.push_back(method + ", " + name);
  for (const auto& mean : means) {
    std::vector<Cell> row = {percent(mean[0]), mean[1], mean[2]};
    for (const std::string& method : methods_of(path))
      for (const auto& found : path.rows)
        if (std::get<std::string>(found[0]) == method && std::abs(std::get<double>(found[1]) - mean[0]) < 1e-9)
          row.insert(row.end(), {fmt::format("{:.3f}", std::get<double>(found[2])),
                                 fmt::format("{:.3f}", std::get<double>(found.back()))});
    table.add(row);
  }
  report.table(table, "Mean probabilities.");
  std::vector<NamedChart> charts;
  for (const std::string& method : methods_of(path))
    charts.push_back(path_chart(path, method, "bcc-to-sc", "share of body centres removed"));
  report.charts(charts);
}

void report_rhombohedral_path(StudyReport& report, const Table& path) {
  report.heading("The rhombohedral path");
  report.paragraph(
      "A rhombohedral crystal is bcc where c/a of its hexagonal cell is √(3/8), sc at twice and fcc at four times "
      "this; "
      "in between it belongs to hex/rh. Ziletti 2018 reports these classes at all 161 crystals.");
  std::vector<std::string> sentences;
  std::vector<NamedChart> charts;
  for (const std::string& method : methods_of(path)) {
    sentences.push_back(path_sentence(path, method));
    charts.push_back(path_chart(path, method, "rhombohedral-path", "c/a"));
  }
  report.list(sentences);
  report.charts(charts);
}

}  // namespace limpid::study_of_crystals
