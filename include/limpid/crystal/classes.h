// SPDX-License-Identifier: Apache-2.0
#pragma once
// The seven classes of the crystal-structure study (Ziletti 2018), and crystals drawn from them.

#include "limpid/core/random.h"
#include "limpid/crystal/structure.h"
#include "limpid/crystal/symmetry.h"

namespace limpid {

/// bcc, bct_139, bct_141, diam, fcc, hex/rh, sc: the order of a network's answers.
const std::vector<std::string>& crystal_classes();

/// Structures of each class in the published data set, 10,517 in all.
const std::vector<int64_t>& published_class_counts();

/// None for groups outside the eight.
std::optional<int64_t> class_of_group(int space_group);

struct Cluster;

/// Whether no crystal was found behind the atoms, or one whose space group is none of the eight. Of atoms without a
/// cell the latter is not asked for: the lattice of a piece is known too roughly.
bool is_of_no_class(const Cluster& cluster);

/// The class of a crystal of one element, or in `why_none` why it has none: no cell, several elements, a space group
/// outside the eight, or one that changes with spglib's tolerance (1e-2, 1e-3, 1e-4 Å).
std::optional<int64_t> class_of(const Structure& structure, std::string& why_none);

/// A crystal and what was drawn for it.
struct DrawnCrystal {
  Structure structure;
  std::string prototype;
  double ratio = 0, coordinate = 0;  // c/a and the free coordinate; NaN where symmetry fixes them
};

/// Draws a prototype of the class, and c/a and coordinate from their ranges, those within `margin` (a share of c/a) of
/// a ratio at which the crystal is of another class left out.
DrawnCrystal draw_crystal(int64_t label, int atomic_number, double margin, Random& random);

/// The same crystal in another cell of the same volume, begun elsewhere, its atoms in another order, turned.
Structure in_random_cell(const Structure& structure, Random& random);

}  // namespace limpid
