// SPDX-License-Identifier: Apache-2.0
#pragma once
// Atoms of all cells laid into one, and the sites there.

#include "crystal/mean_crystal.h"

namespace limpid {

/// Sites at which atoms gather, those of fewer than a fifth of the first one's atoms left out; an atom belongs to a
/// site that is not further away than `apart`.
std::vector<MeanSite> gathered_sites(const Structure& structure, const Eigen::Matrix3d& cell, double apart);

/// Moves cell and sites to where they fit all atoms best (least squares).
void fit_to_atoms(MeanCrystal& crystal, const Structure& structure);

/// Standard deviation of a coordinate of the atoms around their sites.
double spread_of(const MeanCrystal& crystal, const Structure& structure);

/// Moves sites to where the lattice's symmetries that map them onto each other (within `close`) say they are.
void symmetrise_sites(MeanCrystal& crystal, double close);

}  // namespace limpid
