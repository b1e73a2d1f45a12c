// SPDX-License-Identifier: Apache-2.0
#pragma once
// Distances between atoms, periodic images included, in time linear in their number.

#include <functional>

#include "limpid/crystal/structure.h"

namespace limpid {

/// Of each atom, to its nearest neighbour (which may be its own image); infinite for an atom that is alone.
std::vector<double> nearest_distances(const Structure& structure);

/// Calls `take` for each ordered pair of atoms (first, second) not further apart than `cutoff`, second an atom or an
/// image of one, with the vector from first to second. Both (i, j) and (j, i) come.
void for_each_pair(const Structure& structure, double cutoff,
                   const std::function<void(int64_t first, int64_t second, const Eigen::Vector3d& between)>& take);

}  // namespace limpid
