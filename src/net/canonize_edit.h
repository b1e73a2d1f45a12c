// SPDX-License-Identifier: Apache-2.0
#pragma once
// Small edits of a network under rewriting: nodes keep their indices until `pruned` drops those that nothing needs.

#include "limpid/net/network.h"

namespace limpid {

/// The nodes that use `node`, each once.
std::vector<int> users(const Network& network, int node);

/// Whether `user` is all that uses `node`.
bool used_only_by(const Network& network, int node, int user);

/// `keeper` answers to the names of `gone` as well.
void adopt_names(Network& network, int keeper, int gone);

/// Whatever used `node` uses `by` instead; `node` is cut off.
void redirect(Network& network, int node, int by);

/// The network without nodes that its output does not depend on.
Network pruned(const Network& network);

/// The node, to be changed.
inline Node& node_at(Network& network, int node) { return network.nodes[static_cast<size_t>(node)]; }

inline bool is(const Node& node, const char* type) { return node.layer.type->name == type; }

/// A parameter of a node in double; undefined where the node has none.
Tensor parameter(const Node& node, size_t index);

}  // namespace limpid
