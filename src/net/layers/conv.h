// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a convolution layer can do beyond its type.

#include "limpid/net/layer.h"

namespace limpid {

/// max(·, 0) of what a layer of the type conv gives, and of what it hands back, in one pass over memory.
Tensor rectified_forward(const Layer& layer, const Tensor& input);
Step rectified_adjoint(const Layer& layer);

}  // namespace limpid
