// SPDX-License-Identifier: Apache-2.0
#include "explain/rules/deferral.h"

#include "limpid/explain/presets.h"
#include "support/networks.h"

namespace limpid {
namespace {

using limpid::testing::append_conv_relu;
using limpid::testing::append_fire;
using limpid::testing::distance;
using limpid::testing::random;

Layer overlapping_pool() {
  using Numbers = std::vector<int64_t>;
  return {&layer_type("max_pool"), {{"kernel_shape", Numbers{3, 3}}, {"strides", Numbers{2, 2}}}};
}

/// A convolution, a pooling, a fire module, a pooling, a fire module, two convolutions; input [3, 17, 19], which has
/// negative values.
Network pooled_fire_network() {
  Network network = network_with_input("data", {3, 17, 19});
  int node = append_conv_relu(network, "first", 6, 3, 0, 1);
  node = append(network, "pool1", overlapping_pool(), {node});
  node = append_fire(network, "fire1", 4, 8, node, 10);
  node = append(network, "pool2", overlapping_pool(), {node});
  node = append_fire(network, "fire2", 5, 8, node, 20);
  node = append_conv_relu(network, "last", 4, 1, node, 30);
  append(network, "scores", limpid::testing::random_conv(4, 3, 1, 40), {node});
  return network;
}

/// The same rules, none of which leaves a factor to another.
Composite apart(Composite composite) {
  for (auto& [match, rule] : composite.entries) rule.deferred = nullptr;
  return composite;
}

/// How many nodes of a walk leave a factor to the one below.
int64_t left_below(const Network& network, const Composite& composite) {
  int64_t count = 0;
  std::vector<Rule> rules(1);
  std::vector<Leg> legs(1);
  for (int i = 1; i < network.size(); ++i) {
    rules.push_back(rule_for(composite, network, i));
    legs.push_back({rules.back().bind(network[i].layer), network[i].inputs});
    if (!rules.back().deferred) continue;
    rules.back().deferred = [&count, made = rules.back().deferred](const Layer& layer, Deferral left) {
      count += left.below;
      return made(layer, left);
    };
  }
  defer_factors(network, rules, legs);
  return count;
}

void expect_as_apart(const Network& network, const Composite& composite, int from, int to = 0) {
  Shape shape = network.input_shape();
  shape.insert(shape.begin(), 2);
  const Activations activations = forward(network, random(shape, 3));
  shape = network[from].shape;
  shape.insert(shape.begin(), 6);
  const Tensor signal = random(shape, 4);
  const Tensor expected = Walk(network, apart(composite), from, to)(activations, signal);
  const Tensor got = Walk(network, composite, from, to)(activations, signal);
  EXPECT_GT(expected.abs().max().item<double>(), 0);
  EXPECT_LT(distance(got, expected), 1e-12 * expected.abs().max().item<double>()) << from << " to " << to;
}

TEST(Deferral, LeavesFactorsThroughPoolingsAndConcatenations) {
  const Network network = pooled_fire_network();
  EXPECT_EQ(left_below(network, lrp_preset("epsilon-plus", {})), 8);  // all but the first
  expect_as_apart(network, lrp_preset("epsilon-plus", {}), network.output);
  EXPECT_EQ(left_below(network, lrp_preset("epsilon-plus-flat", {})), 7);  // the first is not asked for its factor
  expect_as_apart(network, lrp_preset("epsilon-plus-flat", {}), network.output);
  expect_as_apart(network, deep_taylor_composite({}, {}), network.output);
}

TEST(Deferral, StartsAndEndsAnywhere) {
  const Network network = pooled_fire_network();
  for (const char* from : {"pool2", "fire1", "fire2 squeeze", "fire2 squeeze relu", "last"})
    for (const char* to : {"data", "first", "first relu", "pool1", "fire1 squeeze relu"})
      expect_as_apart(network, lrp_preset("epsilon-plus", {}), node_named(network, from), node_named(network, to));
}

TEST(Deferral, IsNotForValuesThatOthersRead) {
  Network network = network_with_input("data", {3, 9, 9});
  const int first = append_conv_relu(network, "first", 6, 3, 0, 1);
  const int second = append_conv_relu(network, "second", 6, 3, first, 2);
  const int sum = append(network, "sum", Layer{&layer_type("add")}, {first, second});
  append_conv_relu(network, "last", 3, 1, sum, 3);
  EXPECT_EQ(left_below(network, lrp_preset("epsilon-plus", {})), 0);
  expect_as_apart(network, lrp_preset("epsilon-plus", {}), network.output);
}

TEST(Deferral, IsForSeveralThatReadTheSameValues) {
  Network network = network_with_input("data", {3, 9, 9});
  const int first = append_conv_relu(network, "first", 6, 3, 0, 1);
  const int left = append_conv_relu(network, "left", 6, 3, first, 2);
  const int right = append_conv_relu(network, "right", 6, 1, first, 3);
  append(network, "sum", Layer{&layer_type("add")}, {left, right});
  EXPECT_EQ(left_below(network, lrp_preset("epsilon-plus", {})), 2);
  expect_as_apart(network, lrp_preset("epsilon-plus", {}), network.output);
}

TEST(Deferral, IsNotBehindAnotherActivation) {
  Network network = network_with_input("data", {3, 9, 9});
  int node = append(network, "first", limpid::testing::random_conv(3, 6, 3, 1), {0});
  node = append(network, "leaky", Layer{&layer_type("leaky_relu")}, {node});
  append_conv_relu(network, "last", 3, 3, node, 2);
  EXPECT_EQ(left_below(network, lrp_preset("epsilon-plus", {})), 0);
  expect_as_apart(network, lrp_preset("epsilon-plus", {}), network.output);
}

}  // namespace
}  // namespace limpid
