// SPDX-License-Identifier: Apache-2.0
#pragma once
// Distances between atoms, periodic images included, in time linear in their number.

#include <functional>
#include <memory>

#include "limpid/crystal/structure.h"

namespace limpid {

/// The atoms of a structure, and their images, by where they are. Its functions may be called from several threads.
class AtomTree {
 public:
  /// Throws for a cell without volume and for positions that are not finite.
  explicit AtomTree(const Structure& structure);

  /// Of an atom, to its nearest neighbour (which may be its own image); infinite for an atom that is alone.
  double nearest_distance(int64_t atom) const;

  /// Told of an atom, or an image of one, and the vector to it.
  using Take = std::function<void(int64_t atom, const Eigen::Vector3d& between)>;

  /// Calls `take` for all not further than `radius` from a point, which may lie anywhere.
  void for_each_within(const Eigen::Vector3d& point, double radius, const Take& take) const;

  /// The same around an atom, which itself is left out (images of it are not).
  void for_each_neighbour(int64_t atom, double radius, const Take& take) const;

  /// Atoms in an order in which neighbours follow each other: the fastest to go through.
  const std::vector<int64_t>& order() const;

 private:
  struct Parts;
  std::shared_ptr<const Parts> parts_;
};

/// Of each atom, to its nearest neighbour (which may be its own image); infinite for an atom that is alone.
std::vector<double> nearest_distances(const Structure& structure);

/// Calls `take` for each ordered pair of atoms (first, second) not further apart than `cutoff`, second an atom or an
/// image of one, with the vector from first to second. Both (i, j) and (j, i) come, in no particular order.
void for_each_pair(const Structure& structure, double cutoff,
                   const std::function<void(int64_t first, int64_t second, const Eigen::Vector3d& between)>& take);

}  // namespace limpid
