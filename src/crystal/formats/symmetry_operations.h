// SPDX-License-Identifier: Apache-2.0
#pragma once
// From the atoms that a file lists to all that its symmetry makes of them.

#include <Eigen/Core>
#include <optional>
#include <string_view>
#include <vector>

namespace limpid {

/// x → rotation · x + translation, of fractional coordinates.
struct SymmetryOperation {
  Eigen::Matrix3d rotation = Eigen::Matrix3d::Identity();
  Eigen::Vector3d translation = Eigen::Vector3d::Zero();
};

/// "x,y,z", "-y, x-y, z+1/3", "X,Y,.5+Z"; none for what is no operation of a crystal.
std::optional<SymmetryOperation> parse_operation(std::string_view text);

/// All different images of a fractional position, within the cell. Images closer than 0.1 Å are one atom, put in their
/// middle: on the symmetry element, where .3333 stands for 1/3.
std::vector<Eigen::Vector3d> orbit(const Eigen::Vector3d& position, const std::vector<SymmetryOperation>& operations,
                                   const Eigen::Matrix3d& cell);

}  // namespace limpid
