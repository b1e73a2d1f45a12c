// SPDX-License-Identifier: Apache-2.0
#pragma once
// Dropout, drawn from a seed alone.

#include "limpid/core/tensor.h"

namespace limpid {

/// The values with a share of them left out, 0, and the others scaled up to keep the mean. Which ones
/// depends on the seed and the place in memory, not on the number of threads.
Tensor left_out(const Tensor& values, double share, uint64_t seed);

}  // namespace limpid
