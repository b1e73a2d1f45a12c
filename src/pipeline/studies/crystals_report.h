// SPDX-License-Identifier: Apache-2.0
#pragma once
// Chapters of the report on crystals.

#include "pipeline/studies/crystals_parts.h"

namespace limpid::study_of_crystals {

void report_vacancy_path(StudyReport& report, const Table& path);
void report_rhombohedral_path(StudyReport& report, const Table& path);

/// Why the network robust answers as it does: maps, and what they come to on Bragg spots and along both paths.
void report_maps(const StudyRun& run, StudyReport& report, const Findings& findings);

/// Whether the network robust would answer, about what it should and should not.
void report_abstention(StudyReport& report, const Findings& findings);

}  // namespace limpid::study_of_crystals
