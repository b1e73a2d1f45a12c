// SPDX-License-Identifier: Apache-2.0
// What must hold of relevance whatever the numbers: conservation, batching, seeds, and how it is asked for.
#include "limpid/core/error.h"
#include "limpid/explain/method.h"
#include "limpid/explain/presets.h"
#include "limpid/explain/propagate.h"

namespace limpid {
namespace {

using Numbers = std::vector<int64_t>;

Tensor noise(const Shape& shape, uint64_t seed) { return normal_noise(shape, seed).to(at::kDouble); }

int add_layer(Network& network, const char* type, std::vector<Tensor> parameters = {}, Attributes attributes = {},
              std::vector<int> inputs = {}) {
  if (inputs.empty()) inputs = {network.output};
  const std::string name = type + std::to_string(network.size());
  return append(network, name, {&layer_type(type), std::move(attributes), std::move(parameters)}, inputs);
}

/// 3×8×8 → convolution, pooling, a residual block, averaging → 5 classes.
Network small_network(bool biases) {
  const auto bias = [&](int64_t size, uint64_t seed) { return biases ? noise({size}, seed) * 0.3 : Tensor(); };
  const Attributes same = {{"pads", Numbers{1, 1, 1, 1}}};
  Network network = network_with_input("x", {3, 8, 8});
  add_layer(network, "conv", {noise({6, 3, 3, 3}, 1), bias(6, 2)}, same);
  add_layer(network, "relu");
  const int pooled = add_layer(network, "max_pool", {}, {{"kernel_shape", Numbers{2, 2}}, {"strides", Numbers{2, 2}}});
  add_layer(network, "conv", {noise({6, 6, 3, 3}, 3), bias(6, 4)}, same);
  const int block = add_layer(network, "relu");
  add_layer(network, "add", {}, {}, {pooled, block});
  add_layer(network, "relu");
  add_layer(network, "mean", {}, {{"axes", Numbers{2, 3}}, {"keepdims", int64_t{0}}});
  add_layer(network, "dense", {noise({5, 6}, 5), bias(5, 6)});
  return network;
}

Tensor images(int64_t count) { return dense(noise({count, 3, 8, 8}, 9)); }

LrpParameters bounded() { return {1e-6, 0.25, at::tensor(-5.0), at::tensor(5.0)}; }

Tensor relative(const Tensor& got, const Tensor& expected) {
  return (got - expected).norm() / expected.norm().clamp_min(1e-12);
}

class Presets : public ::testing::TestWithParam<std::string> {};

TEST_P(Presets, SeveralSeedsAtOnceAreSeveralWalksAndABatchIsItsImages) {
  const Network network = small_network(true);
  const Tensor batch = images(2);
  const Walk walk(network, lrp_preset(GetParam(), bounded()), network.output);
  const Tensor targets = at::tensor({0, 3, 4, 1, 2, 0}, at::kLong).reshape({2, 3});
  const Tensor together = walk(forward(network, batch), one_hot(targets, 5, batch)).unflatten(0, {2, 3});
  for (int64_t image = 0; image < 2; ++image) {
    const Activations alone = forward(network, dense(batch.narrow(0, image, 1)));
    for (int64_t seed = 0; seed < 3; ++seed) {
      const Tensor one = walk(alone, one_hot(targets[image].narrow(0, seed, 1).unsqueeze(0), 5, batch));
      EXPECT_LT(relative(together[image][seed], one[0]).item<double>(), 1e-10);
    }
  }
}

TEST_P(Presets, RelevanceSumsToTheScoreWithoutBiases) {
  const Network network = small_network(false);
  const Activations activations = forward(network, images(2));
  const Tensor& scores = activations[network.output];
  const Tensor targets = scores.argmax(1, true);
  const Tensor start = one_hot(targets, 5, scores) * scores;
  const Tensor relevance = Walk(network, lrp_preset(GetParam(), bounded()), network.output)(activations, start);
  EXPECT_LT(relative(relevance.flatten(1).sum(1), start.sum(1)).item<double>(), 1e-3);
}

TEST_P(Presets, AnInputOfZerosGivesFiniteRelevance) {
  for (const bool biases : {false, true}) {
    const Network network = small_network(biases);
    const Activations activations = forward(network, at::zeros({1, 3, 8, 8}, at::kDouble));
    const Walk walk(network, lrp_preset(GetParam(), bounded()), network.output);
    EXPECT_TRUE(at::isfinite(walk(activations, at::eye(5, at::kDouble))).all().item<bool>());
  }
}

INSTANTIATE_TEST_SUITE_P(Lrp, Presets, ::testing::ValuesIn(lrp_presets()), [](const auto& info) {
  std::string name = info.param;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
});

TEST(Lrp, WithoutStabiliserItIsGradientTimesInputOnABiasFreeReluNetwork) {
  const Network network = small_network(false);
  const Tensor input = images(2);
  const Activations activations = forward(network, input);
  const Tensor targets = at::tensor({1, 4}, at::kLong).reshape({2, 1});
  const Tensor seeds = one_hot(targets, 5, input);
  const Tensor relevance =
      Walk(network, lrp_preset("zero"), network.output)(activations, seeds * activations[network.output]);
  const Tensor gradient = Walk(network, gradient_composite(), network.output)(activations, seeds);
  EXPECT_LT(relative(relevance, gradient * input).item<double>(), 1e-9);
}

TEST(Lrp, ItIsTheSameInFloat32ToRounding) {
  const Network network = small_network(true);
  const Network single = moved(network, at::kCPU);
  const Tensor input = images(1);
  const auto explained = [](const Network& net, const Tensor& x) {
    const Walk walk(net, lrp_preset("epsilon-plus"), net.output);
    return walk(forward(net, x), at::eye(5, x.options()));
  };
  const Tensor expected = explained(network, input);
  EXPECT_LT(relative(explained(single, input.to(at::kFloat)).to(at::kDouble), expected).item<double>(), 1e-4);
}

TEST(SeedsWithin, ABudgetHoldsHalfAsManyNumbersOfTwiceTheSize) {
  const Network network = small_network(true);
  const Network single = moved(network, at::kCPU);
  const int64_t largest = 6 * 8 * 8, bytes = 3 * 4 * largest * 2 * 10;
  EXPECT_EQ(seeds_within(single, forward(single, images(2).to(at::kFloat)), bytes), 10);
  EXPECT_EQ(seeds_within(network, forward(network, images(2)), bytes), 5);
}

std::vector<Attribution> run(const char* name, const Network& network, const Activations& activations,
                             const std::map<std::string, std::string>& options, const Tensor& bound = {}) {
  const Method& chosen = method(name);
  Subject subject{network, activations, at::tensor({2, 0, 1, 3}, at::kLong).reshape({2, 2})};
  if (bound.defined()) {
    subject.low = -bound;
    subject.high = bound;
  }
  return chosen.run(subject, Options(chosen.options, options));
}

TEST(LrpMethod, ItGivesOneMapATargetAndSaysWhatWasLost) {
  const Network network = small_network(true);
  const Activations activations = forward(network, images(2));
  const std::vector<Attribution> maps = run("lrp", network, activations, {});
  ASSERT_EQ(maps.size(), 2u);
  EXPECT_EQ(maps[1].target, (std::vector<int64_t>{0, 3}));
  for (const Attribution& map : maps) {
    for (int64_t image = 0; image < 2; ++image) {
      const auto i = static_cast<size_t>(image);
      const double score = activations[network.output][image][map.target[i]].item<double>();
      EXPECT_NEAR(map.facts.at("start")[i], score, 1e-12);
      const double arrived = map.values[image].sum().item<double>();
      EXPECT_NEAR(map.facts.at("conservation_gap")[i], score - arrived, 1e-9);
    }
  }
}

TEST(LrpMethod, ABoxWithoutBoundsIsRefusedAndBoundsMayBeSetOrKnown) {
  const Network network = small_network(true);
  const Activations activations = forward(network, images(2));
  const std::map<std::string, std::string> box = {{"preset", "epsilon-gamma-box"}};
  EXPECT_THROW(run("lrp", network, activations, box), UsageError);
  const Tensor known = run("lrp", network, activations, box, at::full({3, 1, 1}, 5))[0].values;
  auto given = box;
  given["low"] = "-5";
  given["high"] = "5,5,5";
  EXPECT_TRUE(at::equal(run("lrp", network, activations, given)[0].values, known));
  given["high"] = "5,5";
  EXPECT_THROW(run("lrp", network, activations, given), UsageError);
  given["high"] = "-6";
  EXPECT_THROW(run("lrp", network, activations, given), UsageError);
  given["high"] = "five";
  EXPECT_THROW(run("lrp", network, activations, given), UsageError);
}

/// Normalisation inside the graph, before a padded convolution that it cannot be folded into: one channel is turned
/// round. Without it, the network that takes what the normalisation gives.
Network normalising(bool normalised) {
  Network network = network_with_input("x", {3, 8, 8});
  if (normalised) {
    const Tensor scale = at::tensor({2.0, -4.0, 5.0}).to(at::kDouble).reshape({3, 1, 1});
    const Tensor shift = at::tensor({-1.0, 1.5, 0.0}).to(at::kDouble).reshape({3, 1, 1});
    const int whole = add_layer(network, "affine", {scale, shift});
    add_layer(network, "concat", {}, {{"axis", int64_t{1}}}, {whole});
  }
  add_layer(network, "conv", {noise({6, 3, 3, 3}, 1), noise({6}, 2)}, {{"pads", Numbers{1, 1, 1, 1}}});
  add_layer(network, "relu");
  add_layer(network, "mean", {}, {{"axes", Numbers{2, 3}}, {"keepdims", int64_t{0}}});
  add_layer(network, "dense", {noise({5, 6}, 5), noise({5}, 6)});
  return network;
}

// The box is that of the layer's own input: bounds of the network's input once were taken as they are.
TEST(ZBox, ItsBoundsAreCarriedThroughTheNodesBeforeTheFirstLayer) {
  const Network network = normalising(true), rest = normalising(false);
  const Tensor x = dense(at::sigmoid(images(2)));
  const Activations whole = forward(network, x), behind = forward(rest, whole[1]);
  const Tensor ones = at::eye(5, x.options()).repeat({2, 1});
  const Tensor low = at::tensor({-1.0, -2.5, 0.0}).reshape({3, 1, 1}),
               high = at::tensor({1.0, 1.5, 5.0}).reshape({3, 1, 1});
  const LrpParameters unit{1e-6, 0.25, at::tensor(0.0), at::tensor(1.0)}, moved_unit{1e-6, 0.25, low, high};
  const Tensor lrp = Walk(rest, lrp_preset("epsilon-gamma-box", moved_unit), rest.output)(behind, ones);
  EXPECT_LT(
      relative(Walk(network, lrp_preset("epsilon-gamma-box", unit), network.output)(whole, ones), lrp).item<double>(),
      1e-12);
  const Tensor taylor = Walk(rest, deep_taylor_composite(low, high), rest.output)(behind, ones);
  EXPECT_LT(relative(Walk(network, deep_taylor_composite(unit.low, unit.high), network.output)(whole, ones), taylor)
                .item<double>(),
            1e-12);
}

TEST(ZBox, RefusesANodeBeforeTheFirstLayerThatHandsOnNoBounds) {
  Network network = network_with_input("x", {3, 8, 8});
  add_layer(network, "softmax", {}, {{"axis", int64_t{1}}});
  add_layer(network, "conv", {noise({6, 3, 3, 3}, 1), Tensor()});
  EXPECT_THROW(Walk(network, lrp_preset("epsilon-gamma-box", bounded()), network.output), UsageError);
  Walk(network, lrp_preset("epsilon-gamma"), network.output);
}

TEST(DeepTaylorMethod, ItIsNowhereNegativeAndStartsFromPositiveEvidence) {
  const Network network = small_network(true);
  const Activations activations = forward(network, images(2));
  for (const char* low : {"none", "-5"}) {
    const char* high = std::string(low) == "none" ? "none" : "5";
    for (const Attribution& map : run("deep-taylor", network, activations, {{"low", low}, {"high", high}})) {
      EXPECT_GE(map.values.min().item<double>(), 0);
      for (size_t i = 0; i < 2; ++i) EXPECT_GE(map.facts.at("start")[i], 0);
    }
  }
}

}  // namespace
}  // namespace limpid
