// SPDX-License-Identifier: Apache-2.0
#include "limpid/explain/composite.h"

namespace limpid {
namespace {

bool has_weights(const Network& network, int node) {
  const Role role = network[node].layer.type->role;
  return role == Role::kConvolution || role == Role::kDense;
}

Composite of_activations(std::string name, const Rule& rule) {
  return {std::move(name), {{has_role(Role::kActivation), rule}}};
}

}  // namespace

Match any() {
  return [](const Network&, int) { return true; };
}

Match has_role(Role role) {
  return [role](const Network& network, int node) { return network[node].layer.type->role == role; };
}

Match has_type(std::string type) {
  return [type = std::move(type)](const Network& network, int node) { return network[node].layer.type->name == type; };
}

Match is_first() {
  return [](const Network& network, int node) {
    if (!has_weights(network, node)) return false;
    const std::vector<bool> before = ancestors(network, node);
    for (int i = 0; i < node; ++i)
      if (before[static_cast<size_t>(i)] && has_weights(network, i)) return false;
    return true;
  };
}

Match both(Match left, Match right) {
  return [left = std::move(left), right = std::move(right)](const Network& network, int node) {
    return left(network, node) && right(network, node);
  };
}

Rule rule_for(const Composite& composite, const Network& network, int node) {
  for (const auto& [matches, rule] : composite.entries)
    if (matches(network, node)) return rule.placed ? rule.placed(network, node) : rule;
  return gradient();
}

Composite gradient_composite() { return {"gradient", {}}; }
Composite linear_composite() { return of_activations("linear", pass()); }
Composite deconvnet_composite() { return of_activations("deconvnet", deconvnet()); }
Composite guided_composite() { return of_activations("guided", guided()); }

Composite authors_composite() {
  Composite composite = of_activations("authors", guided());
  composite.entries.emplace_back(has_role(Role::kMaxPool), nearest_upsampling());
  return composite;
}

}  // namespace limpid
