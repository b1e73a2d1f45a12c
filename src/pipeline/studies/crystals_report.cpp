// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "limpid/core/files.h"
#include "limpid/crystal/classes.h"
#include "limpid/render/chart.h"
#include "pipeline/scoring.h"
#include "pipeline/studies/crystals_report.h"
#include "pipeline/studies/spread.h"

namespace limpid::study_of_crystals {
namespace {

constexpr uint64_t kMostBytes = uint64_t{1} << 28;
constexpr const char* kBaseline = "cosine, robust";

/// What Ziletti 2018, table 1, has for this work; nothing where it has none.
std::string published(const Defects& level) {
  if (level.substitutions > 0 || (level.displacement > 0 && level.vacancies > 0)) return "";
  if (level.displacement > .06 || level.vacancies > .6) return "";
  if (level.vacancies > .4) return level.vacancies == .6 ? "> 97 %" : "";
  return "100 %";
}

/// "99.87 ± 0.05", the standard deviation over the seeds.
std::string balanced_text(const Measured& m) {
  const Spread spread = spread_of(m.balanced);
  if (spread.count < 2) return fmt::format("{:.2f}", 100 * spread.mean);
  return fmt::format("{:.2f} ± {:.2f}", 100 * spread.mean, 100 * spread.deviation);
}

std::string lowest_text(const Measured& m) {
  const auto lowest = std::min_element(m.recall.begin(), m.recall.end());
  return fmt::format("{} {:.2f}", crystal_classes()[static_cast<size_t>(lowest - m.recall.begin())], 100 * *lowest);
}

double number(const nlohmann::json& value) { return value.is_number() ? value.get<double>() : std::nan(""); }

void report_training(StudyRun& run, const Findings& findings) {
  StudyReport& report = run.report();
  report.heading("Networks");
  report.paragraph(
      "All have seen pristine crystals alone. The network mean-nn was trained on as many of each class as were "
      "published, and reads fingerprints with the published unit of length, the mean distance of nearest neighbours. "
      "The network robust was trained on as many of every class; its unit is the nearest distance in the crystal "
      "behind "
      "the structure. A pristine crystal has the same fingerprint with both. So the first network can also be asked "
      "with the second unit, which is what the unit alone brings; and one trained as robust was, on fingerprints that "
      "are enlarged and reduced at random as a wrong unit would do, with the first.");
  Table table{{"network", "data", "trained on", "held out", "balanced"}, {}};
  std::vector<NamedChart> charts;
  for (const Reader& reader : findings.readers) {
    const auto path = run.folder() / "networks" / (word_of(reader.name) + ".json");
    if (!std::filesystem::exists(path)) continue;
    const auto document = nlohmann::json::parse(read_file(path, kMostBytes));
    Chart chart{"Loss of " + reader.name, "epoch", "cross-entropy", {{"trained on", {}}, {"held out", {}}}};
    for (const auto& point : document["curve"]) {
      for (size_t i = 0; i < 2; ++i) {
        chart.series[i].x.push_back(point["epoch"]);
        chart.series[i].y.push_back(number(point[i == 0 ? "loss" : "validation_loss"]));
      }
    }
    for (Series& series : chart.series) series.points = true;
    charts.push_back({word_of("loss-" + reader.name), line_chart(chart)});
    table.add({reader.name, document["data"].get<std::string>(), number(document["curve"].back()["accuracy"]),
               number(document["scores"]["accuracy"]), number(document["scores"]["balanced_accuracy"])});
  }
  report.table(
      table,
      "Accuracy in the last epoch, with dropout, and on a tenth of each class that was held out, of the network "
      "of the epoch with the least loss there.");
  report.charts(charts);
}

void report_levels(StudyRun& run, const Findings& findings) {
  StudyReport& report = run.report();
  report.heading("Defective crystals");
  const Measured first = measured(findings.answers.front().second, findings.readers.front().name);
  const Measured by_symmetry = measured(findings.symmetry.front().second, "spglib loose");
  report.paragraph(fmt::format(
      "Defects are made in the standard supercells of {} crystals, as many of each class, that no network was trained "
      "on; each is drawn {} times. spglib is asked about {} of them. Balanced accuracy is the mean recall of the seven "
      "classes, with its standard deviation over the draws; accuracy is what the recalls come to with the published "
      "counts of classes; both in percent. spglib is right where its space group is the class's: loose is 0.1 Å and "
      "5°, tight 1e-4 Å and 1°.",
      first.structures / static_cast<int64_t>(first.balanced.size()), first.balanced.size(), by_symmetry.structures));
  Table table{{"defects"}, {}};
  for (const Reader& reader : findings.readers) {
    table.columns.push_back(reader.name);
    table.columns.push_back(reader.name + ", accuracy");
    table.columns.push_back(reader.name + ", lowest recall");
  }
  for (const Reader& reader : findings.readers)
    if (reader.templates.defined()) table.columns.push_back("cosine, " + reader.name);
  for (const char* name : {"spglib loose", "spglib tight", "published"}) table.columns.emplace_back(name);
  for (size_t i = 0; i < findings.answers.size(); ++i) {
    const auto& [level, answers] = findings.answers[i];
    std::vector<Cell> row = {level.name()};
    for (const Reader& reader : findings.readers) {
      const Measured m = measured(answers, reader.name);
      row.emplace_back(balanced_text(m));
      row.emplace_back(fmt::format("{:.2f}", 100 * m.accuracy));
      row.emplace_back(lowest_text(m));
    }
    for (const Reader& reader : findings.readers)
      if (reader.templates.defined()) row.emplace_back(balanced_text(measured(answers, "cosine, " + reader.name)));
    for (const char* name : {"spglib loose", "spglib tight"})
      row.emplace_back(balanced_text(measured(findings.symmetry[i].second, name)));
    row.emplace_back(published(level));
    table.add(row);
  }
  report.table(table,
               "Balanced accuracy, accuracy and the class with the lowest recall, in percent; cosine: the class whose "
               "mean fingerprint is the most similar.");
}

/// Where a reader does worst, and where the published network is said to be right in all cases.
std::string finding_of(const Findings& findings, const Reader& reader) {
  const std::pair<Defects, Table>* worst = nullptr;
  double least = 2, published_least = 2;
  for (const auto& level : findings.answers) {
    const Measured m = measured(level.second, reader.name);
    const double balanced = spread_of(m.balanced).mean;
    if (balanced < least) least = balanced, worst = &level;
    if (published(level.first) == "100 %") published_least = std::min(published_least, m.accuracy);
  }
  return fmt::format("{}: balanced accuracy is lowest at {}, {}; where 100 % are published, accuracy is {} at least",
                     reader.name, worst->first.name(), percent(least), percent(published_least));
}

/// The unit's errors, and what the networks make of them.
void report_scales(StudyRun& run, const Findings& findings) {
  run.report().subheading("The unit of length");
  std::vector<std::string> sentences;
  for (const Reader& reader : findings.readers) sentences.push_back(finding_of(findings, reader));
  run.report().list(sentences);
  Table table{{"defects"}, {}};
  for (const char* name : {"mean-nn", "robust"})
    for (const char* what : {"mean", "deviation", "largest"})
      table.columns.push_back(fmt::format("{}, {}", name, what));
  for (size_t i = 0; i + 1 < findings.scales.rows.size(); i += 2) {
    std::vector<Cell> row = {findings.scales.rows[i][0]};
    for (size_t which = i; which < i + 2; ++which)
      for (size_t column = 2; column < 5; ++column)
        row.emplace_back(fmt::format("{:.2f}", 100 * std::get<double>(findings.scales.rows[which][column])));
    table.add(row);
  }
  run.report().table(
      table,
      "How far the unit of length is from the pristine crystal's, in percent. Where the unit is too short, "
      "the whole pattern is enlarged.");
}

enum class Axis { displacement, vacancies, substitutions };

double value_on(const Defects& level, Axis axis) {
  return axis == Axis::displacement ? level.displacement
         : axis == Axis::vacancies  ? level.vacancies
                                    : level.substitutions;
}

/// Balanced accuracy against one kind of defects.
NamedChart level_chart(const Findings& findings, Axis axis, const std::string& title, const std::string& label) {
  Chart chart{title, label, "balanced accuracy", {}};
  std::vector<std::string> methods;
  for (const Reader& reader : findings.readers) methods.push_back(reader.name);
  methods.insert(methods.end(), {kBaseline, "spglib loose"});
  for (const std::string& method : methods) {
    Series series{method, {}};
    series.points = true;
    series.dashed = method == kBaseline;
    for (size_t i = 0; i < findings.answers.size(); ++i) {
      const Defects& level = findings.answers[i].first;
      const double value = value_on(level, axis);
      if (value == 0 || level.displacement + level.vacancies + level.substitutions != value) continue;
      const Table& table = method.starts_with("spglib") ? findings.symmetry[i].second : findings.answers[i].second;
      series.x.push_back(value);
      series.y.push_back(spread_of(measured(table, method).balanced).mean);
    }
    if (!series.x.empty()) chart.series.push_back(series);
  }
  chart.y_range = {0, 1};
  return {"accuracy-" + title, chart.series.empty() ? "" : line_chart(chart)};
}

void report_charts(StudyRun& run, const Findings& findings) {
  std::vector<NamedChart> charts = {level_chart(findings, Axis::displacement, "displacements", "standard deviation, Å"),
                                    level_chart(findings, Axis::vacancies, "vacancies", "share of the atoms"),
                                    level_chart(findings, Axis::substitutions, "substitutions", "share of the atoms")};
  std::erase_if(charts, [](const NamedChart& chart) { return chart.svg.empty(); });
  if (!charts.empty()) run.report().charts(charts);
}

void report_recalls(StudyRun& run, const Findings& findings) {
  run.report().heading("Classes");
  for (const Reader& reader : findings.readers) {
    Table table{{"defects"}, {}};
    table.columns.insert(table.columns.end(), crystal_classes().begin(), crystal_classes().end());
    for (const auto& [level, answers] : findings.answers) {
      std::vector<Cell> row = {level.name()};
      for (const double recall : measured(answers, reader.name).recall)
        row.emplace_back(fmt::format("{:.2f}", 100 * recall));
      table.add(row);
    }
    run.report().table(table, "Recall of each class in percent: " + reader.name + ".");
  }
}

NamedChart confusion_chart(const Table& answers, const Reader& reader, const std::string& level) {
  MatrixChart chart{reader.name + ", " + level, "true", "answer", crystal_classes(), crystal_classes(), {}};
  for (const auto& row : measured(answers, reader.name).confusion)
    chart.values.emplace_back(row.begin(), row.end() - 1);
  return {word_of("confusion-" + reader.name + "-" + level), matrix_chart(chart)};
}

/// Where most is at stake: the largest displacement, the most vacancies but 70 %, and both.
void report_confusion(StudyRun& run, const Findings& findings) {
  std::vector<NamedChart> charts;
  for (const auto& [level, answers] : findings.answers) {
    const bool both = level.displacement > 0 && level.vacancies > 0;
    if (level.displacement != .2 && level.vacancies != .6 && !both) continue;
    for (const Reader& reader : findings.readers) charts.push_back(confusion_chart(answers, reader, level.name()));
  }
  if (charts.empty()) return;
  run.report().heading("Confusion");
  run.report().charts(charts);
}

}  // namespace

void report(StudyRun& run, const Findings& findings) {
  report_training(run, findings);
  report_levels(run, findings);
  report_charts(run, findings);
  report_scales(run, findings);
  report_recalls(run, findings);
  report_confusion(run, findings);
  report_vacancy_path(run.report(), findings.vacancies);
  report_rhombohedral_path(run.report(), findings.rhombohedral);
  report_maps(run, run.report(), findings);
  report_abstention(run.report(), findings);
}

}  // namespace limpid::study_of_crystals
