// SPDX-License-Identifier: Apache-2.0
#include "limpid/explain/arm.h"

#include "limpid/core/error.h"
#include "limpid/explain/propagate.h"
#include "support/networks.h"

namespace limpid {
namespace {

using limpid::testing::distance;
using limpid::testing::random;

struct ArmCase {
  Network network = limpid::testing::class_map_network();
  Activations activations = forward(network, random({3, 2, 8, 8}, 7));
  int conv1 = node_named(network, "conv1"), conv2 = node_named(network, "conv2");
};

TEST(AttentiveResponses, OneLayerGivesThePlainTransposedConvolution) {
  const ArmCase c;
  const Responses all = attentive_responses(c.network, c.activations, linear_composite(), c.conv1, {.top = 0});
  const Tensor z = c.activations[c.conv1 + 1];
  const Tensor expected = at::conv_transpose2d(z, c.network[c.conv1].layer.parameters[0], {}, 1, 1);
  EXPECT_LT(distance(all.maps.sum(1), expected), 1e-12);
}

TEST(AttentiveResponses, UnitsInLinearModeAddUpToTheWholeMap) {
  const ArmCase c;
  const Responses all = attentive_responses(c.network, c.activations, linear_composite(), c.conv2, {.top = 0});
  const Walk walk(c.network, linear_composite(), c.conv2);
  const Tensor whole = walk(c.activations, c.activations[feature_map(c.network, c.conv2)]);
  EXPECT_LT(distance(all.maps.sum(1), whole), 1e-12);
}

// A second implementation of equation 3.1 with ATen's own transposed convolution and un-pooling.
TEST(AttentiveResponses, TwoLayersFollowTheEquation) {
  const ArmCase c;
  const Responses all = attentive_responses(c.network, c.activations, linear_composite(), c.conv2, {.top = 0});
  const auto [pooled, switches] = at::max_pool2d_with_indices(c.activations[c.conv1 + 1], {2, 2}, {2, 2});
  for (int64_t k = 0; k < 4; ++k) {
    const int64_t unit = all.units[1][k].item<int64_t>();
    Tensor z = at::zeros_like(c.activations[c.conv2]);
    z.select(1, unit).copy_(at::relu(c.activations[c.conv2]).select(1, unit));
    const Tensor at_pool = at::conv_transpose2d(z, c.network[c.conv2].layer.parameters[0], {}, 1, 1);
    const Tensor at_relu = at::max_unpool2d(at_pool.contiguous(), switches.contiguous(), {8, 8});
    const Tensor expected = at::conv_transpose2d(at_relu, c.network[c.conv1].layer.parameters[0], {}, 1, 1);
    EXPECT_LT(distance(all.maps[1][k], expected[1]), 1e-12);
  }
}

TEST(AttentiveResponses, UnitsComeByFallingSumAndTiesByNumber) {
  ArmCase c;
  Tensor& features = c.activations.values[static_cast<size_t>(feature_map(c.network, c.conv2))];
  features = at::zeros_like(features);
  features.select(1, 2).fill_(2);
  features.select(1, 1).fill_(1);
  features.select(1, 3).fill_(1);
  const Responses top = attentive_responses(c.network, c.activations, linear_composite(), c.conv2, {.top = 3});
  EXPECT_TRUE(at::equal(top.units[0], at::tensor({2, 1, 3}, at::kLong)));
}

TEST(AttentiveResponses, LevelIsTheLargestResponseAndIndexItsUnit) {
  const ArmCase c;
  const Responses top = attentive_responses(c.network, c.activations, guided_composite(), c.conv2, {.top = 3});
  const Tensor sums = top.maps.sum(2);
  EXPECT_LT(distance(top.level, sums.amax(1)), 1e-15);
  for (int64_t n = 0; n < 3; ++n)
    for (int64_t k = 0; k < 3; ++k) {
      const Tensor mine = top.index[n] == top.units[n][k].item<int>();
      EXPECT_TRUE(at::equal(top.level[n].masked_select(mine), sums[n][k].masked_select(mine)));
    }
}

TEST(AttentiveResponses, AChunkOfOneUnitGivesTheSameMaps) {
  const ArmCase c;
  const Responses whole = attentive_responses(c.network, c.activations, guided_composite(), c.conv2, {.top = 0});
  const Responses parts =
      attentive_responses(c.network, c.activations, guided_composite(), c.conv2, {.top = 0, .memory = 1});
  EXPECT_LT(distance(whole.maps, parts.maps), 1e-13);
}

TEST(AttentiveResponses, APeakStartsAtOnePositionOnly) {
  const ArmCase c;
  const Responses peak =
      attentive_responses(c.network, c.activations, linear_composite(), c.conv1, {.top = 1, .peak = true});
  // One position of a 3x3 kernel reaches at most nine pixels.
  EXPECT_LE((peak.maps[0][0][0] != 0).sum().item<int64_t>(), 9);
  EXPECT_GT(peak.maps.abs().max().item<double>(), 0);
}

TEST(AttentiveResponses, AReluBehindAPoolingCountsAsIfItStoodBeforeIt) {
  const auto network = [](const std::vector<std::string>& behind) {
    Network made = network_with_input("x", {2, 8, 8});
    int node = append(made, "conv", limpid::testing::random_conv(2, 4, 3, 3), {0});
    for (const std::string& type : behind)
      node = append(made, type, type == "relu" ? Layer{&layer_type("relu")} : limpid::testing::max_pool_2x2(), {node});
    const Layer mean{&layer_type("average_pool"), {{"kernel_shape", std::vector<int64_t>{4, 4}}}};
    append(made, "mean", mean, {node});
    return made;
  };
  const Network before = network({"relu", "max_pool"}), after = network({"max_pool", "relu"});
  const Tensor x = random({3, 2, 8, 8}, 7);
  const Activations a = forward(before, x), b = forward(after, x);
  EXPECT_TRUE(at::equal(features_of(before, a, 1), features_of(after, b, 1)));
  const Responses one = attentive_responses(before, a, linear_composite(), 1, {.top = 0});
  const Responses other = attentive_responses(after, b, linear_composite(), 1, {.top = 0});
  EXPECT_TRUE(at::equal(one.units, other.units));
  EXPECT_LT(distance(one.maps, other.maps), 1e-12);
}

TEST(Walk, DeconvnetEqualsTheGradientWhereNothingIsRectified) {
  Network network = network_with_input("data", {2, 8, 8});
  append(network, "conv1", limpid::testing::random_conv(2, 3, 3, 1), {0});
  const int pool = append(network, "pool", limpid::testing::max_pool_2x2(), {1});
  append(network, "conv2", limpid::testing::random_conv(3, 4, 3, 2), {pool});
  const Activations activations = forward(network, random({2, 2, 8, 8}, 9));
  const Tensor signal = random({6, 4, 4, 4}, 10);
  const Tensor a = Walk(network, deconvnet_composite(), 3)(activations, signal);
  const Tensor b = Walk(network, gradient_composite(), 3)(activations, signal);
  EXPECT_TRUE(at::equal(a, b));
}

TEST(Walk, SeveralSeedsAtOnceEqualSingleWalks) {
  const ArmCase c;
  const Walk walk(c.network, guided_composite(), c.conv2);
  const Tensor signal = random({3, 5, 4, 4, 4}, 11);
  const Tensor together = walk(c.activations, signal.flatten(0, 1)).unflatten(0, {3, 5});
  for (int64_t s = 0; s < 5; ++s)
    EXPECT_LT(distance(together.select(1, s), walk(c.activations, signal.select(1, s))), 1e-13);
}

TEST(Walk, AnUnrelatedTargetGetsZeros) {
  Network network = network_with_input("data", {2, 8, 8});
  const int left = append(network, "left", limpid::testing::random_conv(2, 3, 3, 1), {0});
  const int right = append(network, "right", limpid::testing::random_conv(2, 3, 3, 2), {0});
  const Activations activations = forward(network, random({1, 2, 8, 8}, 9));
  const Tensor signal = Walk(network, gradient_composite(), right, left)(activations, random({2, 3, 8, 8}, 3));
  EXPECT_EQ(signal.abs().sum().item<double>(), 0);
  EXPECT_EQ(shape_text(signal.sizes()), "2x3x8x8");
}

TEST(FeatureMap, IsTheActivationBehindAConvolution) {
  const ArmCase c;
  EXPECT_EQ(c.network[feature_map(c.network, c.conv2)].name, "relu2");
  EXPECT_EQ(last_convolution(c.network), c.conv2);
  EXPECT_EQ(convolutions(c.network), (std::vector<int>{c.conv1, c.conv2}));
}

TEST(FeatureMap, LiesBehindAResidualSum) {
  Network network = network_with_input("data", {2, 8, 8});
  const int first = append(network, "conv1", limpid::testing::random_conv(2, 2, 3, 1), {0});
  const int second = append(network, "conv2", limpid::testing::random_conv(2, 2, 3, 2), {first});
  const int sum = append(network, "add", Layer{&layer_type("add")}, {second, first});
  const int relu = append(network, "relu", Layer{&layer_type("relu")}, {sum});
  EXPECT_EQ(feature_map(network, second), relu);
  EXPECT_EQ(feature_map(network, first), first);
}

TEST(LayerNames, OfAConvolutionAndOfItsActivationStandForItsFeatureMapAndOthersForThemselves) {
  const ArmCase c;
  for (const char* name : {"conv2", "relu2"}) {
    const NamedLayer layer = layer_named(c.network, name);
    EXPECT_EQ(layer.name, "conv2");
    EXPECT_EQ(layer.convolution, c.conv2);
    EXPECT_TRUE(at::equal(values_of(c.network, c.activations, layer), features_of(c.network, c.activations, c.conv2)));
  }
  const NamedLayer pool = layer_named(c.network, "pool1");
  EXPECT_EQ(pool.name, "pool1");
  EXPECT_FALSE(pool.convolution.has_value());
  EXPECT_TRUE(at::equal(values_of(c.network, c.activations, pool), c.activations[pool.node]));
  EXPECT_THROW(layer_named(c.network, "conv3"), UsageError);
}

}  // namespace
}  // namespace limpid
