// SPDX-License-Identifier: Apache-2.0
#pragma once
// Vectors as whole vectors of a lattice and what is left of them.

#include <Eigen/Core>
#include <Eigen/LU>
#include <cmath>
#include <vector>

namespace limpid {

inline Eigen::Vector3d rounded(const Eigen::Vector3d& x) { return {std::rint(x[0]), std::rint(x[1]), std::rint(x[2])}; }

/// Divides vectors by a lattice: its nearest vector, roughly, in coordinates; and the rest.
class Remainder {
 public:
  explicit Remainder(const Eigen::Matrix3d& cell) : to_space_(cell.transpose()), to_fraction_(to_space_.inverse()) {}
  Eigen::Vector3d whole(const Eigen::Vector3d& vector) const { return rounded(to_fraction_ * vector); }
  Eigen::Vector3d operator()(const Eigen::Vector3d& vector) const { return vector - to_space_ * whole(vector); }

 private:
  Eigen::Matrix3d to_space_, to_fraction_;
};

/// Those not longer than `reach`, zero among them.
std::vector<Eigen::Vector3d> lattice_vectors(const Eigen::Matrix3d& cell, double reach);

/// Rotations of a lattice onto itself, inversion and mirrors among them, roughly: products of the cell's vectors may
/// change by a share of their lengths. Each brings the lattice exactly onto itself.
std::vector<Eigen::Matrix3d> lattice_symmetries(const Eigen::Matrix3d& cell, double alike_within);

/// Of all bases with the shortest vectors one that depends on the lattice alone, as it lies; right-handed.
Eigen::Matrix3d settled_cell(const Eigen::Matrix3d& cell);

}  // namespace limpid
