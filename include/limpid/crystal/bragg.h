// SPDX-License-Identifier: Apache-2.0
#pragma once
// Which reciprocal vector of a crystal makes which spot of its fingerprint.

#include <array>
#include <vector>

#include "limpid/crystal/diffraction.h"

namespace limpid {

/// A reciprocal vector that lies near enough to the Ewald sphere for the finite cluster to reflect.
struct BraggSpot {
  int channel = 0;              // of the image: 0, 1, 2 for the rotations about x, y, z, or in the published order
  bool positive = true;         // +45° or −45°
  double x = 0, y = 0;          // column and row of the image
  std::array<int, 3> hkl = {};  // of the conventional cell
  double spacing = 0;           // d, ångström
  double strength = 0;          // |F|² of the cluster at the reciprocal vector itself, as a share of the largest
  double off = 0;               // distance from the Ewald sphere, as a share of a spot's width across it

  /// "(1 1 −2)"
  std::string name() const;
};

/// All spots of a cluster, the strongest first; those that the mask cuts count where their centre is at most a pixel
/// behind it. Reflections that are extinct, or to which less than a hundredth of the scattering is in phase, are left
/// out. None for a cluster without a known cell.
std::vector<BraggSpot> bragg_spots(const ScaledCluster& scaled, const FingerprintOptions& options = {});

/// Which spots are of one family: the same spacing and strength, as symmetry demands. Numbers from 0, by falling
/// spacing.
std::vector<int64_t> spot_families(const std::vector<BraggSpot>& spots);

}  // namespace limpid
