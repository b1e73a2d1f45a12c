// SPDX-License-Identifier: Apache-2.0
#pragma once
// Crystals and clusters of atoms as values, and what is made of them. Lengths are in ångström.

#include <Eigen/Core>
#include <array>
#include <optional>
#include <string>
#include <vector>

namespace limpid {

struct Structure {
  std::string name = {};                        // its file and frame, or what it was made as
  std::vector<int> species = {};                // atomic numbers, 1 … 118
  std::vector<Eigen::Vector3d> positions = {};  // Cartesian
  std::optional<Eigen::Matrix3d> cell = {};     // rows a, b, c; none: a cluster, which does not repeat
  std::vector<std::string> notes = {};          // what a reader had to decide, as about shared positions

  int64_t size() const { return static_cast<int64_t>(species.size()); }
};

/// Throws where there are no atoms, species outside 1 … 118, numbers that are not finite, a cell without volume, or two
/// atoms (periodic images included) closer than `closest`.
void check_structure(const Structure& structure, double closest = 0.1);

/// The cell repeated in each direction, atoms of one copy together. Throws without a cell.
Structure supercell(const Structure& structure, const std::array<int, 3>& copies);

/// The cell repeated along what is then its shortest vector (of equals the first) until there are so many atoms.
Structure supercell_of_at_least(const Structure& structure, int64_t atoms);

/// Atoms moved into the cell; without a cell the structure itself.
Structure wrapped(Structure structure);

/// Positions and cell vectors rotated: r → R r.
Structure rotated(Structure structure, const Eigen::Matrix3d& rotation);

/// "Fe" → 26; throws with the nearest symbol for what is none.
int atomic_number(const std::string& symbol);
const std::string& chemical_symbol(int atomic_number);

}  // namespace limpid
