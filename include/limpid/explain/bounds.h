// SPDX-License-Identifier: Apache-2.0
#pragma once
// Least and largest values, of the input and of what the first layer makes of it: the z-box rule needs them.

#include "limpid/net/network.h"

namespace limpid {

struct Bounds {
  Tensor low = {}, high = {};  // a number, one a channel, or one an element; undefined when not known
};

/// Bounds [1, …] of what enters a layer with weights, carried from the input's through the nodes before it: affine
/// ones, views, concatenation, pooling. Throws a UsageError that names any other.
Bounds bounds_before(const Network& network, int node, const Bounds& input);

}  // namespace limpid
