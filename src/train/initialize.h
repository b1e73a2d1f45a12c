// SPDX-License-Identifier: Apache-2.0
#pragma once
// First weights: the same for the same seed, on every machine.

#include "limpid/core/tensor.h"

namespace limpid {

enum class Initializer {
  he,          // normal, variance 2/fan-in (he2015)
  glorot,      // uniform, ± sqrt(6/(fan-in + fan-out)) (glorot2010)
  orthogonal,  // rows of [out, fan-in], or its columns where there are more rows, orthonormal (saxe2014)
};

/// For a weight [out, in, …].
Tensor initial_weight(Initializer how, const Shape& shape, uint64_t seed);

}  // namespace limpid
