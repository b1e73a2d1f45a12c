// SPDX-License-Identifier: Apache-2.0
#pragma once
// Factors of relevance rules multiplied once an image instead of once a signal.

#include "limpid/explain/propagate.h"

namespace limpid {

/// A step input ⊙ A(signal ⊘ z) ends with the factor that the step below it, of the layer behind a ReLU, begins with a
/// second one for: where only ReLUs, max poolings by their switches and concatenations lie between, which move signals
/// without mixing them with anything else, the first factor goes into the second and half of the passes over the maps
/// are saved. The values stay the same to rounding. `rules` has each node's rule, without a name off the way.
void defer_factors(const Network& network, const std::vector<Rule>& rules, std::vector<Leg>& legs);

}  // namespace limpid
