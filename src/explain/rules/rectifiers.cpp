// SPDX-License-Identifier: Apache-2.0
#include "explain/rules/rectifiers.h"

#include "explain/legs.h"
#include "limpid/explain/rule.h"
#include "net/layers/conv.h"
#include "net/layers/max_pool.h"

namespace limpid {
namespace {

/// The nodes whose values a node reads, through a concatenation of channels where there is one.
std::vector<int> maps_below(const Network& network, int node, const std::vector<std::string>& rules) {
  const int below = network[node].inputs[0];
  const Layer& layer = network[below].layer;
  const bool joins = layer.type->name == "concat" && layer.attributes.integer("axis", 1) == 1;
  return joins && rules[static_cast<size_t>(below)] == "gradient" ? network[below].inputs : std::vector<int>{below};
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

/// The ReLUs that make what a node reads, where they have one rule and nothing else reads them; otherwise none.
std::vector<int> rectifiers_below(const Network& network, int node, const std::vector<std::string>& rules,
                                  const std::vector<int>& count) {
  const std::vector<int> maps = maps_below(network, node, rules);
  const std::string& rule = rules[static_cast<size_t>(maps[0])];
  const bool known = rule == "gradient" || rule == "deconvnet" || rule == "guided";
  const bool alone = count[static_cast<size_t>(network[node].inputs[0])] == 1;
  const bool joined = known && alone && std::all_of(maps.begin(), maps.end(), [&](int map) {
                        const auto slot = static_cast<size_t>(map);
                        return network[map].layer.type->name == "relu" && rules[slot] == rule && count[slot] == 1;
                      });
  return joined ? maps : std::vector<int>{};
}

}  // namespace

void join_rectifiers(const Network& network, std::vector<std::string>& rules, std::vector<Leg>& legs) {
  const std::vector<int> count = readers(network, rules);
  for (int i = 0; i < network.size(); ++i) {
    const Layer& layer = network[i].layer;
    const bool pools = layer.type->role == Role::kMaxPool, convolves = layer.type->name == "conv";
    if (!(pools || convolves) || rules[static_cast<size_t>(i)] != "gradient") continue;
    const std::vector<int> maps = rectifiers_below(network, i, rules, count);
    if (maps.empty()) continue;
    const std::string rule = rules[static_cast<size_t>(maps[0])];
    if (convolves && rule == "gradient") continue;  // a mask over the map: nothing to join
    legs[static_cast<size_t>(i)].step = pools ? unpool_and_rectify(layer, rule) : rectified_adjoint(layer);
    if (convolves) rules[static_cast<size_t>(i)] = "rectified";
    const Rule left = convolves && rule == "guided" ? gradient() : pass();
    for (const int map : maps) legs[static_cast<size_t>(map)].step = left.bind(network[map].layer);
  }
}

}  // namespace limpid
