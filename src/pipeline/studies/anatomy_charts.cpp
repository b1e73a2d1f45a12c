// SPDX-License-Identifier: Apache-2.0
#include "pipeline/studies/anatomy_charts.h"

#include <fmt/format.h>

#include <algorithm>

#include "limpid/render/chart.h"

namespace limpid::study_of_anatomy {
namespace {

constexpr int64_t kWide = 640, kPaired = 530, kLow = 290;  // pixels; paired charts stand side by side

std::vector<std::string> labels_of(const std::vector<double>& epochs) {
  std::vector<std::string> labels;
  for (const double epoch : epochs) labels.push_back(epoch_text(epoch));
  return labels;
}

/// Different names in a column, in order.
std::vector<std::string> names_of(const Table& table, const std::string& column) {
  const auto place =
      static_cast<size_t>(std::find(table.columns.begin(), table.columns.end(), column) - table.columns.begin());
  std::vector<std::string> names;
  for (const auto& row : table.rows)
    if (const auto& name = std::get<std::string>(row[place]);
        std::find(names.begin(), names.end(), name) == names.end())
      names.push_back(name);
  return names;
}

std::vector<std::string> classes_of(const std::vector<Landmark>& landmarks) {
  std::vector<std::string> classes;
  for (const auto& [label, region] : landmarks)
    if (std::find(classes.begin(), classes.end(), label) == classes.end()) classes.push_back(label);
  return classes;
}

/// The one value, or none.
double value_of(const Table& table, const std::string& column, const std::vector<std::pair<std::string, Cell>>& where) {
  const std::vector<double> values = values_of(table, column, where);
  return values.empty() ? std::nan("") : values.front();
}

}  // namespace

std::string epoch_text(double epoch) {
  if (epoch == .25) return "¼";
  if (epoch == .5) return "½";
  return fmt::format("{:.6g}", epoch);
}

Table rows_where(const Table& table, const std::vector<std::pair<std::string, Cell>>& where) {
  Table kept{table.columns, {}};
  for (const auto& row : table.rows)
    if (std::all_of(where.begin(), where.end(), [&](const auto& asked) {
          const auto place = std::find(table.columns.begin(), table.columns.end(), asked.first) - table.columns.begin();
          return row[static_cast<size_t>(place)] == asked.second;
        }))
      kept.rows.push_back(row);
  return kept;
}

void append_rows(Table& table, const Table& more) {
  table.columns = more.columns;
  table.rows.insert(table.rows.end(), more.rows.begin(), more.rows.end());
}

Table readable(Table table) {
  for (size_t i = 0; i < table.columns.size(); ++i) {
    if (table.columns[i] == "epoch" || table.columns[i].starts_with("onset"))
      for (auto& row : table.rows)
        if (const auto* number = std::get_if<double>(&row[i]); number)
          row[i] = std::isnan(*number) ? "never" : epoch_text(*number);
    for (auto& row : table.rows)
      if (auto* number = std::get_if<double>(&row[i])) *number = std::round(1000 * *number) / 1000 + 0.;
    std::replace(table.columns[i].begin(), table.columns[i].end(), '_', ' ');
  }
  return table;
}

Table matrix_of(const Table& table, const std::string& column, const std::string& network,
                const std::vector<Landmark>& landmarks) {
  const Table own = rows_where(table, {{"network", network}});
  Table matrix{{"layer"}, {}};
  for (const auto& [label, region] : landmarks) matrix.columns.push_back(region);
  for (const std::string& layer : names_of(own, "layer")) {
    std::vector<Cell> row = {layer};
    for (const auto& [label, region] : landmarks) {
      const double value = value_of(own, column, {{"layer", layer}, {"class", label}, {"region", region}});
      if (column == "onset")
        row.emplace_back(std::isnan(value) ? "never" : epoch_text(value));
      else
        row.emplace_back(value);
    }
    matrix.add(row);
  }
  return matrix;
}

NamedChart accuracy_chart(const Table& accuracy, const std::vector<double>& epochs) {
  Chart chart{"Accuracy by checkpoint", "epochs", "accuracy", {}};
  for (const std::string& network : names_of(accuracy, "network"))
    for (const auto& [column, name] : {std::pair("accuracy", ""), std::pair("only_corners", ", corners only")}) {
      chart.series.push_back({network + name, values_of(accuracy, column, {{"network", network}})});
    }
  chart.y_range = {0, 1};
  chart.width = kWide;
  return {"accuracy", bar_chart(chart, labels_of(epochs))};
}

std::vector<NamedChart> lift_charts(const Table& lifts, const std::string& by, const Results& results,
                                    const std::vector<Landmark>& landmarks) {
  std::vector<NamedChart> charts;
  for (const std::string& label : classes_of(landmarks)) {
    double most = kLeastLift;
    for (const auto& [of, region] : landmarks)
      for (const double lift : values_of(lifts, "lift", {{"class", label}, {"region", region}}))
        if (of == label && std::isfinite(lift)) most = std::max(most, lift);
    for (const std::string& network : names_of(lifts, "network")) {
      const Table own = rows_where(lifts, {{"network", network}, {"class", label}});
      Chart chart{label + ", " + network, by == "layer" ? "layer" : "epochs", "lift", {}};
      for (const auto& [of, region] : landmarks)
        if (of == label) chart.series.push_back({region, values_of(own, "lift", {{"region", region}})});
      chart.y_range = {0, 1.04 * most};
      chart.width = kPaired, chart.height = kLow;
      charts.push_back({"lift-by-" + std::string(by == "layer" ? "layer-" : "checkpoint-") + label + "-" + network,
                        bar_chart(chart, by == "layer" ? names_of(own, "layer") : labels_of(results.epochs))});
    }
  }
  return charts;
}

std::vector<NamedChart> selective_charts(const Table& selective, const Results& results) {
  std::vector<NamedChart> charts;
  for (const std::string& network : names_of(selective, "network")) {
    Chart chart{"Selective units, " + network, "epochs", "share of the layer's units", {}};
    const Table own = rows_where(selective, {{"network", network}});
    for (const std::string& layer : names_of(own, "layer")) {
      chart.series.push_back({layer, values_of(own, "selective", {{"layer", layer}})});
      const std::vector<double> all = values_of(own, "units", {{"layer", layer}});
      for (size_t i = 0; i < all.size(); ++i) chart.series.back().y[i] /= all[i];
    }
    chart.y_range = {0, 1};
    chart.width = kPaired, chart.height = kLow;
    charts.push_back({"selective-" + network, bar_chart(chart, labels_of(results.epochs))});
  }
  return charts;
}

NamedChart unit_chart(const Table& units, const std::string& network, const std::vector<Landmark>& landmarks) {
  MatrixChart chart{"Lift of units in landmarks, " + network, "unit", "landmark", {}, {}, {}};
  for (const auto& [label, region] : landmarks) chart.columns.push_back(region);
  for (const auto& row : units.rows) {
    chart.rows.push_back(fmt::format("{} unit {}, for {}", std::get<std::string>(row[3]), std::get<int64_t>(row[4]),
                                     std::get<std::string>(row[2])));
    chart.values.emplace_back();
    for (size_t k = 0; k < landmarks.size(); ++k) {
      const double lift = std::get<double>(row[7 + k]);
      chart.values.back().push_back(std::isfinite(lift) ? std::round(100 * lift) / 100 : 0);
    }
  }
  return {"units-" + network, matrix_chart(chart)};
}

std::vector<NamedChart> ablation_charts(const Table& ablation, const Subject& subject) {
  std::vector<NamedChart> charts;
  for (const auto& [index, names] : subject.landmarks.classes) {
    const std::string& label = subject.pictures.classes[static_cast<size_t>(index)];
    std::vector<std::string> regions = names;
    regions.insert(regions.end(), {kAllLandmarks, kMarkers, kCorners});
    Chart chart{label, "", "fall of p", {}};
    for (const std::string network : {kShallow, kDeep})
      for (const auto& [column, what] : {std::pair("drop", ""), std::pair("drop_match", ", matched boxes")}) {
        chart.series.push_back({network + what, {}});
        for (const std::string& region : regions)
          chart.series.back().y.push_back(
              value_of(ablation, column, {{"network", network}, {"class", label}, {"region", region}}));
      }
    chart.width = 760;
    charts.push_back({"ablation-" + label, bar_chart(chart, regions)});
  }
  return charts;
}

}  // namespace limpid::study_of_anatomy
