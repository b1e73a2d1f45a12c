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
  int64_t atoms = 256;             // at least so many in the supercell
  int z_offset = 0;                // added to atomic numbers; the authors' program had 2
  bool published_order = false;    // channels of rotations about x, z, y, as in the published images, not x, y, z
  c10::Device device = c10::kCPU;  // where patterns are computed
};

/// |F|² summed over both patterns of each axis, before the normalisation: float32 [3,64,64]. Atoms are a finite set:
/// images are not repeated.
Tensor diffraction_intensities(const Structure& structure, double scale, const FingerprintOptions& options = {});
/// Of many structures, on all threads: [N,3,64,64].
Tensor diffraction_intensities(const std::vector<Structure>& structures, const std::vector<double>& scales,
                               const FingerprintOptions& options = {});

/// The same, each structure's normalised to [0, 1] over all three channels.
Tensor simulate_diffraction(const Structure& structure, double scale, const FingerprintOptions& options = {});
Tensor simulate_diffraction(const std::vector<Structure>& structures, const std::vector<double>& scales,
                            const FingerprintOptions& options = {});
}  // namespace limpid
