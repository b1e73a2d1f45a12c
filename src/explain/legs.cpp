// SPDX-License-Identifier: Apache-2.0
#include "explain/legs.h"

#include <ATen/ATen.h>

namespace limpid {
namespace {

/// Whether a step keeps signals in bfloat16 where they come so; all others get them in the activations' type.
bool takes_low_precision(const Layer& layer, const Rule& rule) {
  const Role role = layer.type->role;
  const bool moves_values = role == Role::kMaxPool || role == Role::kConcat || role == Role::kSum;
  return layer.type->prepare || layer.type->name == "relu" || (rule.name == "gradient" && moves_values);
}

}  // namespace

std::vector<bool> between(const Network& network, int from, int to) {
  std::vector<bool> on_way = ancestors(network, from);
  std::vector<bool> depends(network.nodes.size(), false);
  depends[static_cast<size_t>(to)] = true;
  for (int i = to + 1; i <= from; ++i)
    for (const int input : network[i].inputs)
      if (depends[static_cast<size_t>(input)]) depends[static_cast<size_t>(i)] = true;
  for (size_t i = 0; i < on_way.size(); ++i) on_way[i] = on_way[i] && depends[i];
  return on_way;
}

std::vector<int> readers(const Network& network, const std::vector<std::string>& rules) {
  std::vector<int> count(network.nodes.size(), 0);
  for (size_t i = 0; i < network.nodes.size(); ++i)
    if (!rules[i].empty())
      for (const int input : network.nodes[i].inputs) ++count[static_cast<size_t>(input)];
  return count;
}

Leg leg_of(const Node& node, const Rule& rule) {
  return {rule.bind(node.layer), node.inputs, takes_low_precision(node.layer, rule)};
}

void add_to(Tensor& sum, Tensor part) {
  if (!part.defined()) return;
  sum = sum.defined() ? sum + part : std::move(part);
}

void hand_on(const std::vector<Leg>& legs, int node, int to, const Activations& activations, const Tensor& signal,
             Kept& kept, std::vector<Tensor>& signals) {
  const auto slot = static_cast<size_t>(node);
  const Leg& leg = legs[slot];
  std::vector<Tensor> inputs;
  for (const int input : leg.to) inputs.push_back(activations[input]);
  const Tensor here = leg.low ? signal : signal.to(activations[node].scalar_type());
  std::vector<Tensor> parts =
      leg.step({inputs, activations[node], activations.memory[slot], here, signal.size(0) / activations.images, &kept});
  for (size_t k = 0; k < parts.size(); ++k) {
    const auto input = static_cast<size_t>(leg.to[k]);
    if (leg.to[k] == to || legs[input].step) add_to(signals[input], std::move(parts[k]));
  }
}

}  // namespace limpid
