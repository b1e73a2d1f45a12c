// SPDX-License-Identifier: Apache-2.0
#pragma once
// Diffraction patterns as the paper writes them down: one pixel, one atom, one complex exponential after the other.

#include "limpid/core/tensor.h"
#include "limpid/crystal/structure.h"

namespace limpid::testing {

/// |F|² summed over both patterns of each axis, float64 [3,64,64], channels of rotations about x, y, z.
Tensor naive_intensities(const Structure& structure, double scale, int z_offset = 0);

/// s of a pixel in the pattern turned about an axis (0, 1, 2) by ±45°.
Eigen::Vector3d naive_reciprocal_vector(int64_t row, int64_t column, int axis, int sign);

/// Whether the ring of radii 10 … 30 pixels shows it.
bool naive_mask(int64_t row, int64_t column);

}  // namespace limpid::testing
