// SPDX-License-Identifier: Apache-2.0
#pragma once
// What the study of anatomy tells: its tables, figures and sentences.

#include "pipeline/studies/anatomy_measures.h"
#include "pipeline/studies/anatomy_parts.h"
#include "pipeline/studies/anatomy_summary.h"

namespace limpid::study_of_anatomy {

inline constexpr const char *kShallow = "anatomy-shallow", *kDeep = "anatomy-deep";

/// Both networks trained from other first weights: of the maps, those of the class; ablation at the last checkpoint.
struct Seed {
  uint64_t number;
  std::vector<Checkpoint> shallow, deep;  // one each epoch
  Table accuracy;
};

struct Results {
  std::vector<double> epochs;
  std::vector<Checkpoint> shallow, deep;  // one each epoch
  std::vector<Checkpoint> modes;          // the last of each, of which maps are the class response by mode
  std::vector<Seed> others;               // beside the first seed, which all above is of
  Table accuracy, controls;
};

/// The tables that sentences are made of.
struct Summaries {
  std::vector<Landmark> landmarks;  // those drawn: neither their union nor markers and corners
  Table side;                       // side_by_side
  Table ablation;                   // of the last checkpoints, with one fill
  Table modes;                      // lift_table of Results::modes
  Table lifts;                      // lift_table of the class response at every checkpoint
  Table selective;                  // selective_table
};

std::vector<std::string> findings(const Results& results, const Summaries& summaries);

// The parts of the report about pictures of which something is gone, and about what may be said. `shown`: the ablation
// of the last checkpoints.
void report_ablation(StudyRun& run, const Subject& subject, const Table& shown);
void report_bias(StudyRun& run, const Subject& subject, const Results& results, const Table& lifts);
void report_limits(StudyRun& run, const Subject& subject);
/// Nothing where there was one seed.
void report_seeds(StudyRun& run, const Results& results, const std::vector<Landmark>& landmarks);

void report(StudyRun& run, const Subject& subject, const Results& results);

}  // namespace limpid::study_of_anatomy
