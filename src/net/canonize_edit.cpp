// SPDX-License-Identifier: Apache-2.0
#include "net/canonize_edit.h"

namespace limpid {

std::vector<int> users(const Network& network, int node) {
  std::vector<int> found;
  for (int user = node + 1; user < network.size(); ++user) {
    const auto& inputs = network[user].inputs;
    if (std::find(inputs.begin(), inputs.end(), node) != inputs.end()) found.push_back(user);
  }
  return found;
}

bool used_only_by(const Network& network, int node, int user) {
  return node != network.output && users(network, node) == std::vector{user};
}

void adopt_names(Network& network, int keeper, int gone) {
  auto& names = node_at(network, keeper).aliases;
  names.push_back(network[gone].name);
  names.insert(names.end(), network[gone].aliases.begin(), network[gone].aliases.end());
}

void redirect(Network& network, int node, int by) {
  for (Node& user : network.nodes) std::replace(user.inputs.begin(), user.inputs.end(), node, by);
  if (network.output == node) network.output = by;
  node_at(network, node).inputs.clear();
}

Network pruned(const Network& network) {
  const auto needed = ancestors(network, network.output);
  Network kept{.metadata = network.metadata};
  std::vector<int> moved(network.nodes.size(), -1);
  for (size_t node = 0; node < network.nodes.size(); ++node) {
    if (!needed[node] && node != 0) continue;  // the input stays in any case
    moved[node] = kept.size();
    kept.nodes.push_back(network.nodes[node]);
    for (int& input : kept.nodes.back().inputs) input = moved[static_cast<size_t>(input)];
  }
  kept.output = moved[static_cast<size_t>(network.output)];
  return kept;
}

Tensor parameter(const Node& node, size_t index) {
  const auto& parameters = node.layer.parameters;
  return index < parameters.size() && parameters[index].defined() ? parameters[index].to(at::kDouble) : Tensor();
}

}  // namespace limpid
