// SPDX-License-Identifier: Apache-2.0
#pragma once
// Cells as matrices with the vectors a, b, c as rows.

#include <Eigen/Core>

namespace limpid {

/// The same lattice with vectors as short as they can be, the shortest first (Minkowski reduced); keeps the handedness.
Eigen::Matrix3d shortest_cell(const Eigen::Matrix3d& cell);

/// Distances between opposite faces.
Eigen::Vector3d heights_of(const Eigen::Matrix3d& cell);

/// The rotated cell with a ∥ x and b in the xy plane, y of b and z of c positive; of a right-handed cell.
Eigen::Matrix3d oriented_cell(const Eigen::Matrix3d& cell);

/// The cell itself, or −a, −b, −c: the same lattice, right-handed.
Eigen::Matrix3d right_handed(const Eigen::Matrix3d& cell);

/// Of any point, the fraction of each cell vector is moved into [0, 1).
Eigen::Vector3d wrapped_fraction(Eigen::Vector3d fraction);

/// Of fractions that may be wrong by .01.
bool is_lattice_vector(const Eigen::Vector3d& fraction);

}  // namespace limpid
