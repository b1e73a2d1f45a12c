// SPDX-License-Identifier: Apache-2.0
#pragma once
// Elemental crystals built from a space group's positions: the seven classes of the crystal-structure study and its
// neighbours.

#include "limpid/crystal/structure.h"

namespace limpid {

/// A crystal with one element, in its conventional cell.
struct Prototype {
  std::string name, summary;  // "bct_141"
  int space_group = 0;
  double default_ratio = 1;  // c/a; 1 where the symmetry fixes it
  bool has_ratio = false;
  /// Fractional positions in the conventional cell.
  std::vector<Eigen::Vector3d> positions;
  bool hexagonal = false;  // a = b at 120°, else at 90°
  /// Where the group leaves a coordinate free: how far each position moves with it.
  std::vector<Eigen::Vector3d> directions = {};
  double default_parameter = 0;
};

/// sc, bcc, fcc, diam, hcp, rh, bct_139, bct_141, and rh_c, which is rh with two atoms at ±z in place of one.
const std::vector<Prototype>& prototypes();

/// The crystal with the lattice parameter a chosen so that nearest neighbours are two radii of the element apart.
/// `ratio` and the free coordinate `parameter` 0: the prototype's own.
Structure build_prototype(const std::string& name, int atomic_number, double ratio = 0, double parameter = 0);

/// Half of the distance of nearest neighbours in the element's crystal, ångström, Z = 1 … 94; of elements whose
/// crystals are made of diatomic molecules, what a crystal of single atoms would have.
double atomic_radius(int atomic_number);

}  // namespace limpid
