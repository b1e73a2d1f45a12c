// SPDX-License-Identifier: Apache-2.0
#pragma once
// The same patterns by ATen's operations, for devices that are not the CPU.

#include "limpid/core/tensor.h"
#include "limpid/crystal/structure.h"

namespace limpid {

/// |F|² [N,3,64,64], channels of rotations about x, y, z, on the device.
Tensor intensities_by_tensors(const std::vector<Structure>& structures, const std::vector<double>& scales, int z_offset,
                              c10::Device device);

}  // namespace limpid
