// SPDX-License-Identifier: Apache-2.0
#include "pipeline/studies/anatomy_summary.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "limpid/core/error.h"
#include "pipeline/studies/anatomy_measures.h"
#include "pipeline/studies/anatomy_parts.h"
#include "pipeline/studies/spread.h"

namespace limpid::study_of_anatomy {
namespace {

size_t column_of(const Table& table, const std::string& name) {
  const auto found = std::find(table.columns.begin(), table.columns.end(), name);
  if (found == table.columns.end()) fail("a table has no column '", name, "'");
  return static_cast<size_t>(found - table.columns.begin());
}

double number(const Cell& cell) {
  if (const auto* whole = std::get_if<int64_t>(&cell)) return static_cast<double>(*whole);
  return std::get<double>(cell);
}

/// The names in a column in the order in which they come.
std::vector<std::string> names_in(const Table& table, const std::string& column) {
  const size_t place = column_of(table, column);
  std::vector<std::string> names;
  for (const auto& row : table.rows)
    if (const auto& name = std::get<std::string>(row[place]);
        std::find(names.begin(), names.end(), name) == names.end())
      names.push_back(name);
  return names;
}

double mean(const std::vector<double>& values) { return spread_of(values).mean; }

std::vector<double> differences(const std::vector<double>& a, const std::vector<double>& b) {
  std::vector<double> all;
  for (size_t i = 0; i < std::min(a.size(), b.size()); ++i) all.push_back(a[i] - b[i]);
  return all;
}

/// The lifts of a layer's maps in a landmark, a list for each checkpoint.
std::vector<std::vector<double>> lifts_of(const std::vector<const Checkpoint*>& run, const std::string& layer,
                                          const Landmark& landmark) {
  std::vector<std::vector<double>> lifts;
  for (const Checkpoint* checkpoint : run)
    lifts.push_back(values_of(checkpoint->maps, "lift",
                              {{"layer", layer}, {"class", landmark.first}, {"region", landmark.second}}));
  return lifts;
}

/// Checkpoints by network, in order.
std::vector<std::vector<const Checkpoint*>> runs_of(const std::vector<Checkpoint>& checkpoints) {
  std::vector<std::vector<const Checkpoint*>> runs;
  for (const Checkpoint& checkpoint : checkpoints) {
    if (runs.empty() || runs.back().front()->network != checkpoint.network) runs.emplace_back();
    runs.back().push_back(&checkpoint);
  }
  return runs;
}

std::vector<double> epochs_of(const std::vector<const Checkpoint*>& run) {
  std::vector<double> epochs;
  for (const Checkpoint* checkpoint : run) epochs.push_back(checkpoint->epoch);
  return epochs;
}

/// One unit: for each landmark its mean lift, the pictures to which it responds, and those that reach kLeastLift.
struct Unit {
  std::string layer;
  int64_t index = 0;
  std::vector<double> lifts, pictures, reached;
};

/// The rows of a table of units, those of one unit joined; NaN for landmarks that a unit has no row of.
std::vector<Unit> units_of(const Table& units, const std::vector<Landmark>& landmarks) {
  const size_t layer = column_of(units, "layer"), unit = column_of(units, "unit"), of = column_of(units, "class");
  const size_t region = column_of(units, "region"), pictures = column_of(units, "pictures");
  const size_t lift = column_of(units, "lift"), reached = column_of(units, "reached");
  std::vector<Unit> all;
  std::map<std::pair<std::string, int64_t>, size_t> place;
  for (const auto& row : units.rows) {
    const Landmark landmark{std::get<std::string>(row[of]), std::get<std::string>(row[region])};
    const auto found = std::find(landmarks.begin(), landmarks.end(), landmark);
    if (found == landmarks.end()) continue;
    const std::pair name{std::get<std::string>(row[layer]), std::get<int64_t>(row[unit])};
    const auto [at, added] = place.try_emplace(name, all.size());
    if (added) {
      const std::vector<double> none(landmarks.size(), std::nan(""));
      all.push_back({name.first, name.second, none, none, none});
    }
    const auto k = static_cast<size_t>(found - landmarks.begin());
    Unit& known = all[at->second];
    known.lifts[k] = number(row[lift]), known.pictures[k] = number(row[pictures]),
    known.reached[k] = number(row[reached]);
  }
  return all;
}

/// How many pictures show each landmark: those of its class on which it is drawn.
std::vector<double> pictures_of(const Table& maps, const std::vector<Landmark>& landmarks) {
  std::vector<double> counts;
  for (const auto& [label, region] : landmarks)
    counts.push_back(static_cast<double>(
        values_of(maps, "area", {{"layer", std::string(kClassLayer)}, {"class", label}, {"region", region}}).size()));
  return counts;
}

bool responds(const Unit& unit, size_t k, const std::vector<double>& pictures) {
  return unit.pictures[k] > 0 && unit.pictures[k] >= .5 * pictures[k];
}

}  // namespace

std::vector<Landmark> landmarks_in(const Table& maps) {
  const size_t label = column_of(maps, "class"), region = column_of(maps, "region");
  std::vector<Landmark> all;
  for (const auto& row : maps.rows) {
    const Landmark landmark{std::get<std::string>(row[label]), std::get<std::string>(row[region])};
    if (std::find(all.begin(), all.end(), landmark) == all.end()) all.push_back(landmark);
  }
  return all;
}

std::vector<double> values_of(const Table& table, const std::string& column,
                              const std::vector<std::pair<std::string, Cell>>& where) {
  std::vector<std::pair<size_t, const Cell*>> asked;
  for (const auto& [name, cell] : where) asked.emplace_back(column_of(table, name), &cell);
  const size_t value = column_of(table, column);
  std::vector<double> values;
  for (const auto& row : table.rows)
    if (std::all_of(asked.begin(), asked.end(), [&row](const auto& a) { return row[a.first] == *a.second; }))
      values.push_back(number(row[value]));
  return values;
}

Table lift_table(const std::vector<Checkpoint>& checkpoints, const std::string& layer) {
  Table table{{"network", "epoch", "layer", "class", "region", "pictures", "area", "energy", "lift", "lift_sd",
               "reached", "hits"},
              {}};
  for (const Checkpoint& checkpoint : checkpoints)
    for (const std::string& name : names_in(checkpoint.maps, "layer"))
      for (const auto& [label, region] : landmarks_in(checkpoint.maps)) {
        if (!layer.empty() && name != layer) continue;
        const auto values = [&, &label = label, &region = region](const char* column) {
          return values_of(checkpoint.maps, column, {{"layer", name}, {"class", label}, {"region", region}});
        };
        const Spread lift = spread_of(values("lift"));
        table.add({checkpoint.network, checkpoint.epoch, name, label, region,
                   static_cast<int64_t>(values("lift").size()), mean(values("area")), mean(values("energy")), lift.mean,
                   lift.deviation, share_reached(values("lift")), mean(values("hit"))});
      }
  return table;
}

Table onset_table(const std::vector<Checkpoint>& checkpoints) {
  Table table{{"network", "layer", "class", "region", "onset", "reached_at_the_end", "largest_possible"}, {}};
  for (const auto& run : runs_of(checkpoints))
    for (const std::string& layer : names_in(run.front()->maps, "layer"))
      for (const Landmark& landmark : landmarks_in(run.front()->maps)) {
        const auto lifts = lifts_of(run, layer, landmark);
        std::vector<double> possible = values_of(
            run.front()->maps, "area", {{"layer", layer}, {"class", landmark.first}, {"region", landmark.second}});
        for (double& area : possible) area = 1 / area;
        table.add({run.front()->network, layer, landmark.first, landmark.second, onset(epochs_of(run), lifts),
                   share_reached(lifts.back()), mean(possible)});
      }
  return table;
}

Table selective_table(const std::vector<Checkpoint>& checkpoints, const std::vector<Landmark>& landmarks) {
  std::vector<std::string> labels;
  for (const auto& [label, region] : landmarks)
    if (std::find(labels.begin(), labels.end(), label) == labels.end()) labels.push_back(label);
  Table table{{"network", "epoch", "layer", "units", "responding", "selective"}, {}};
  for (const std::string& label : labels) table.columns.push_back("selective_" + label);
  for (const Checkpoint& checkpoint : checkpoints) {
    const std::vector<double> pictures = pictures_of(checkpoint.maps, landmarks);
    std::map<std::string, std::vector<int64_t>> counts;  // of a layer: units, responding, selective, of each class
    const std::vector<Unit> units = units_of(checkpoint.units, landmarks);
    for (const Unit& unit : units) {
      std::vector<int64_t>& count = counts.try_emplace(unit.layer, 3 + labels.size(), 0).first->second;
      std::set<std::string> of;
      bool any = false;
      for (size_t k = 0; k < landmarks.size(); ++k) {
        if (!responds(unit, k, pictures)) continue;
        any = true;
        if (unit.reached[k] >= kLeastShare * unit.pictures[k]) of.insert(landmarks[k].first);
      }
      ++count[0], count[1] += any, count[2] += !of.empty();
      for (size_t k = 0; k < labels.size(); ++k) count[3 + k] += static_cast<int64_t>(of.count(labels[k]));
    }
    for (const std::string& layer : names_in(checkpoint.units, "layer")) {
      std::vector<Cell> row = {checkpoint.network, checkpoint.epoch, layer};
      for (const int64_t count : counts.at(layer)) row.emplace_back(count);
      table.add(row);
    }
  }
  return table;
}

Table strongest_units(const Checkpoint& last, const std::vector<Landmark>& landmarks, size_t most) {
  Table table{{"network", "class", "region", "layer", "unit", "pictures", "reached"}, {}};
  for (const auto& [label, region] : landmarks) table.columns.push_back(label + ": " + region);
  const std::vector<double> pictures = pictures_of(last.maps, landmarks);
  const std::vector<Unit> units = units_of(last.units, landmarks);
  for (size_t k = 0; k < landmarks.size(); ++k) {
    std::vector<const Unit*> ranked;
    for (const Unit& unit : units)
      if (responds(unit, k, pictures)) ranked.push_back(&unit);
    std::stable_sort(ranked.begin(), ranked.end(),
                     [k](const Unit* a, const Unit* b) { return a->lifts[k] > b->lifts[k]; });
    for (size_t i = 0; i < std::min(most, ranked.size()); ++i) {
      std::vector<Cell> row = {last.network,
                               landmarks[k].first,
                               landmarks[k].second,
                               ranked[i]->layer,
                               ranked[i]->index,
                               static_cast<int64_t>(ranked[i]->pictures[k]),
                               ranked[i]->reached[k] / ranked[i]->pictures[k]};
      row.insert(row.end(), ranked[i]->lifts.begin(), ranked[i]->lifts.end());
      table.add(row);
    }
  }
  return table;
}

Table ablation_summary(const std::vector<Checkpoint>& checkpoints, const std::string& only) {
  Table table{{"network", "epoch", "class", "region", "fill", "pictures", "p", "drop", "drop_sd", "flips",
               "drop_random", "flips_random", "drop_match", "flips_match", "change", "change_random", "change_match"},
              {}};
  for (const Checkpoint& checkpoint : checkpoints)
    for (const auto& [label, region] : landmarks_in(checkpoint.ablation))
      for (const std::string& fill : names_in(checkpoint.ablation, "fill")) {
        if (!only.empty() && fill != only) continue;
        const auto values = [&, &label = label, &region = region](const char* column) {
          return values_of(checkpoint.ablation, column, {{"class", label}, {"region", region}, {"fill", fill}});
        };
        const std::vector<double> p = values("p");
        const Spread drop = spread_of(differences(p, values("p_without")));
        table.add({checkpoint.network, checkpoint.epoch, label, region, fill, static_cast<int64_t>(p.size()), mean(p),
                   drop.mean, drop.deviation, mean(values("flipped")), mean(differences(p, values("p_random"))),
                   mean(values("flipped_random")), mean(differences(p, values("p_match"))),
                   mean(values("flipped_match")), mean(values("change")), mean(values("change_random")),
                   mean(values("change_match"))});
      }
  return table;
}

Table side_by_side(const std::vector<Checkpoint>& shallow, const std::vector<Checkpoint>& deep,
                   const std::string& fill) {
  Table table{{"class", "region", "lift_shallow", "lift_deep", "difference", "difference_sd", "deep_is_higher",
               "pictures", "hits_shallow", "hits_deep", "onset_shallow", "onset_deep", "drop_shallow", "drop_deep",
               "match_shallow", "match_deep"},
              {}};
  const std::string layer = kClassLayer;
  const auto runs = std::pair(runs_of(shallow).at(0), runs_of(deep).at(0));
  for (const Landmark& landmark : landmarks_in(deep.back().maps)) {
    const auto a = lifts_of(runs.first, layer, landmark), b = lifts_of(runs.second, layer, landmark);
    const std::vector<double> gaps = differences(b.back(), a.back());
    const Spread gap = spread_of(gaps);
    const auto hits = [&](const Checkpoint& at) {
      return mean(
          values_of(at.maps, "hit", {{"layer", layer}, {"class", landmark.first}, {"region", landmark.second}}));
    };
    const auto drop = [&](const Checkpoint& at, const char* after) {
      const auto values = [&](const char* column) {
        return values_of(at.ablation, column, {{"class", landmark.first}, {"region", landmark.second}, {"fill", fill}});
      };
      return mean(differences(values("p"), values(after)));
    };
    table.add({landmark.first, landmark.second, mean(a.back()), mean(b.back()), gap.mean, gap.deviation,
               static_cast<int64_t>(std::count_if(gaps.begin(), gaps.end(), [](double g) { return g > 0; })), gap.count,
               hits(shallow.back()), hits(deep.back()), onset(epochs_of(runs.first), a),
               onset(epochs_of(runs.second), b), drop(shallow.back(), "p_without"), drop(deep.back(), "p_without"),
               drop(shallow.back(), "p_match"), drop(deep.back(), "p_match")});
  }
  return table;
}

}  // namespace limpid::study_of_anatomy
