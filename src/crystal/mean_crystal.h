// SPDX-License-Identifier: Apache-2.0
#pragma once
// The crystal behind a structure whose atoms are moved, missing or exchanged: a lattice, and in its cell the means of
// the atoms that lie alike.

#include <optional>

#include "limpid/crystal/structure.h"

namespace limpid {

struct MeanSite {
  Eigen::Vector3d position;
  std::vector<int64_t> atoms;  // that belong to it, one of each cell
};

struct MeanCrystal {
  Eigen::Matrix3d cell;         // primitive, as short as can be, rows
  std::vector<MeanSite> sites;  // of one cell
  double spread = 0;            // standard deviation of a coordinate of atoms around their sites
  double gain = 0;              // logarithm of how much denser atoms lie at sites than anywhere, less what chance gives
  bool exact = false;           // the structure's own cell is made of whole vectors of the lattice, and has fixed it

  /// Standard error of a coordinate of a site.
  double uncertainty() const;
};

/// None where no lattice stands out. Species are not looked at. Takes time linear in the atoms: of a large structure
/// only parts are looked at.
std::optional<MeanCrystal> mean_crystal(const Structure& structure);

/// Of nearest neighbours in it, the mean over sites.
double nearest_distance(const MeanCrystal& crystal);

}  // namespace limpid
