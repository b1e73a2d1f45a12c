// SPDX-License-Identifier: Apache-2.0
// What the maps say of the decisions, and the galleries.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "limpid/render/chart.h"
#include "pipeline/studies/nodules_report.h"

namespace limpid::study_of_nodules {
namespace {

constexpr size_t kCasesOnASheet = 120;

/// Pearson's correlation; NaN where either does not vary.
double correlation(const std::vector<double>& a, const std::vector<double>& b) {
  const double mean_a = spread_of(a).mean, mean_b = spread_of(b).mean;
  double both = 0, of_a = 0, of_b = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    both += (a[i] - mean_a) * (b[i] - mean_b);
    of_a += (a[i] - mean_a) * (a[i] - mean_a);
    of_b += (b[i] - mean_b) * (b[i] - mean_b);
  }
  return both / std::sqrt(of_a * of_b);
}

struct RatioOf {
  std::vector<double> probability, ratio, size;
  double same_side = 0;  // how often both are on one side of 1/2

  void add(double p, double e, int64_t pixels) {
    if (!std::isfinite(e) || pixels == 0) return;
    probability.push_back(p);
    ratio.push_back(e);
    size.push_back(std::log(static_cast<double>(pixels)));
    same_side += (p >= .5) == (e >= .5);
  }
};

std::vector<Cell> row_of(const std::string& level, const RatioOf& values) {
  const auto count = static_cast<double>(values.ratio.size());
  const Spread e = spread_of(values.ratio);
  return {level,
          static_cast<int64_t>(values.ratio.size()),
          correlation(values.probability, values.ratio),
          values.same_side / count,
          e.mean,
          e.deviation,
          correlation(values.probability, values.size)};
}

Table ratio_table(const std::vector<Reading>& readings, const std::vector<Case>& cases) {
  Table table{{"level", "cases", "correlation", "same_side", "ratio", "ratio_sd", "size_correlation"}, {}};
  RatioOf slices, nodules;
  for (const Reading& r : readings) slices.add(r.decision.probability, r.evidence.ratio(), r.evidence.pixels);
  for (const Case& one : cases) nodules.add(one.decision.probability, one.ratio(), one.largest().evidence.pixels);
  table.add(row_of("slice", slices));
  table.add(row_of("nodule", nodules));
  return table;
}

/// Median area, in the largest slice, of the nodules of one label that are taken for one class.
std::string median_area(const std::vector<Case>& cases, bool malignant, bool taken) {
  std::vector<int64_t> areas;
  for (const Case& one : cases)
    if (one.decision.malignant == malignant && (one.decision.probability >= .5) == taken)
      areas.push_back(one.largest().evidence.pixels);
  if (areas.empty()) return "that of no nodule";
  const auto middle = areas.begin() + static_cast<std::ptrdiff_t>(areas.size() / 2);
  std::nth_element(areas.begin(), middle, areas.end());
  return fmt::format("{} pixels", *middle);
}

std::string size_sentence(const std::vector<Case>& cases, double of_size) {
  return fmt::format(
      "How much of this is size? p correlates with the logarithm of a nodule's area in its largest slice by {:.2f}. "
      "The "
      "median area of benign nodules taken for benign is {}, of those taken for malignant {}; of malignant ones taken "
      "for malignant {}, for benign {}.",
      of_size, median_area(cases, false, false), median_area(cases, false, true), median_area(cases, true, true),
      median_area(cases, true, false));
}

NamedChart ratio_chart(const std::vector<Case>& cases) {
  Chart chart{"Evidence ratio and probability of each nodule", "p(malignant)", "evidence ratio e", {}};
  for (const bool malignant : {false, true}) {
    Series series{.name = malignant ? "malignant" : "benign", .y = {}, .points = true, .line = false};
    for (const Case& one : cases)
      if (one.decision.malignant == malignant) {
        series.x.push_back(one.decision.probability);
        series.y.push_back(one.ratio());
      }
    if (!series.x.empty()) chart.series.push_back(series);
  }
  chart.x_range = chart.y_range = {0, 1};
  return {"ratio", line_chart(chart)};
}

/// Slices by label and by whether their decision is right, with the shares of the evidence for the class decided for.
Table regions_table(const std::vector<Reading>& readings) {
  Table table{{"decisions", "slices", "inside", "inside_sd", "margin", "margin_sd", "outside", "outside_sd",
               "area_inside", "area_margin", "area_outside", "lift_inside", "lift_margin", "lift_outside"},
              {}};
  for (const auto& [name, keep] :
       {std::pair<std::string, std::function<bool(const Decision&)>>("all", [](const Decision&) { return true; }),
        {"benign, right", [](const Decision& d) { return !d.malignant && d.right(); }},
        {"benign, wrong", [](const Decision& d) { return !d.malignant && !d.right(); }},
        {"malignant, right", [](const Decision& d) { return d.malignant && d.right(); }},
        {"malignant, wrong", [](const Decision& d) { return d.malignant && !d.right(); }}}) {
    std::array<std::vector<double>, 3> share, area;
    for (const Reading& r : readings) {
      if (!keep(r.decision)) continue;
      for (size_t part = 0; part < 3; ++part) {
        share[part].push_back(r.evidence.parts[r.decision.probability >= .5][part]);
        area[part].push_back(r.evidence.area[part]);
      }
    }
    if (share[0].empty()) continue;
    std::vector<Cell> row = {name, static_cast<int64_t>(share[0].size())};
    for (const size_t part : {2, 1, 0}) {
      const Spread spread = spread_of(share[part]);
      row.insert(row.end(), {spread.mean, spread.deviation});
    }
    for (const size_t part : {2, 1, 0}) row.emplace_back(spread_of(area[part]).mean);
    for (const size_t part : {2, 1, 0}) row.emplace_back(spread_of(share[part]).mean / spread_of(area[part]).mean);
    table.add(row);
  }
  return table;
}

/// "13.2 ± 12.3 %"
std::string both(const std::vector<Cell>& row, size_t column) {
  return Spread{2, std::get<double>(row[column]), std::get<double>(row[column + 1])}.percent();
}

/// The table as people read it.
Table shown_regions(const Table& regions) {
  Table table{{"decisions", "slices", "inside", "margin", "outside", "lift inside", "lift margin", "lift outside"}, {}};
  for (const auto& row : regions.rows)
    table.add({row[0], row[1], both(row, 2), both(row, 4), both(row, 6), row[11], row[12], row[13]});
  return table;
}

NamedChart regions_chart(const Table& regions) {
  Chart chart{
      "Where the evidence for the decision lies", "", "share of R⁺", {{"inside", {}}, {"margin", {}}, {"outside", {}}}};
  std::vector<std::string> labels;
  for (const auto& row : regions.rows) {
    labels.push_back(std::get<std::string>(row[0]));
    for (size_t part = 0; part < 3; ++part) {
      const double mean = std::get<double>(row[2 + 2 * part]), deviation = std::get<double>(row[3 + 2 * part]);
      const double half = std::isfinite(deviation) ? deviation : 0;
      chart.series[part].y.push_back(mean);
      chart.series[part].low.push_back(std::max(0., mean - half));
      chart.series[part].high.push_back(std::min(1., mean + half));
    }
  }
  chart.y_range = {0, 1};
  chart.width = 680;
  return {"regions", bar_chart(chart, labels)};
}

std::string class_name(bool malignant) { return malignant ? "malignant" : "benign"; }

std::string statement(const Case& one) {
  const Decision& d = one.decision;
  const Evidence& e = one.largest().evidence;
  const bool taken = d.probability >= .5;
  const double share = taken ? one.ratio() : 1 - one.ratio();
  const auto& parts = e.parts[one.largest().decision.probability >= .5];
  return fmt::format(
      "{}, rated {}, is taken for {} (p of malignant {:.2f} over {} {}): {:.0f} % of the evidence speaks for {}. In "
      "its "
      "largest slice {:.0f} % of the evidence for the decision lies inside the nodule, {:.0f} % on its margin, {:.0f} "
      "% "
      "outside.",
      short_name(d), class_name(d.malignant), class_name(taken), d.probability, one.slices.size(),
      one.slices.size() == 1 ? "slice" : "slices", 100 * share, class_name(taken), 100 * parts[2], 100 * parts[1],
      100 * parts[0]);
}

/// The first `most` that are kept, by falling score.
std::vector<Case> chosen(const std::vector<Case>& cases, size_t most, const std::function<bool(const Case&)>& keep,
                         const std::function<double(const Case&)>& score) {
  std::vector<Case> part;
  std::copy_if(cases.begin(), cases.end(), std::back_inserter(part), keep);
  std::stable_sort(part.begin(), part.end(), [&](const Case& a, const Case& b) { return score(a) > score(b); });
  if (part.size() > most) part.resize(most);
  return part;
}

void report_kind(StudyRun& run, const ReaderOf& reader, const std::string& name, const std::string& heading,
                 const std::string& text, const std::vector<Case>& cases) {
  run.report().subheading(heading);
  if (cases.empty()) return run.report().paragraph("There are none.");
  run.report().paragraph(text);
  std::vector<std::string> statements;
  for (size_t i = 0; i < std::min<size_t>(4, cases.size()); ++i) statements.push_back(statement(cases[i]));
  run.report().list(statements);
  run.report().picture(
      name, gallery(reader, cases),
      heading +
          ". Both response maps of a nodule share one scale, to the 99 % quantile; p and e are of the whole nodule, "
          "the pictures of its largest slice.");
}

void report_sheets(StudyRun& run, const ReaderOf& reader, std::vector<Case> cases) {
  std::stable_sort(cases.begin(), cases.end(),
                   [](const Case& a, const Case& b) { return a.decision.probability > b.decision.probability; });
  const auto most = static_cast<size_t>(run.options().integer("sheet", 0));
  const size_t count = cases.size();
  if (most > 0 && most < count) cases.resize(most);
  run.report().heading("Every nodule");
  run.report().paragraph(fmt::format(
      "{} of {} nodules held out, from the one surest to be malignant to the one surest to be benign: the binary "
      "attention map over the largest slice, M or B for malignant or benign as rated, and p of malignant. Where the "
      "two "
      "disagree the network is wrong. All slices of each nodule with both response maps are in nodules/ beside this "
      "report.",
      cases.size(), count));
  for (size_t first = 0; first < cases.size(); first += kCasesOnASheet) {
    const auto begin = cases.begin() + static_cast<std::ptrdiff_t>(first);
    const auto end = cases.begin() + static_cast<std::ptrdiff_t>(std::min(cases.size(), first + kCasesOnASheet));
    run.report().picture(fmt::format("sheet-{}", first / kCasesOnASheet + 1), contact_sheet(reader, {begin, end}), "");
  }
}

}  // namespace

void report_evidence(StudyRun& run, const Findings& findings) {
  const std::vector<Case> cases = cases_of(findings.readings);
  const Table ratios = run.table("ratio", [&] { return ratio_table(findings.readings, cases); });
  StudyReport& report = run.report();
  report.heading("Does the evidence say what the network decides?");
  report.paragraph(fmt::format(
      "The critical response map of a class, R(x|benign) or R(x|malignant), is what its class map carries back to the "
      "picture (attentive response, {}; only the positive part starts). The evidence ratio is e = ΣR⁺(malignant) / "
      "(ΣR⁺(malignant) + ΣR⁺(benign)). Over nodules it correlates with the probability by {:.2f} and lies on the same "
      "side of one half in {:.0f} % of them.",
      run.options().text("response"), std::get<double>(ratios.rows[1][2]), 100 * std::get<double>(ratios.rows[1][3])));
  report.paragraph(size_sentence(cases, std::get<double>(ratios.rows[1][6])));
  report.table(ratios,
               "Pearson's correlation of e with p, how often both are on one side of 1/2, e itself (mean and standard "
               "deviation), and the correlation of p with the logarithm of the area.");
  report.charts({ratio_chart(cases)}, "One dot a nodule, its colour the label.");
  const Table regions = run.table("regions", [&] { return regions_table(findings.readings); });
  const auto share = [&](size_t column) { return 100 * std::get<double>(regions.rows[0][column]); };
  report.heading("Where the evidence lies");
  report.paragraph(
      fmt::format("The nodule is all that is not black, holes filled; its margin are the pixels of both sides within 2 "
                  "pixels of its border. Of the evidence for the class decided for, {:.0f} % lies inside, {:.0f} % on "
                  "the margin and {:.0f} % outside (areas: {:.0f}, {:.0f} and {:.0f} %). Of small nodules little or "
                  "nothing is inside: they are all margin.",
                  share(2), share(4), share(6), share(8), share(9), share(10)));
  report.paragraph(
      "What that means here: outside there is nothing but black. Evidence there cannot be about the lung; it says how "
      "far the nodule does not reach, or was spread by the walk, which starts at positions 8 pixels apart that look at "
      "36 by 36 pixels each. It is no finding in a radiologist's sense, and counts as a failure of the explanation.");
  report.table(shown_regions(regions),
               "Mean shares of R⁺ of the class decided for, over slices, with standard deviations; lift is share by "
               "area, 1 for evidence spread evenly.");
  report.charts({regions_chart(regions)});
}

void report_galleries(StudyRun& run, const Findings& findings, const ReaderOf& reader) {
  const std::vector<Case> cases = cases_of(findings.readings);
  const auto most = static_cast<size_t>(run.options().integer("gallery", 1));
  const auto surest = [](const Case& one) { return one.decision.of_decision(); };
  std::vector<Case> certain;
  for (const bool malignant : {true, false})
    for (const Case& one : chosen(
             cases, (most + (malignant ? 1 : 0)) / 2,
             [&](const Case& c) { return c.decision.right() && c.decision.malignant == malignant; }, surest))
      certain.push_back(one);
  run.report().heading("Cases");
  report_kind(run, reader, "certain", "The most certain",
              "Right decisions with the highest probability, malignant ones first.", certain);
  report_kind(run, reader, "divided", "The most divided",
              "Nodules whose evidence is most evenly divided between both classes: e nearest to one half.",
              chosen(
                  cases, most, [](const Case& c) { return std::isfinite(c.ratio()); },
                  [](const Case& c) { return -std::abs(c.ratio() - .5); }));
  const size_t wrong =
      static_cast<size_t>(std::count_if(cases.begin(), cases.end(), [](const Case& c) { return !c.decision.right(); }));
  report_kind(run, reader, "wrong", "The surest of those that are wrong",
              fmt::format("{} of {} nodules are taken for what they are not.", wrong, cases.size()),
              chosen(
                  cases, most, [](const Case& c) { return !c.decision.right(); }, surest));
  report_sheets(run, reader, cases);
}

}  // namespace limpid::study_of_nodules
