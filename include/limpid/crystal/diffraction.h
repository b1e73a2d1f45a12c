// SPDX-License-Identifier: Apache-2.0
#pragma once
// The two-dimensional diffraction fingerprint of a structure (Ziletti 2018): six simulated patterns in three channels.

#include "limpid/core/tensor.h"
#include "limpid/crystal/structure.h"

namespace limpid {

/// Which length becomes 1 Å before the simulation.
enum class Scaling { mean_nn, robust };

struct FingerprintOptions {
  Scaling scaling = Scaling::robust;
  int64_t atoms = 256;           // at least so many in the supercell
  int z_offset = 0;              // added to atomic numbers; the authors' program had 2
  bool published_order = false;  // channels of rotations about x, z, y, as in the published images, instead of x, y, z
};

/// What the simulation looks at, and how it came about.
struct Cluster {
  Structure structure;  // atoms of the supercell, unscaled
  std::array<int, 3> copies = {1, 1, 1};
  bool standardised = false;  // false: spglib found no symmetry, the cell is the Niggli-reduced one, or there is none
};

/// Standard conventional cell, repeated along its shortest extent until there are enough atoms (Ziletti 2018, Methods).
Cluster standard_cluster(const Structure& structure, int64_t atoms = 256);

/// The length that becomes 1 Å: the mean distance of nearest neighbours, or an estimate of the same in the perfect
/// crystal that displacements and vacancies hardly move.
double length_scale(const Structure& structure, Scaling scaling);

/// float32 [3,64,64] in [0, 1] of a finite set of atoms (images are not repeated).
Tensor simulate_diffraction(const Structure& structure, double scale, const FingerprintOptions& options = {});
/// Of many structures, on all threads: [N,3,64,64].
Tensor simulate_diffraction(const std::vector<Structure>& structures, const std::vector<double>& scales,
                            const FingerprintOptions& options = {});

/// From a crystal to its fingerprint: standard_cluster, length_scale, simulate_diffraction.
Tensor fingerprint(const Structure& structure, const FingerprintOptions& options = {});

}  // namespace limpid
