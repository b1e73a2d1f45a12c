// SPDX-License-Identifier: Apache-2.0
#pragma once
// What the study of anatomy tells: its tables, figures and sentences.

#include "pipeline/studies/anatomy_measures.h"
#include "pipeline/studies/anatomy_parts.h"
#include "pipeline/studies/anatomy_summary.h"

namespace limpid::study_of_anatomy {

inline constexpr const char *kShallow = "anatomy-shallow", *kDeep = "anatomy-deep";

struct Results {
  std::vector<double> epochs;
  std::vector<Checkpoint> shallow, deep;  // one each epoch
  Table accuracy, controls;
};

void report(StudyRun& run, const Subject& subject, const Results& results);

}  // namespace limpid::study_of_anatomy
