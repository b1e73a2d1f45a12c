// SPDX-License-Identifier: Apache-2.0
#include "explain/rules/rectified_pooling.h"

#include "limpid/explain/rule.h"
#include "net/layers/max_pool.h"

namespace limpid {
namespace {

/// The nodes whose values a pooling reads, through a concatenation of channels where there is one.
std::vector<int> pooled_nodes(const Network& network, int pooling, const std::vector<std::string>& rules) {
  const int below = network[pooling].inputs[0];
  const Layer& layer = network[below].layer;
  const bool joins = layer.type->name == "concat" && layer.attributes.integer("axis", 1) == 1;
  return joins && rules[static_cast<size_t>(below)] == "gradient" ? network[below].inputs : std::vector<int>{below};
}

/// How many nodes on the way read each node.
std::vector<int> readers(const Network& network, const std::vector<std::string>& rules) {
  std::vector<int> count(network.nodes.size(), 0);
  for (size_t i = 0; i < network.nodes.size(); ++i)
    if (!rules[i].empty())
      for (const int input : network.nodes[i].inputs) ++count[static_cast<size_t>(input)];
  return count;
}

Step unpool_and_rectify(const Layer& layer, const std::string& rule) {
  const Layer relu{&layer_type("relu")};
  const bool masks = rule != "deconvnet", rectifies = rule != "gradient";
  return [=, mask = relu.type->adjoint(relu), pooling = max_pooling_of(layer)](const Visit& visit) {
    const Tensor signal = masks ? mask(visit)[0] : visit.signal;
    const Visit masked{visit.inputs, visit.output, visit.memory, signal, visit.seeds};
    return std::vector<Tensor>{unpooled(pooling, masked, rectifies)};
  };
}

}  // namespace

void join_rectifiers(const Network& network, const std::vector<std::string>& rules, std::vector<Leg>& legs) {
  const std::vector<int> count = readers(network, rules);
  for (int i = 0; i < network.size(); ++i) {
    const Layer& layer = network[i].layer;
    if (layer.type->role != Role::kMaxPool || rules[static_cast<size_t>(i)] != "gradient") continue;
    const int below = network[i].inputs[0];
    const std::vector<int> maps = pooled_nodes(network, i, rules);
    const std::string& rule = rules[static_cast<size_t>(maps[0])];
    const bool known = rule == "gradient" || rule == "deconvnet" || rule == "guided";
    const bool joined =
        known && count[static_cast<size_t>(below)] == 1 && std::all_of(maps.begin(), maps.end(), [&](int map) {
          const auto slot = static_cast<size_t>(map);
          return network[map].layer.type->name == "relu" && rules[slot] == rule && count[slot] == 1;
        });
    if (!joined) continue;
    legs[static_cast<size_t>(i)].step = unpool_and_rectify(layer, rule);
    for (const int map : maps) legs[static_cast<size_t>(map)].step = pass().bind(network[map].layer);
  }
}

}  // namespace limpid
