// SPDX-License-Identifier: Apache-2.0
#include <ATen/ATen.h>
#include <fmt/format.h>

#include <cmath>
#include <limits>

#include "limpid/data/npy.h"
#include "pipeline/concepts/units.h"
#include "pipeline/words.h"

namespace limpid {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

/// The middle one of those that are numbers.
double median(std::vector<double> values) {
  std::erase_if(values, [](double value) { return std::isnan(value); });
  if (values.empty()) return kNone;
  const auto middle = values.begin() + static_cast<int64_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

std::vector<Cell> unit_row(const UnitsRun& run, const UnitsFound& found, size_t layer, int64_t k) {
  const Probe& probe = run.setting.probes[layer];
  const LayerStatistics& all = found.statistics.layers[layer];
  const UnitSummary unit = summary_of(found.statistics, layer, k, run.request.class_examples);
  std::vector<Cell> row = {probe.layer, k, unit.mean, unit.deviation, unit.sparsity, unit.largest};
  row.insert(row.end(), unit.quantiles.begin(), unit.quantiles.end());
  row.push_back(unit.selectivity);
  row.push_back(unit.favourite < 0 ? "" : run.classes[static_cast<size_t>(unit.favourite)]);
  for (size_t kind = 0; found.invariance && kind < transformation_kinds.size(); ++kind)
    row.push_back(found.invariance->score(layer, k, kind));
  const int64_t place = all.top_places[k][0].item<int64_t>();
  row.push_back(place / probe.columns);
  row.push_back(place % probe.columns);
  row.push_back(run.data[all.top_images[k][0].item<int64_t>()].name);
  return row;
}

}  // namespace

Table unit_table(const UnitsRun& run, const UnitsFound& found) {
  Table table{{"layer", "unit", "mean", "sd", "sparsity", "max"}, {}};
  for (const double share : unit_quantiles) table.columns.push_back(fmt::format("q{}", share));
  table.columns.insert(table.columns.end(), {"selectivity", "class"});
  if (found.invariance)
    table.columns.insert(table.columns.end(), transformation_kinds.begin(), transformation_kinds.end());
  table.columns.insert(table.columns.end(), {"top_row", "top_column", "top_input"});
  for (size_t i = 0; i < run.setting.probes.size(); ++i)
    for (int64_t k = 0; k < run.setting.probes[i].units; ++k) table.add(unit_row(run, found, i, k));
  return table;
}

Table layer_table(const UnitsRun& run, const UnitsFound& found) {
  Table table{{"layer", "units", "silent", "sparsity", "selectivity"}, {}};
  if (found.invariance)
    table.columns.insert(table.columns.end(), transformation_kinds.begin(), transformation_kinds.end());
  for (size_t i = 0; i < run.setting.probes.size(); ++i) {
    const Probe& probe = run.setting.probes[i];
    std::vector<double> sparsity, selectivity;
    int64_t silent = 0;
    for (int64_t k = 0; k < probe.units; ++k) {
      const UnitSummary unit = summary_of(found.statistics, i, k, run.request.class_examples);
      sparsity.push_back(unit.sparsity);
      selectivity.push_back(unit.selectivity);
      silent += unit.largest <= 0;
    }
    std::vector<Cell> row = {probe.layer, probe.units, silent, median(sparsity), median(selectivity)};
    for (size_t kind = 0; found.invariance && kind < transformation_kinds.size(); ++kind)
      row.push_back(found.invariance->layer_score(i, kind));
    table.add(std::move(row));
  }
  return table;
}

void write_arrays(const UnitsRun& run, const UnitStatistics& statistics) {
  for (size_t i = 0; i < statistics.layers.size(); ++i) {
    const Probe& probe = run.setting.probes[i];
    const LayerStatistics& layer = statistics.layers[i];
    const auto write = [&](const char* what, const Tensor& values) {
      write_npy(run.folder() / (file_word(probe.layer) + "." + what + ".npy"), values);
    };
    write("top", at::stack({layer.top_images, layer.top_places.div(probe.columns, "floor"),
                            layer.top_places.remainder(probe.columns)},
                           2));
    write("activations", layer.top_values);
    if (statistics.class_counts.size(0) > 0)
      write("classes", layer.class_sums / statistics.class_counts.to(at::kDouble));
  }
}

}  // namespace limpid
