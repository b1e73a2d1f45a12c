// SPDX-License-Identifier: Apache-2.0
#pragma once
// Space groups and standard cells, by spglib.

#include <optional>
#include <string>

#include "limpid/crystal/structure.h"

namespace limpid {

struct SymmetryTolerance {
  double distance = 0.01;  // ångström
  double angle = 5;        // degrees
};

struct SpaceGroup {
  int number = 0;           // 1 … 230
  std::string symbol = {};  // international short: "Im-3m"
};

/// None where spglib finds none, for clusters and for lattices with a vector shorter than .3 Å.
std::optional<SpaceGroup> find_space_group(const Structure& structure, const SymmetryTolerance& tolerance = {});

/// The standard conventional cell, not idealised, with a ∥ x and b in the xy plane.
struct StandardCell {
  Structure cell;
  SpaceGroup group;
  Eigen::Matrix3d rotation;  // r → R r from the structure as it lies to this cell
};

/// None where there is no space group. spglib is asked once about crystals of one shape.
std::optional<StandardCell> find_standard_cell(const Structure& structure, const SymmetryTolerance& tolerance = {});
std::optional<Structure> standard_cell(const Structure& structure, const SymmetryTolerance& tolerance = {});

/// The Niggli-reduced cell of the same lattice, with a ∥ x and b in the xy plane; throws without a cell.
Structure niggli_cell(const Structure& structure);

}  // namespace limpid
