// SPDX-License-Identifier: Apache-2.0
#pragma once
// Lattices that the vectors between a structure's atoms may be made of.

#include <optional>

#include "crystal/pair_map.h"

namespace limpid {

/// A vector, and how far the map of all pairs is like itself moved by it.
struct Likeness {
  Eigen::Vector3d vector;
  double value;
};

/// Guesses, the best first. A lattice's vectors are more alike than others, but how much is not known beforehand: each
/// guess takes those before one of the gaps in the sorted values.
class PairLattices {
 public:
  explicit PairLattices(const Structure& structure);

  size_t size() const { return counts_.size(); }

  /// Rows as short as can be; none where the vectors span no space.
  std::optional<Eigen::Matrix3d> guess(size_t index) const;

  /// The shortest vector between atoms that many pairs have; 0 where there is none.
  double shortest() const { return shortest_; }

 private:
  std::vector<Likeness> likely_;  // from the largest value to the least
  std::vector<size_t> counts_;    // before each gap, from the widest to the narrowest
  double shortest_ = 0;
};

}  // namespace limpid
