// SPDX-License-Identifier: Apache-2.0
#pragma once
// The sum behind a diffraction pattern, in float32 on the CPU's vector units.

#include <vector>

#include "core/vectorized.h"
#include "crystal/ewald_sphere.h"

namespace limpid {

/// Atoms of one species: positions in the detector's frame, scaled, and f at each pixel of the octant.
struct Scatterers {
  std::vector<float> x, y, z;
  const float* form_factor;
};

/// |F|² of the pixels (±x, ±y) and (±y, ±x) for each (x, y) of the octant.
struct OctantIntensities {
  std::array<std::vector<float>, 8> images;  // signs ++ −− +− −+ of (x, y), then of (y, x)

  OctantIntensities();
};

void sum_pattern(const std::vector<Scatterers>& atoms, OctantIntensities& intensities,
                 VectorUnits units = widest_vector_units());

}  // namespace limpid
