// SPDX-License-Identifier: Apache-2.0
#pragma once
// Max poolings of rectified maps: both steps back in one pass over the large map.

#include "limpid/explain/propagate.h"

namespace limpid {

/// Joins to the step of each max pooling those of the ReLUs that make the maps it pools, one or a concatenation of
/// several, where nothing else on the way reads them; they then pass signals on. A pooled value is positive exactly
/// where the value at its switch is, so that masks are laid on the small map, and signals that windows add are
/// rectified as they are added: the values stay the same, bit for bit. `rules` has the name of each node's rule, empty
/// off the way.
void join_rectifiers(const Network& network, const std::vector<std::string>& rules, std::vector<Leg>& legs);

}  // namespace limpid
