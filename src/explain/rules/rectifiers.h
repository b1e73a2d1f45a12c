// SPDX-License-Identifier: Apache-2.0
#pragma once
// ReLUs joined to the step behind them on the way back: one pass over a map instead of two.

#include "limpid/explain/propagate.h"

namespace limpid {

/// Joins to the step of each max pooling and convolution those of the ReLUs that make the maps it reads, one or a
/// concatenation of several, where nothing else on the way reads them. A pooled value is positive exactly where the
/// value at its switch is, so that a pooling's masks are laid on the small map; signals that windows add are rectified
/// as they are added, those of a convolution as they are computed. The values stay the same. `rules` has the name of
/// each node's rule, empty off the way; that of a convolution whose step now rectifies becomes "rectified".
void join_rectifiers(const Network& network, std::vector<std::string>& rules, std::vector<Leg>& legs);

}  // namespace limpid
