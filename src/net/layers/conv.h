// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a convolution layer can do beyond its type.

#include "limpid/net/layer.h"

namespace limpid {

/// max(·, 0) of what a layer of the type conv hands back, in one pass over memory.
Step rectified_adjoint(const Layer& layer);

}  // namespace limpid
