// SPDX-License-Identifier: Apache-2.0
#pragma once
// Where the standard cell begins: the same place of the crystal however it was described.

#include <vector>

#include "limpid/crystal/structure.h"

namespace limpid {

/// Symmetry in fractions of the standard cell.
struct StandardSetting {
  std::vector<Eigen::Matrix3d> rotations;  // of all operations
  std::vector<Eigen::Vector3d> centrings;  // lattice vectors within the cell, 0 among them
};

/// Moves the atoms of a cell that begins at the space group's origin: of the places that may be that (the group's
/// normaliser) to the one for which sorted coordinates are the least; where the group leaves a direction free, to an
/// atom.
Structure with_standard_origin(Structure cell, const StandardSetting& setting);

}  // namespace limpid
