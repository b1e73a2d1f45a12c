// SPDX-License-Identifier: Apache-2.0
// The study of anatomy over several trainings: what is chance of the first weights and what is not.
#include "pipeline/studies/anatomy_seeds.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "pipeline/studies/anatomy_charts.h"

namespace limpid::study_of_anatomy {
namespace {

using Where = std::vector<std::pair<std::string, Cell>>;

/// The landmarks' values of a column of side_by_side().
std::vector<double> of_landmarks(const Table& side, const std::string& column, const std::vector<Landmark>& landmarks) {
  std::vector<double> all;
  for (const auto& [label, region] : landmarks)
    for (const double value : values_of(side, column, {{"class", label}, {"region", region}})) all.push_back(value);
  return all;
}

template <class Test>
double count(const std::vector<double>& values, Test test) {
  return static_cast<double>(std::count_if(values.begin(), values.end(), test));
}

/// "1.3 ± 0.6"
std::string text_of(const Spread& spread, int digits) {
  return spread.count == 0 ? "–" : fmt::format("{:.{}f} ± {:.{}f}", spread.mean, digits, spread.deviation, digits);
}

/// One number of each seed, as a spread.
template <class Of>
Spread over(const std::vector<Table>& seeds, const Of& of) {
  std::vector<double> values;
  for (const Table& seed : seeds) values.push_back(of(seed));
  return spread_of(values);
}

std::vector<std::string> sentences(const std::vector<Table>& sides, const Table& accuracy,
                                   const std::vector<Landmark>& landmarks, double last) {
  const auto accurate = [&](const char* network) {
    const Where where = {{"network", std::string(network)}, {"epoch", last}};
    return fmt::format("{} {:.2f} ± {:.2f} %", network, 100 * values_of(accuracy, "accuracy", where).front(),
                       100 * values_of(accuracy, "accuracy_sd", where).front());
  };
  const auto landmarks_with = [&](const char* column, const auto& test) {
    return text_of(over(sides, [&](const Table& side) { return count(of_landmarks(side, column, landmarks), test); }),
                   1);
  };
  const auto reach = [](double lift) { return lift >= kLeastLift; };
  const auto trained = [](double onset) { return onset > 0; };
  const auto before = [](double onset) { return onset == 0; };
  const SignsOverSeeds signs = signs_over_seeds(sides, landmarks);
  const auto claims = claims_over_seeds(sides, landmarks);
  const auto excess = [&](const char* network) {
    return text_of(over(sides, [&](const Table& side) { return landmark_excess(side, network); }), 3);
  };
  return {
      fmt::format("Right on the test pictures after {} epochs: {}, {}.", epoch_text(last), accurate(kShallow),
                  accurate(kDeep)),
      fmt::format("Of {} landmarks the class response reaches a mean lift of {} in {} ({}) and {} ({}).",
                  landmarks.size(), kLeastLift, landmarks_with("lift_shallow", reach), kShallow,
                  landmarks_with("lift_deep", reach), kDeep),
      fmt::format("The deep network's lift is the higher one with every seed in {} landmarks and the lower one with "
                  "every seed in {}; in {} it depends on the first weights.",
                  signs.higher, signs.lower, signs.mixed),
      fmt::format("Its onset comes in training for {} landmarks in {} and {} in {}; for {} and {} it is there before "
                  "any training.",
                  landmarks_with("onset_shallow", trained), kShallow, landmarks_with("onset_deep", trained), kDeep,
                  landmarks_with("onset_shallow", before), landmarks_with("onset_deep", before)),
      fmt::format("What all landmarks matter beyond matched boxes, as a fall of the probability, mean over classes: "
                  "{} in {}, {} in {}.",
                  excess("shallow"), kShallow, excess("deep"), kDeep),
      fmt::format("The thesis's claim is borne out by the maps (more landmarks with a lift of {} in the deep "
                  "network) with {} of {} seeds, and by the ablation (the deep network's landmarks matter more) "
                  "with {}.",
                  kLeastLift, claims.maps, sides.size(), claims.ablation)};
}

/// "−0.88", and never "−0.00".
std::string signed_text(double value, int digits) {
  const std::string text = fmt::format("{:.{}f}", std::abs(value), digits);
  return value < 0 && text.find_first_not_of("0.") != std::string::npos ? "−" + text : text;
}

/// "2.4 ± 0.1"; of onsets "1.5 ± 0.7 (2)", how many seeds have one.
std::string shown_spread(const Table& table, const std::string& column, const Where& where, int digits) {
  const double mean = values_of(table, column, where).front(),
               deviation = values_of(table, column + "_sd", where).front();
  if (!column.starts_with("onset")) return fmt::format("{} ± {:.{}f}", signed_text(mean, digits), deviation, digits);
  const auto seeds = static_cast<int64_t>(values_of(table, column + "_seeds", where).front());
  if (seeds == 0) return "never";
  return seeds == 1 ? fmt::format("{:.3g} (1)", mean) : fmt::format("{:.3g} ± {:.2g} ({})", mean, deviation, seeds);
}

/// The rows of `table`, named by its first `keys` columns, with spreads as people read them.
Table shown(const Table& table, size_t keys, const std::vector<std::string>& columns, int digits) {
  Table result{{table.columns.begin(), table.columns.begin() + static_cast<std::ptrdiff_t>(keys)}, {}};
  for (const std::string& column : columns) result.columns.push_back(column);
  for (const auto& row : table.rows) {
    std::vector<Cell> cells(row.begin(), row.begin() + static_cast<std::ptrdiff_t>(keys));
    Where where;
    for (size_t k = 0; k < keys; ++k) where.emplace_back(table.columns[k], row[k]);
    for (const std::string& column : columns) cells.emplace_back(shown_spread(table, column, where, digits));
    result.add(cells);
  }
  return readable(result);
}

/// Landmarks as columns, networks and checkpoints as rows.
Table lift_matrix(const Table& lifts, const Results& results, const std::vector<Landmark>& landmarks) {
  Table matrix{{"network", "epoch"}, {}};
  for (const auto& [label, region] : landmarks) matrix.columns.push_back(region);
  for (const std::string network : {kShallow, kDeep})
    for (const double epoch : results.epochs) {
      std::vector<Cell> row = {network, epoch};
      for (const auto& [label, region] : landmarks)
        row.emplace_back(shown_spread(
            lifts, "lift", {{"network", network}, {"epoch", epoch}, {"class", label}, {"region", region}}, 2));
      matrix.add(row);
    }
  return readable(matrix);
}

template <class Of>
std::vector<Table> of_each(const std::vector<Seed>& seeds, const Of& of) {
  std::vector<Table> tables;
  for (const Seed& seed : seeds) tables.push_back(of(seed));
  return tables;
}

}  // namespace

Table over_seeds(const std::vector<Table>& tables, size_t keys, const std::vector<std::string>& columns) {
  const Table& first = tables.front();
  Table result{{first.columns.begin(), first.columns.begin() + static_cast<std::ptrdiff_t>(keys)}, {}};
  for (const std::string& column : columns) {
    result.columns.insert(result.columns.end(), {column, column + "_sd"});
    if (column.starts_with("onset")) result.columns.push_back(column + "_seeds");
  }
  for (const auto& row : first.rows) {
    std::vector<Cell> cells(row.begin(), row.begin() + static_cast<std::ptrdiff_t>(keys));
    Where where;
    for (size_t k = 0; k < keys; ++k) where.emplace_back(first.columns[k], row[k]);
    for (const std::string& column : columns) {
      const Spread spread = over(tables, [&](const Table& seed) { return values_of(seed, column, where).at(0); });
      cells.insert(cells.end(), {spread.mean, spread.deviation});
      if (column.starts_with("onset")) cells.emplace_back(spread.count);
    }
    result.add(cells);
  }
  return result;
}

SignsOverSeeds signs_over_seeds(const std::vector<Table>& sides, const std::vector<Landmark>& landmarks) {
  SignsOverSeeds signs;
  for (const Landmark& landmark : landmarks) {
    double higher = 0;
    for (const Table& side : sides)
      higher += count(of_landmarks(side, "difference", {landmark}), [](double gap) { return gap > 0; });
    ++(higher == static_cast<double>(sides.size()) ? signs.higher : higher == 0 ? signs.lower : signs.mixed);
  }
  return signs;
}

double landmark_excess(const Table& side, const std::string& network) {
  const Where where = {{"region", std::string(kAllLandmarks)}};
  std::vector<double> gaps = values_of(side, "drop_" + network, where);
  const std::vector<double> matches = values_of(side, "match_" + network, where);
  for (size_t i = 0; i < gaps.size(); ++i) gaps[i] -= matches[i];
  return spread_of(gaps).mean;
}

ClaimsOverSeeds claims_over_seeds(const std::vector<Table>& sides, const std::vector<Landmark>& landmarks) {
  ClaimsOverSeeds claims;
  const auto reach = [](double lift) { return lift >= kLeastLift; };
  for (const Table& side : sides) {
    claims.maps += count(of_landmarks(side, "lift_deep", landmarks), reach) >
                   count(of_landmarks(side, "lift_shallow", landmarks), reach);
    claims.ablation += landmark_excess(side, "deep") > landmark_excess(side, "shallow");
  }
  return claims;
}

void report_seeds(StudyRun& run, const Results& results, const std::vector<Landmark>& landmarks) {
  if (results.others.empty()) return;
  std::vector<Seed> seeds = {{run.request().seed, results.shallow, results.deep, results.accuracy}};
  seeds.insert(seeds.end(), results.others.begin(), results.others.end());
  const Table accuracy = run.table("seeds-accuracy", [&] {
    return over_seeds(of_each(seeds, [](const Seed& seed) { return seed.accuracy; }), 2,
                      {"accuracy", "balanced_accuracy", "without_corners", "only_corners"});
  });
  const std::vector<Table> sides = of_each(
      seeds, [&](const Seed& seed) { return side_by_side(seed.shallow, seed.deep, run.options().text("fill")); });
  const Table ends = run.table("seeds-shallow-deep", [&] {
    return over_seeds(sides, 2,
                      {"lift_shallow", "lift_deep", "difference", "onset_shallow", "onset_deep", "drop_shallow",
                       "drop_deep", "match_shallow", "match_deep"});
  });
  const Table lifts = run.table("seeds-lift-by-checkpoint", [&] {
    return over_seeds(of_each(seeds,
                              [](const Seed& seed) {
                                Table both = lift_table(seed.shallow, kClassLayer);
                                append_rows(both, lift_table(seed.deep, kClassLayer));
                                return both;
                              }),
                      5, {"lift", "reached"});
  });
  StudyReport& report = run.report();
  report.heading(fmt::format("What was found with {} seeds", seeds.size()));
  report.paragraph(fmt::format(
      "Each network was trained {} times, from other first weights and in another order of the pictures. Numbers are "
      "mean ± standard deviation over these seeds.",
      seeds.size()));
  report.list(sentences(sides, accuracy, landmarks, results.epochs.back()));
  report.table(shown(accuracy, 2, {"accuracy", "without_corners", "only_corners"}, 3), "Accuracy by checkpoint.");
  report.table(lift_matrix(lifts, results, landmarks), "Mean lift of the class response by checkpoint.");
  report.table(shown(ends, 2, {"lift_shallow", "lift_deep", "difference", "onset_shallow", "onset_deep"}, 2),
               "The class response at the end, shallow beside deep, and its onset in epochs: mean ± standard deviation "
               "over the seeds that have one (how many).");
  report.table(shown(ends, 2, {"drop_shallow", "match_shallow", "drop_deep", "match_deep"}, 3),
               "Fall of the class's probability without the region, and without matched boxes.");
}

}  // namespace limpid::study_of_anatomy
