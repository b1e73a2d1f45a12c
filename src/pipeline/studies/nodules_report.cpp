// SPDX-License-Identifier: Apache-2.0
// How well nodules are told apart: tables, charts and sentences.
#include "pipeline/studies/nodules_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "limpid/core/lookup.h"
#include "limpid/render/chart.h"
#include "pipeline/scoring.h"
#include "pipeline/words.h"

namespace limpid::study_of_nodules {
namespace {

constexpr double kPublished = .7752;  // accuracy of the deep radiomic sequencer

double number_of_cell(const Cell& cell) { return std::get<double>(cell); }
const std::string& word(const Cell& cell) { return std::get<std::string>(cell); }

int64_t malignant_of(const std::vector<Decision>& decisions) {
  return std::count_if(decisions.begin(), decisions.end(), [](const Decision& d) { return d.malignant; });
}

std::string counted(const std::vector<Decision>& decisions, const std::string& what) {
  return fmt::format("{} {} ({} malignant)", grouped(static_cast<int64_t>(decisions.size())), what,
                     grouped(malignant_of(decisions)));
}

/// The values of one contender over the folds, for a level and a column of the scores.
std::vector<double> over_folds(const Table& scores, const std::string& network, const std::string& level,
                               size_t column) {
  std::vector<double> values;
  for (const auto& row : scores.rows)
    if (word(row[0]) == network && word(row[1]) == level) values.push_back(number_of_cell(row[column]));
  return values;
}

/// The networks that sisc is compared with, or the regressions, with their numbers of parameters.
std::string sizes_of(const std::vector<Contender>& contenders, bool networks) {
  std::vector<std::string> words;
  for (size_t i = 1; i < contenders.size(); ++i)
    if (contenders[i].slices.empty() != networks)
      words.push_back(fmt::format("{} ({})", contenders[i].name, grouped(contenders[i].parameters)));
  return words.empty() ? "none" : listed(words);
}

void report_data(StudyRun& run, const Findings& findings) {
  const Contender& sisc = findings.contenders.front();
  run.report().heading("What was asked");
  run.report().paragraph(fmt::format(
      "Is a lung nodule benign or malignant, and what in its picture says so? {}, {} and {} were divided into folds by "
      "exam: no exam has slices on two sides. Each fold studied ({} of them) was held out once, while a network was "
      "trained on all others; everything below is about what was held out.",
      counted(sisc.slices, "slices"), counted(sisc.nodules, "nodules"), counted(sisc.exams, "exams"),
      findings.all.folds.size()));
  run.report().paragraph(
      "A nodule's probability is the mean over its slices, an exam's the largest of its nodules; an exam is malignant "
      "where any of its nodules is. Malignant is what has a probability of at least one half. The labels are ratings "
      "of "
      "radiologists, not pathology. The data consist of segmented patches: all but the nodule is black, so a network "
      "sees its size, its outline and its grey values, and nothing of the lung around it.");
  run.report().paragraph(fmt::format(
      "sisc, three stacked sequencing cells with one kernel a class and a mean over space, has {} parameters; its cell "
      "table could not be had, and this is a reconstruction. Networks with the same settings and as many parameters as "
      "their width, to a hundredth, allows were trained on the same folds: {}. So were regressions on features of "
      "nodules: {}.",
      grouped(sisc.parameters), sizes_of(findings.contenders, true), sizes_of(findings.contenders, false)));
}

std::string against_published(const Table& scores, const std::vector<Decision>& nodules) {
  const auto of = [&](const std::string& level, size_t column) {
    return spread_of(over_folds(scores, "sisc", level, column));
  };
  const double benign = 1 - static_cast<double>(malignant_of(nodules)) / static_cast<double>(nodules.size());
  const Spread accuracy = of("nodule", 5), sensitivity = of("nodule", 6), specificity = of("nodule", 7);
  return fmt::format(
      "Per nodule, sisc is right in {} (mean ± standard deviation over {} folds): {} the 77.52 % that the deep "
      "radiomic "
      "sequencer reports on LIDC-IDRI (Kumar 2017). Per slice it is right in {}, per exam in {}. Its sensitivity for "
      "nodules is {} and its specificity {}, that of the sequencer 79.06 and 76.11 %; the mean of both is {:.1f} %, "
      "the "
      "sequencer's 77.6 %. Calling every nodule benign would be right in {:.1f} %. The sequencer's numbers are not of "
      "these data: they are of 97 patients whose diagnosis was proven by pathology, while these labels are "
      "radiologists' ratings with undecided nodules left out, which are easier to agree with. They are a mark to know, "
      "not a contest.",
      accuracy.percent(), accuracy.count, accuracy.mean > kPublished ? "more than" : "not more than",
      of("slice", 5).percent(), of("exam", 5).percent(), sensitivity.percent(), specificity.percent(),
      50 * (sensitivity.mean + specificity.mean), 100 * benign);
}

NamedChart bars(const Table& summary, const std::string& level) {
  Chart chart{"Per " + level, "", "", {}};
  const std::vector<std::string> measures = {"accuracy", "sensitivity", "specificity", "AUC"};
  for (const auto& row : summary.rows) {
    if (word(row[2]) != level) continue;
    Series series{word(row[0]), {}};
    for (size_t k = 0; k < measures.size(); ++k) {
      const double mean = number_of_cell(row[3 + 2 * k]), deviation = number_of_cell(row[4 + 2 * k]);
      const double half = std::isfinite(deviation) ? deviation : 0;
      series.y.push_back(mean);
      series.low.push_back(mean - half);
      series.high.push_back(std::min(1., mean + half));
    }
    chart.series.push_back(series);
  }
  chart.y_range = {0, 1};
  return {"scores-" + level, bar_chart(chart, measures)};
}

NamedChart roc_chart(const std::vector<Contender>& contenders) {
  Chart chart{"ROC, nodules of all folds", "1 − specificity", "sensitivity", {}};
  for (const Contender& one : contenders) {
    std::vector<double> values;
    std::vector<bool> malignant;
    for (const Decision& d : one.nodules) {
      values.push_back(d.probability);
      malignant.push_back(d.malignant);
    }
    Series series{one.name, {}};
    for (const auto& [x, y] : roc_curve(values, malignant)) {
      series.x.push_back(x);
      series.y.push_back(y);
    }
    chart.series.push_back(series);
  }
  chart.series.push_back({.name = "chance", .y = {0, 1}, .x = {0, 1}, .dashed = true});
  chart.x_range = chart.y_range = {0, 1};
  return {"roc", line_chart(chart)};
}

/// The summary as people read it: a row for each contender, mean ± standard deviation.
Table shown_summary(const Table& summary, const std::string& level) {
  Table table{{"network", "parameters", "accuracy", "sensitivity", "specificity", "AUC"}, {}};
  for (const auto& row : summary.rows) {
    if (word(row[2]) != level) continue;
    std::vector<Cell> cells = {row[0], row[1]};
    for (size_t k = 3; k < 9; k += 2) {
      const bool alone = !std::isfinite(number_of_cell(row[k + 1]));  // of one fold
      cells.emplace_back(Spread{alone ? 1 : 2, number_of_cell(row[k]), number_of_cell(row[k + 1])}.percent());
    }
    cells.emplace_back(fmt::format("{:.3f} ± {:.3f}", number_of_cell(row[9]), number_of_cell(row[10])));
    table.add(std::move(cells));
  }
  return table;
}

/// sisc less each other, fold by fold.
Table differences_table(const Table& scores, const std::vector<Contender>& contenders) {
  Table table{{"sisc_less", "accuracy", "accuracy_sd", "auc", "auc_sd", "folds_with_larger_auc"}, {}};
  for (size_t i = 1; i < contenders.size(); ++i) {
    std::vector<Cell> row = {contenders[i].name};
    int64_t better = 0;
    for (const size_t column : {size_t{5}, size_t{8}}) {
      std::vector<double> values = over_folds(scores, "sisc", "nodule", column);
      const std::vector<double> others = over_folds(scores, contenders[i].name, "nodule", column);
      for (size_t k = 0; k < values.size(); ++k) values[k] -= others[k];
      better = std::count_if(values.begin(), values.end(), [](double v) { return v > 0; });
      const Spread spread = spread_of(values);
      row.insert(row.end(), {spread.mean, spread.deviation});
    }
    row.emplace_back(better);
    table.add(row);
  }
  return table;
}

/// The differences as people read them, in percentage points.
Table shown_differences(const Table& differences) {
  Table table{{"sisc less", "accuracy", "AUC", "folds with larger AUC"}, {}};
  const auto points = [](const Cell& mean, const Cell& deviation) {
    return fmt::format("{:+.1f} ± {:.1f} points", 100 * number_of_cell(mean), 100 * number_of_cell(deviation));
  };
  for (const auto& row : differences.rows) table.add({row[0], points(row[1], row[2]), points(row[3], row[4]), row[5]});
  return table;
}

std::string differences_sentence(const Table& differences) {
  std::vector<std::string> beyond;
  for (const auto& row : differences.rows)
    for (const auto& [name, column] : {std::pair("accuracy", size_t{1}), std::pair("AUC", size_t{3})})
      if (std::abs(number_of_cell(row[column])) > number_of_cell(row[column + 1]))
        beyond.push_back(fmt::format("{} against {}", name, word(row[0])));
  return beyond.empty()
             ? "No difference between sisc and the others is larger than its own standard deviation over the "
               "folds: on these patches the kind of classifier decides little."
             : "Larger than their own standard deviation over the folds are the differences in " + listed(beyond) + ".";
}

void report_regression(StudyRun& run, const Findings& findings) {
  if (findings.columns.empty())
    return run.report().paragraph("There was no table of radiomic features to compare with.");
  run.table("features", [&] {
    Table table{{"feature"}, {}};
    for (const std::string& column : findings.columns) table.add({column});
    return table;
  });
  run.report().paragraph(fmt::format(
      "The regressions see one row of radiomic features a nodule, computed over all of its slices and standardised by "
      "the training folds; their penalty on squared weights (0.1, 1, 10 or 100) is chosen by the loss over inner "
      "folds. "
      "The one called radiomics sees {} columns (tables/features.csv): all but the names, the rating of malignancy, "
      "the "
      "class, and diameter_mm, which a reader measured. The one called size alone sees {}.",
      findings.columns.size(), listed(split(run.options().text("size-columns"), ','))));
}

}  // namespace

void report_scores(StudyRun& run, const Findings& findings) {
  report_data(run, findings);
  const Table scores = run.table("scores", [&] { return scores_table(findings.contenders, findings.all.folds); });
  const Table summary = run.table("summary", [&] { return summary_table(scores, findings.contenders); });
  StudyReport& report = run.report();
  report.heading("How well nodules are told apart");
  report.paragraph(against_published(scores, findings.contenders.front().nodules));
  for (const std::string level : {"nodule", "exam", "slice"})
    report.table(shown_summary(summary, level), "Per " + level + ": mean ± standard deviation over the folds.");
  report.charts({bars(summary, "nodule"), roc_chart(findings.contenders)},
                "Bars: mean and standard deviation over the folds.");
  if (findings.contenders.size() > 1) {
    const Table differences = run.table("differences", [&] { return differences_table(scores, findings.contenders); });
    report.table(shown_differences(differences),
                 "Accuracy and AUC per nodule of sisc less those of each other, paired by fold: mean ± standard "
                 "deviation.");
    report.paragraph(differences_sentence(differences));
  }
  report_regression(run, findings);
  report.subheading("Fold by fold");
  Table own{scores.columns, {}};
  for (const auto& row : scores.rows)
    if (word(row[0]) == "sisc") own.add(row);
  report.table(own, "sisc; the others are in tables/scores.csv.");
}

}  // namespace limpid::study_of_nodules
