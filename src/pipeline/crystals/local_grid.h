// SPDX-License-Identifier: Apache-2.0
#pragma once
// Positions in a large structure, and the spheres around them.

#include <Eigen/Core>
#include <array>

#include "limpid/crystal/neighbours.h"
#include "limpid/crystal/structure.h"

namespace limpid {

/// Positions in rows along three directions.
struct LocalGrid {
  Eigen::Vector3d begin;
  Eigen::Matrix3d steps;  // rows
  std::array<int64_t, 3> counts;

  int64_t size() const { return counts[0] * counts[1] * counts[2]; }
  Eigen::Vector3d at(int64_t index) const;
};

/// Through the cell, or through the box around atoms without one; refuses too many positions.
LocalGrid grid_of(const Structure& structure, double stride);

/// What lies in a sphere, without a cell.
Structure sphere(const Structure& structure, const AtomTree& tree, const Eigen::Vector3d& center, double radius);

/// The radius at which a sphere around an atom, of the median one, holds so many.
double radius_for(const Structure& structure, const AtomTree& tree, double atoms);

}  // namespace limpid
