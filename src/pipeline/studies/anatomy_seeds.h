// SPDX-License-Identifier: Apache-2.0
#pragma once
// The study of anatomy over several trainings, as spreads of the tables that each of them gives.

#include <string>
#include <vector>

#include "pipeline/studies/anatomy_report.h"
#include "pipeline/studies/spread.h"

namespace limpid::study_of_anatomy {

/// A table of each seed, as one: rows are named by the first `keys` columns; each of `columns` becomes its mean and
/// `…_sd`, onsets also `…_seeds`, how many have one.
Table over_seeds(const std::vector<Table>& tables, size_t keys, const std::vector<std::string>& columns);

// Of the tables side_by_side() of the seeds.

/// In how many landmarks the deep network's lift is the higher one with all seeds, with none, and with some.
struct SignsOverSeeds {
  int64_t higher = 0, lower = 0, mixed = 0;
};
SignsOverSeeds signs_over_seeds(const std::vector<Table>& sides, const std::vector<Landmark>& landmarks);

/// What all landmarks matter to a network, "shallow" or "deep", beyond matched boxes: falls of the probability, mean
/// over classes.
double landmark_excess(const Table& side, const std::string& network);

/// With how many seeds the thesis's claim is borne out.
struct ClaimsOverSeeds {
  int64_t maps = 0, ablation = 0;
};
ClaimsOverSeeds claims_over_seeds(const std::vector<Table>& sides, const std::vector<Landmark>& landmarks);

}  // namespace limpid::study_of_anatomy
