// SPDX-License-Identifier: Apache-2.0
#pragma once
// Networks whose parameters are to change.

#include "limpid/net/network.h"

namespace limpid {

/// A copy with parameters of its own and nothing prepared.
Network trainable(const Network& network);

/// Whether a parameter of a layer is learned; otherwise training keeps statistics in it.
bool is_learned(const Layer& layer, size_t parameter);

}  // namespace limpid
