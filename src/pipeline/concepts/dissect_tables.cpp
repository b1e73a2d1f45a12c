// SPDX-License-Identifier: Apache-2.0
#include <ATen/ATen.h>

#include <limits>
#include <set>

#include "pipeline/concepts/dissect.h"

namespace limpid {

Table dissection_table(const DissectRun& run, const DissectFound& found) {
  Table table{{"layer", "unit", "threshold", "concept", "iou"}, {}};
  for (const std::string& name : run.concepts.concepts) table.columns.push_back("iou " + name);
  for (size_t i = 0; i < found.best.size(); ++i) {
    const Tensor iou = found.dissection.iou(i);
    for (const Detector& unit : found.best[i]) {
      const std::string name =
          unit.concept_index < 0 ? "" : run.concepts.concepts[static_cast<size_t>(unit.concept_index)];
      std::vector<Cell> row = {run.setting.probes[i].layer, unit.unit,
                               found.dissection.thresholds()[i][unit.unit].item<double>(), name, unit.iou};
      for (int64_t c = 0; c < iou.size(1); ++c) row.push_back(iou[unit.unit][c].item<double>());
      table.add(std::move(row));
    }
  }
  return table;
}

Table detector_table(const DissectRun& run, const DissectFound& found) {
  Table table{{"layer", "units", "detectors", "unique"}, {}};
  table.columns.insert(table.columns.end(), run.concepts.concepts.begin(), run.concepts.concepts.end());
  for (size_t i = 0; i < found.best.size(); ++i) {
    std::vector<int64_t> counts(run.concepts.concepts.size(), 0);
    int64_t detectors = 0, unique = 0;
    for (const Detector& unit : found.best[i])
      if (unit.iou > run.request.iou) {
        ++detectors;
        unique += ++counts[static_cast<size_t>(unit.concept_index)] == 1;
      }
    std::vector<Cell> row = {run.setting.probes[i].layer, run.setting.probes[i].units, detectors, unique};
    row.insert(row.end(), counts.begin(), counts.end());
    table.add(std::move(row));
  }
  return table;
}

Table concept_table(const DissectRun& run, const DissectFound& found) {
  Table table{{"concept", "pictures", "pixels", "detectors", "best_layer", "best_unit", "best_iou"}, {}};
  for (size_t c = 0; c < run.concepts.concepts.size(); ++c) {
    const auto column = static_cast<int64_t>(c);
    int64_t detectors = 0;
    double best = 0;
    Cell best_unit = std::numeric_limits<double>::quiet_NaN();  // none overlaps it
    std::string layer;
    for (size_t i = 0; i < found.best.size(); ++i) {
      for (const Detector& unit : found.best[i])
        detectors += unit.concept_index == column && unit.iou > run.request.iou;
      const auto [value, unit] = found.dissection.iou(i).select(1, column).nan_to_num(-1).max(0);
      if (value.item<double>() <= best) continue;
      best = value.item<double>();
      best_unit = unit.item<int64_t>();
      layer = run.setting.probes[i].layer;
    }
    table.add({run.concepts.concepts[c], found.dissection.examples[column].item<int64_t>(),
               found.dissection.marked[column].item<int64_t>(), detectors, layer, best_unit, best});
  }
  return table;
}

}  // namespace limpid
