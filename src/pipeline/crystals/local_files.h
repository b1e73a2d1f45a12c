// SPDX-License-Identifier: Apache-2.0
#pragma once
// What was said of the positions in a large structure, as files.

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "pipeline/crystals/local_grid.h"

namespace limpid {

/// What was said of the sphere around a position.
struct LocalAnswer {
  int64_t atoms = 0;
  int64_t label = -1;                      // −1: none
  double confidence = 0;                   // the probability of the label
  std::vector<double> probabilities = {};  // empty: too few atoms
  std::string why_none = {};
};

struct LocalAnswers {
  const Structure& structure;
  const AtomTree& tree;
  double radius, stride;
  LocalGrid grid;
  std::vector<LocalAnswer> answers;  // of each position of the grid
};

/// atoms.xyz: class, confidence and the probability of each class, means over the positions within the stride. How many
/// atoms each class got.
std::map<std::string, int64_t> write_local_atoms(const LocalAnswers& all, const std::filesystem::path& path);

/// positions.csv.
void write_positions(const LocalAnswers& all, const std::filesystem::path& path);

/// Three planes through the middle; the first axis of each goes down, the second to the right.
void write_slices(const LocalAnswers& all, const std::filesystem::path& path);

}  // namespace limpid
