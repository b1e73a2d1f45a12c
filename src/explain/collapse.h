// SPDX-License-Identifier: Apache-2.0
#pragma once
// Convolutions that follow each other on a walk back with nothing between them that depends on the image are one linear
// operator: joined once a network where that is cheaper.

#include <string>
#include <vector>

#include "limpid/explain/propagate.h"

namespace limpid {

/// The nodes of a walk and the names of their rules; empty off the way.
struct Way {
  const Network& network;
  const std::vector<std::string>& rules;
  int to;
  bool sum;  // whether the walk gives the sum of the channels at `to`
};

/// Replaces steps by fewer ones with the same result to rounding; what they pass over has no step left.
void collapse(const Way& way, std::vector<Leg>& legs);

}  // namespace limpid
