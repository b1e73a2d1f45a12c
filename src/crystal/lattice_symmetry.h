// SPDX-License-Identifier: Apache-2.0
#pragma once
// Rotations that bring a lattice nearly onto itself.

#include <Eigen/Core>
#include <vector>

#include "limpid/crystal/symmetry.h"

namespace limpid {

/// The proper ones, each as the integer matrix W of W · cell: lengths change by less than the tolerance's distance and
/// angles by less than its angle. The cell is as shortest_cell makes it. They form a group: where those of the
/// tolerance do not, those of the largest smaller one that do (it is taken down in steps of a tenth).
std::vector<Eigen::Matrix3d> lattice_rotations(const Eigen::Matrix3d& cell, const SymmetryTolerance& tolerance);

/// The cell, as oriented_cell lays it, with the symmetries that it has within the tolerance exactly: the mean of all
/// that they make of it.
Eigen::Matrix3d most_symmetric_cell(const Eigen::Matrix3d& cell, const SymmetryTolerance& tolerance);

}  // namespace limpid
