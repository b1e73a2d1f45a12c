// SPDX-License-Identifier: Apache-2.0
#pragma once
// Normalisation layers made of the nodes that an exporter wrote them as; nothing where those compute something else.

#include "net/canonize_match.h"

namespace limpid {

/// From the nodes "mean", "variance" and "epsilon" of standardised values.
std::optional<Layer> joined_layer_norm(const Network& network, const pattern::Match& match);

/// From the instance normalisation "groups" of a reshaped "x", reshaped back by "end".
std::optional<Layer> joined_group_norm(const Network& network, const pattern::Match& match);

/// From a layer or group normalisation "norm" and the node "affine" behind it.
std::optional<Layer> norm_with_affine(const Network& network, const pattern::Match& match);

}  // namespace limpid
