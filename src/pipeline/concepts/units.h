// SPDX-License-Identifier: Apache-2.0
#pragma once
// The parts of `limpid concepts units`: three streams, each of which goes on from where an earlier run stopped, and
// what is made of them.

#include <map>
#include <optional>

#include "limpid/concepts/invariance.h"
#include "limpid/concepts/unit_responses.h"
#include "limpid/concepts/unit_statistics.h"
#include "limpid/explain/receptive_field.h"
#include "limpid/render/table.h"
#include "pipeline/concepts/setting.h"
#include "pipeline/concepts/state.h"

namespace limpid {

struct UnitsRun {
  const UnitsRequest& request;
  const Setting& setting;
  const Dataset& data;
  std::vector<std::string> classes;  // of selectivity: the data's or, where they have none, the network's answers
  std::map<std::string, std::string> settings;  // what decides the result

  std::filesystem::path folder() const { return request.output; }
  /// What one of the streams has so far.
  RunState state(const std::string& stream) const { return {folder() / (stream + ".state"), settings}; }
};

/// Over all data.
UnitStatistics gathered(const UnitsRun& run, const Progress& progress);

/// What the page shows of the top inputs.
struct UnitPictures {
  std::vector<ReceptiveField> fields;  // a layer each
  std::vector<Tensor> heat;            // a layer each: uint8 [K, n, h, w], a response's positive part, 255 its most
  std::map<int64_t, std::string> pictures;  // JPEG files of top inputs, by number
};
/// Nothing for networks that do not take pictures. Over the top inputs; with `maps`, <layer>.responses.npy is written.
std::optional<UnitPictures> pictured(const UnitsRun& run, const UnitStatistics& statistics, const Progress& progress);

/// Over the inputs that are among the top of the most units. Nothing where it is not asked for, or where inputs have no
/// rows and columns.
std::optional<UnitInvariance> tried(const UnitsRun& run, const UnitStatistics& statistics, const Progress& progress);

/// All that was found.
struct UnitsFound {
  UnitStatistics statistics;
  std::optional<UnitPictures> pictures;
  std::optional<UnitInvariance> invariance;
};

/// A row for each unit, and one for each layer.
Table unit_table(const UnitsRun& run, const UnitsFound& found);
Table layer_table(const UnitsRun& run, const UnitsFound& found);

/// <layer>.top.npy, <layer>.activations.npy and, where there are classes, <layer>.classes.npy.
void write_arrays(const UnitsRun& run, const UnitStatistics& statistics);

/// report.html
void write_unit_page(const UnitsRun& run, const UnitsFound& found);

}  // namespace limpid
