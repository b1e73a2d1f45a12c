// SPDX-License-Identifier: Apache-2.0
#pragma once
// What walks are made of: the nodes on the way, a leg for each, and a signal handed on along one.

#include <string>
#include <vector>

#include "limpid/explain/propagate.h"

namespace limpid {

/// The nodes on some way from `to` up to `from`.
std::vector<bool> between(const Network& network, int from, int to);

/// How many nodes on the way read each node. `rules` has the name of each node's rule, empty off the way.
std::vector<int> readers(const Network& network, const std::vector<std::string>& rules);

Leg leg_of(const Node& node, const Rule& rule);

void add_to(Tensor& sum, Tensor part);

/// Hands a signal [N·S, …] at a node with a leg on: adds to `signals` of nodes that have a leg, and of `to`.
void hand_on(const std::vector<Leg>& legs, int node, int to, const Activations& activations, const Tensor& signal,
             Kept& kept, std::vector<Tensor>& signals);

}  // namespace limpid
