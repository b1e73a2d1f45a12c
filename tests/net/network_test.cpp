// SPDX-License-Identifier: Apache-2.0
#include "limpid/net/network.h"

#include "limpid/core/error.h"
#include "support/networks.h"

namespace limpid {
namespace {

using limpid::testing::distance;
using limpid::testing::random;

// A batch of no images with channels-last weights once ended in an error of ATen's.
TEST(Network, TakesChannelsLastWeightsOfEveryType) {
  for (const Precision precision : {Precision::kFloat32, Precision::kFloat64}) {
    const Network network = moved(limpid::testing::class_map_network(), at::kCPU, precision);
    Network copy = network_with_input("data", network.input_shape());
    append(copy, "conv", network[1].layer, {0});
    EXPECT_EQ(copy[1].shape, network[1].shape);
  }
}

TEST(Network, ALayerThatDoesNotFitIsNamed) {
  Network network = network_with_input("data", {2, 8, 8});
  try {
    append(network, "wrong", limpid::testing::random_conv(3, 4, 3, 1), {0});
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), ::testing::HasSubstr("layer 'wrong' (conv) does not fit its input 2x8x8"));
  }
}

TEST(Network, NodesAnswerToTheirAliases) {
  Network network = limpid::testing::gap_network();
  network.nodes[1].aliases = {"features.0"};
  EXPECT_EQ(node_named(network, "features.0"), 1);
  EXPECT_THROW(node_named(network, "features.1"), UsageError);
}

TEST(Network, AnInputOfAnotherShapeIsRefused) {
  EXPECT_THROW(forward(limpid::testing::gap_network(), at::zeros({1, 2, 9, 8}, at::kDouble)), Error);
}

TEST(Network, SomeValuesAreThoseOfTheWholePass) {
  const Network network = limpid::testing::gap_network();
  const Tensor x = random({3, 2, 8, 8}, 1);
  const Activations all = forward(network, x);
  const std::vector<int> nodes = {network.output, node_named(network, "relu1"), 0};
  const std::vector<Tensor> some = values_at(network, x, nodes);
  for (size_t i = 0; i < nodes.size(); ++i) EXPECT_TRUE(at::equal(some[i], all[nodes[i]]));
}

// Convolutions are then computed together with their ReLUs, where nobody wants the values in between.
TEST(Network, ReluAndConvolutionAreWhatTheyAreApart) {
  for (const Precision precision : {Precision::kFloat32, Precision::kFloat64}) {
    Network network = network_with_input("data", {3, 12, 11});
    const int first = append(network, "first", limpid::testing::random_conv(3, 24, 3, 1), {0});
    const int once = append(network, "once", {&layer_type("relu")}, {first});
    const int second = append(network, "second", limpid::testing::random_conv(24, 24, 1, 2), {once});
    const int twice = append(network, "twice", {&layer_type("relu")}, {second});
    const int sum = append(network, "sum", {&layer_type("add")}, {twice, second});
    const int third = append(network, "third", limpid::testing::random_conv(24, 16, 3, 3), {sum});
    const int last = append(network, "last", {&layer_type("relu")}, {third});
    network = moved(network, at::kCPU, precision);
    const Tensor x = dense(random({2, 3, 12, 11}, 4).to(precision == Precision::kFloat64 ? at::kDouble : at::kFloat));
    const Activations all = forward(network, x);
    for (const std::vector<int>& nodes : std::vector<std::vector<int>>{
             {last}, {third, last}, {last, third}, {once}, {first}, {second, twice}, {first, once, second, sum}}) {
      const std::vector<Tensor> some = values_at(network, x, nodes);
      for (size_t k = 0; k < nodes.size(); ++k) EXPECT_TRUE(some[k].equal(all[nodes[k]])) << nodes[k];
    }
  }
}

TEST(Network, ReplacedValuesReachTheScores) {
  const Network network = limpid::testing::gap_network();
  const Tensor x = random({1, 2, 8, 8}, 1);
  const Activations all = forward(network, x);
  const int node = node_named(network, "relu1");
  EXPECT_LT(distance(logits_from(network, all, node, all[node]), all[network.output]), 1e-14);
  const Tensor changed = random({4, 5, 8, 8}, 2);
  const Tensor scores = logits_from(network, all, node, changed);
  EXPECT_EQ(shape_text(scores.sizes()), "4x4");
  EXPECT_LT(distance(scores[2], logits_from(network, all, node, changed.narrow(0, 2, 1))[0]), 1e-13);
}

TEST(Network, ReplacedValuesMeetTheOtherBranchesAsTheyWere) {
  Network network = network_with_input("data", {2, 8, 8});
  const int left = append(network, "left", limpid::testing::random_conv(2, 3, 3, 1), {0});
  const int right = append(network, "right", limpid::testing::random_conv(2, 3, 3, 2), {0});
  append(network, "add", Layer{&layer_type("add")}, {left, right});
  const Activations all = forward(network, random({1, 2, 8, 8}, 3));
  const Tensor changed = random({2, 3, 8, 8}, 4);
  EXPECT_LT(distance(logits_from(network, all, left, changed), changed + all[right]), 1e-14);
}

TEST(Network, WeightsThatAreNotNumbersAreNamed) {
  Network network = limpid::testing::gap_network();
  network.nodes[1].layer.parameters[0] = network[1].layer.parameters[0].clone();
  network.nodes[1].layer.parameters[0][2][1][0][0] = std::nan("");
  try {
    require_finite(network);
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), ::testing::HasSubstr("the weight of layer 'conv1' has 1 of 90 values"));
    EXPECT_THAT(error.what(), ::testing::HasSubstr("[2, 1, 0, 0]"));
  }
}

TEST(Network, CountsMultiplyAdds) {
  const Network network = limpid::testing::gap_network();
  EXPECT_EQ(multiply_adds(network, 1), 8 * 8 * 5 * 2 * 9);
  EXPECT_EQ(multiply_adds(network, node_named(network, "fc")), 6 * 4);
  EXPECT_EQ(multiply_adds(network, node_named(network, "relu1")), 0);
}

TEST(Network, NamesItsClasses) {
  Network network = limpid::testing::gap_network();
  EXPECT_EQ(class_names(network)[3], "3");
  network.metadata["classes"] = R"(["a", "b", "c", "d"])";
  EXPECT_EQ(class_names(network)[3], "d");
}

// Heads are rewritten when the network is on its device already. A tensor without values stands for an accelerator's.
TEST(Network, LayersMayBeAppendedWhoseParametersAreOnAnotherDevice) {
  Network network = network_with_input("data", {4});
  const Tensor scale = at::ones({4}, at::device(at::kMeta));
  append(network, "scale", Layer{&layer_type("affine"), {}, {scale, Tensor()}}, {0});
  EXPECT_EQ(network[1].shape, Shape{4});
}

}  // namespace
}  // namespace limpid
