// SPDX-License-Identifier: Apache-2.0
#include "explain/rules/deferral.h"

#include "explain/legs.h"

namespace limpid {
namespace {

class Deferrals {
 public:
  Deferrals(const Network& network, const std::vector<Rule>& rules) : network_(network), rules_(rules) {
    std::vector<std::string> names;
    for (const Rule& rule : rules) names.push_back(rule.name);
    readers_ = readers(network, names);
    for (int i = 0; i < network.size(); ++i) {
      if (!can(i)) continue;
      const int input = network[i].inputs[0];
      if (only_sharing(input) && takes(input)) leave(i);
    }
  }

  const std::vector<Deferral>& of_nodes() const { return left_; }

 private:
  static size_t at(int node) { return static_cast<size_t>(node); }
  bool can(int node) const { return static_cast<bool>(rules_[at(node)].deferred); }

  /// Whether all nodes on the way that read this one share relevance out.
  bool only_sharing(int node) const {
    for (int i = node + 1; i < network_.size(); ++i)
      for (const int input : network_[i].inputs)
        if (input == node && !rules_[at(i)].name.empty() && !can(i)) return false;
    return true;
  }

  /// Whether all that a signal at this node goes to can do with one that lacks its factor, the node's values.
  bool takes(int node) const {
    const Layer& layer = network_[node].layer;
    const std::string& rule = rules_[at(node)].name;
    const std::vector<int>& inputs = network_[node].inputs;
    const auto alone = [this](int input) { return readers_[at(input)] == 1; };
    if (rule.empty() || !std::all_of(inputs.begin(), inputs.end(), alone)) return false;
    if (layer.type->name == "relu") return rule == "pass" && can(inputs[0]);
    if (rule != "gradient" || !(layer.type->role == Role::kMaxPool || layer.type->role == Role::kConcat)) return false;
    return std::all_of(inputs.begin(), inputs.end(), [this](int input) { return takes(input); });
  }

  void leave(int sharing) {
    left_[at(sharing)].below = true;
    for (std::vector<int> open = {network_[sharing].inputs[0]}; !open.empty();) {
      const int node = open.back();
      open.pop_back();
      if (can(node))
        left_[at(node)].above = true;
      else
        open.insert(open.end(), network_[node].inputs.begin(), network_[node].inputs.end());
    }
  }

  const Network& network_;
  const std::vector<Rule>& rules_;
  std::vector<int> readers_;
  std::vector<Deferral> left_ = std::vector<Deferral>(rules_.size());
};

}  // namespace

void defer_factors(const Network& network, const std::vector<Rule>& rules, std::vector<Leg>& legs) {
  const std::vector<Deferral> left = Deferrals(network, rules).of_nodes();
  for (size_t i = 0; i < legs.size(); ++i)
    if (left[i].above || left[i].below) legs[i].step = rules[i].deferred(network.nodes[i].layer, left[i]);
}

}  // namespace limpid
