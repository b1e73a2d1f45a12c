// SPDX-License-Identifier: Apache-2.0
#pragma once
// A composite gives each node its rule: the first entry that matches wins.

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "limpid/explain/rule.h"
#include "limpid/net/network.h"

namespace limpid {

using Match = std::function<bool(const Network&, int node)>;

struct Composite {
  std::string name;
  std::vector<std::pair<Match, Rule>> entries;  // tried in order; a node that nothing matches gets `gradient`
};

Match any();
Match has_role(Role role);
Match has_type(std::string type);  // "relu"
/// A node with weights before which there is no other.
Match is_first();
Match both(Match left, Match right);

/// The rule of a node, as it is there.
Rule rule_for(const Composite& composite, const Network& network, int node);

// The composites without parameters.
Composite gradient_composite();
Composite linear_composite();  // activations pass the signal unchanged (Kumar 2020, eq. 3.1)
Composite deconvnet_composite();
Composite guided_composite();
Composite authors_composite();  // guided, max pooling undone by nearest up-sampling (code of Ziletti 2018)

}  // namespace limpid
