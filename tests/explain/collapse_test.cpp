// SPDX-License-Identifier: Apache-2.0
#include "explain/collapse.h"

#include "support/networks.h"

namespace limpid {
namespace {

using limpid::testing::append_conv_relu;
using limpid::testing::append_fire;
using limpid::testing::distance;
using limpid::testing::random;

/// The same rules under names that nothing is joined for.
Composite apart() {
  return {"apart", {{has_role(Role::kActivation), {"as it is", pass().bind}}, {any(), {"adjoint", gradient().bind}}}};
}

/// Two fire modules and one more squeeze; input [3, 15, 17].
Network fire_network() {
  Network network = network_with_input("data", {3, 15, 17});
  int node = append_conv_relu(network, "first", 6, 3, 0, 1);
  node = append_fire(network, "fire1", 4, 24, node, 10);
  node = append_fire(network, "fire2", 5, 24, node, 20);
  append_conv_relu(network, "last", 4, 1, node, 30);
  return network;
}

/// Three wide convolutions, pooling, one more; input [3, 61, 63].
Network wide_network() {
  Network network = network_with_input("data", {3, 61, 63});
  int node = append_conv_relu(network, "conv1", 40, 3, 0, 1);
  node = append_conv_relu(network, "conv2", 40, 3, node, 2);
  node = append_conv_relu(network, "conv3", 40, 3, node, 3);
  node = append(network, "pool", limpid::testing::max_pool_2x2(), {node});
  append_conv_relu(network, "conv4", 4, 3, node, 4);
  return network;
}

/// How many nodes of a walk from the output to the input have a step of their own.
int64_t steps_left(const Network& network, const Composite& composite, bool sum) {
  std::vector<std::string> rules(1);
  std::vector<Leg> legs(1);
  for (int i = 1; i < network.size(); ++i) {
    const Rule rule = rule_for(composite, network, i);
    rules.push_back(rule.name);
    legs.push_back({rule.bind(network[i].layer), network[i].inputs});
  }
  collapse({network, rules, 0, sum}, legs);
  return std::count_if(legs.begin(), legs.end(), [](const Leg& leg) { return static_cast<bool>(leg.step); });
}

void expect_as_apart(const Network& network, const Composite& composite, uint64_t seed) {
  Shape shape = network.input_shape();
  shape.insert(shape.begin(), 2);
  const Activations activations = forward(network, random(shape, seed));
  shape = network[network.output].shape;
  shape.insert(shape.begin(), 6);
  const Tensor signal = random(shape, seed + 1);
  const Tensor expected = Walk(network, apart(), network.output)(activations, signal);
  const double tolerance = 1e-12 * expected.abs().max().item<double>();
  EXPECT_LT(distance(Walk(network, composite, network.output)(activations, signal), expected), tolerance);
  const Walk sum(network, composite, network.output, 0, Channels::kSum);
  EXPECT_LT(distance(sum(activations, signal), expected.sum(1, true)), tolerance);
}

TEST(Collapse, JoinsASqueezeWithTheExpansionsItReads) {
  const Network network = fire_network();
  // Passed over: two concatenations, each with two convolutions and two activations; the first layer and its
  // activation.
  EXPECT_EQ(steps_left(network, linear_composite(), false), network.size() - 1 - 2 * 5 - 2);
  expect_as_apart(network, linear_composite(), 5);
}

TEST(Collapse, JoinsTheConvolutionsNextToTheInput) {
  const Network network = wide_network();
  for (const bool sum : {false, true})  // passed over: two convolutions and the activations behind them
    EXPECT_EQ(steps_left(network, linear_composite(), sum), network.size() - 1 - 4);
  expect_as_apart(network, linear_composite(), 6);
}

TEST(Collapse, LeavesWhatDependsOnTheImage) {
  for (const Composite& composite : {gradient_composite(), guided_composite(), deconvnet_composite()})
    EXPECT_EQ(steps_left(wide_network(), composite, true), wide_network().size() - 1) << composite.name;
}

TEST(Collapse, LeavesMapsThatAreReadTwice) {
  Network network = network_with_input("data", {3, 61, 63});
  const int first = append_conv_relu(network, "conv1", 40, 3, 0, 1);
  const int second = append_conv_relu(network, "conv2", 40, 3, first, 2);
  append(network, "add", Layer{&layer_type("add")}, {first, second});
  EXPECT_EQ(steps_left(network, linear_composite(), false), network.size() - 1);
  expect_as_apart(network, linear_composite(), 7);
}

TEST(Collapse, LeavesOneBranchOfAConcatenationThatReadsSomethingElse) {
  Network network = network_with_input("data", {3, 15, 17});
  const int left = append_conv_relu(network, "left", 24, 3, 0, 1);
  const int squeeze = append_conv_relu(network, "squeeze", 4, 1, left, 2);
  const int one = append_conv_relu(network, "one", 24, 1, squeeze, 3);
  const int three = append_conv_relu(network, "three", 24, 3, left, 4);
  const int both = append(network, "both", Layer{&layer_type("concat")}, {one, three});
  append_conv_relu(network, "last", 4, 1, both, 5);
  expect_as_apart(network, linear_composite(), 8);
}

TEST(Collapse, KeepsWhatItMadeOnlyForTheWeightsItWasMadeOf) {
  Network network = moved(fire_network(), at::kCPU, Precision::kFloat64);
  expect_as_apart(network, linear_composite(), 9);
  const int below = node_named(network, "fire2 expand3");
  Tensor& weight = network.nodes[static_cast<size_t>(below)].layer.parameters[0];
  weight = weight * -2;  // the squeeze above stays prepared
  expect_as_apart(network, linear_composite(), 9);
}

}  // namespace
}  // namespace limpid
