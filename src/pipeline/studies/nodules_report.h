// SPDX-License-Identifier: Apache-2.0
#pragma once
// What the study of nodules reports of what it found.

#include "pipeline/studies/nodules_parts.h"

namespace limpid::study_of_nodules {

struct Findings {
  const Collection& all;
  std::vector<Reading> readings;      // of every slice held out
  std::vector<Contender> contenders;  // sisc first
  std::vector<std::string> columns;   // that the regression saw
};

void report_scores(StudyRun& run, const Findings& findings);
void report_evidence(StudyRun& run, const Findings& findings);
void report_galleries(StudyRun& run, const Findings& findings, const ReaderOf& reader);

}  // namespace limpid::study_of_nodules
