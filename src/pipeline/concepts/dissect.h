// SPDX-License-Identifier: Apache-2.0
#pragma once
// The parts of `limpid concepts dissect`.

#include "limpid/concepts/dissection.h"
#include "limpid/render/table.h"
#include "pipeline/concepts/setting.h"

namespace limpid {

struct DissectRun {
  const DissectRequest& request;
  const Setting& setting;
  const ConceptSet& concepts;
  Dataset data;  // the concepts' pictures as inputs

  std::filesystem::path folder() const { return request.output; }
  /// A picture's masks as the network sees them.
  std::vector<ConceptMask> masks_of(int64_t index) const;
};

struct DissectFound {
  UnitStatistics statistics;
  Dissection dissection;
  std::vector<std::vector<Detector>> best;  // a layer each
};

/// A row for each unit: its threshold, best concept and IoU with every concept.
Table dissection_table(const DissectRun& run, const DissectFound& found);
/// A row for each layer: detectors, unique ones, and how many of each concept.
Table detector_table(const DissectRun& run, const DissectFound& found);
/// A row for each concept: its pictures, detectors, and its best unit.
Table concept_table(const DissectRun& run, const DissectFound& found);

/// report.html, with the best units of each concept over its pictures.
void write_dissection_page(const DissectRun& run, const DissectFound& found, const Progress& progress);

}  // namespace limpid
