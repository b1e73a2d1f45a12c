// SPDX-License-Identifier: Apache-2.0
#include "limpid/concepts/tcav.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <set>

#include "limpid/concepts/concept_vectors.h"
#include "limpid/core/error.h"
#include "limpid/explain/arm.h"
#include "support/networks.h"

namespace limpid {
namespace {

using limpid::testing::random;

Probe probe_named(const Network& network, const std::string& layer) { return probes_of(network, {layer}).front(); }

TEST(Tcav, GradientsAreThoseOfFiniteDifferencesAtTheLayer) {
  const Network network = limpid::testing::dense_head_network();  // float64
  const Tensor inputs = random({3, 2, 8, 8}, 4);
  const Activations activations = forward(network, inputs);
  for (const std::string layer : {"conv1", "conv2"}) {
    const Probe probe = probe_named(network, layer);
    const Tensor& values = activations[probe.node];
    const Tensor gradients = ConceptSensitivity(network, probe, false).gradients(activations, 2);
    // not where the ReLU gave 0: several zeros in a window of the pooling behind have no derivative
    const Tensor direction = random({3, probe.units, probe.rows, probe.columns}, 8) * (values > 0);
    const double step = 1e-7;
    const auto score = [&](double at) {
      return logits_from(network, activations, probe.node, values + at * direction).select(1, 2);
    };
    const Tensor slopes = (score(step) - score(-step)) / (2 * step);
    EXPECT_TRUE(at::allclose((gradients * direction.flatten(1)).sum(1), slopes, 1e-5, 1e-6)) << layer;
    const Tensor pooled = ConceptSensitivity(network, probe, true).gradients(activations, 2);
    EXPECT_TRUE(at::allclose(pooled, gradients.reshape({3, probe.units, -1}).sum(2))) << layer;
  }
}

TEST(Tcav, TheScoresOfADirectionAndOfItsOppositeAddUpToOne) {
  Tensor derivatives = random({7, 20, 33}, 1);
  derivatives.masked_fill_(derivatives.abs() < .3, 0);  // exact zeros too
  EXPECT_TRUE(at::allclose(tcav_scores(derivatives) + tcav_scores(-derivatives), at::ones({7, 20}, at::kDouble)));
  EXPECT_EQ(tcav_scores(at::tensor({1., 2., -3., 4.})).item<double>(), .75);
}

TEST(Tcav, BehindALinearHeadScoresAreZeroOrOne) {
  const Network network = limpid::testing::gap_network();  // conv2 relu2 mean dense
  const Activations activations = forward(network, random({9, 2, 8, 8}, 4));
  const Probe probe = probe_named(network, "conv2");
  const Tensor gradients = ConceptSensitivity(network, probe, false).gradients(activations, 1);
  const Tensor scores = tcav_scores(at::mm(gradients, random({gradients.size(1), 30}, 2)).t());
  EXPECT_TRUE(((scores == 0) | (scores == 1)).all().item<bool>());
  EXPECT_GT(scores.sum().item<double>(), 0);
  EXPECT_LT(scores.sum().item<double>(), 30);
}

/// Two channels of a picture, each with its own unit; the class rests on the first alone, through ReLUs.
Network planted_network() {
  Network network = network_with_input("input", {2, 6, 6});
  Layer copy = limpid::testing::random_conv(2, 2, 1, 1);
  copy.parameters = {at::eye(2, at::kDouble).reshape({2, 2, 1, 1}), at::zeros({2}, at::kDouble)};
  int node = append(network, "conv1", copy, {0});
  node = append(network, "relu1", {&layer_type("relu")}, {node});
  Layer second = limpid::testing::random_conv(2, 1, 3, 1);
  second.parameters = {at::zeros({1, 2, 3, 3}, at::kDouble), at::full({1}, -.5, at::kDouble)};
  second.parameters[0].select(1, 0).fill_(1);
  node = append(network, "conv2", second, {node});
  node = append(network, "relu2", {&layer_type("relu")}, {node});
  node = append(network, "flatten", {&layer_type("reshape"), {{"shape", Shape{36}}}}, {node});
  Layer head = limpid::testing::random_dense(36, 2, 1);
  head.parameters = {at::ones({2, 36}, at::kDouble), at::zeros({2}, at::kDouble)};
  head.parameters[0][1].fill_(-1);
  append(network, "fc", head, {node});
  return moved(network, at::kCPU);
}

/// Noise with a bright block at a random place of a channel; −1: of none.
Tensor pictures(int64_t count, int64_t channel, uint64_t seed) {
  Tensor inputs = normal_noise({count, 2, 6, 6}, seed).abs() * .3F;
  const Tensor places = normal_noise({count, 2}, seed + 1).abs().mul(1000).to(at::kLong).remainder(4);
  for (int64_t n = 0; channel >= 0 && n < count; ++n)
    inputs[n][channel].narrow(0, places[n][0].item<int64_t>(), 3).narrow(1, places[n][1].item<int64_t>(), 3).add_(2);
  return inputs;
}

TEST(Tcav, APlantedConceptIsSignificantAndADistractorIsNot) {
  const Network network = planted_network();
  const Probe probe = probe_named(network, "conv1");
  const Tensor inputs = at::cat({pictures(200, 0, 1), pictures(200, 1, 5), pictures(400, -1, 9)});
  const Tensor rows = concept_features(forward(network, dense(inputs))[probe.node], false);
  std::vector<int64_t> decides, distracts;
  for (int64_t i = 0; i < 200; ++i) decides.push_back(i), distracts.push_back(200 + i);
  std::vector<std::vector<int64_t>> sets = random_sets(400, 20, 20, 3);
  for (auto& set : sets)
    for (int64_t& index : set) index += 400;
  std::vector<Contrast> contrasts;
  for (const auto* rows_of : {&decides, &distracts})
    for (const auto& set : sets) contrasts.push_back({*rows_of, set});
  for (size_t r = 0; r < sets.size(); ++r) contrasts.push_back({sets[r], sets[(r + 1) % sets.size()]});
  const ConceptVectors cavs = concept_vectors(rows, contrasts);
  const Activations activations = forward(network, dense(pictures(50, 0, 21)));
  const auto scores_of = [&](int64_t class_index) {
    const Tensor gradients = ConceptSensitivity(network, probe, false).gradients(activations, class_index);
    return tcav_scores(at::mm(gradients, cavs.vectors.t()).t()).reshape({3, 20});
  };
  const auto list = [](const Tensor& row) {
    return std::vector<double>(row.data_ptr<double>(), row.data_ptr<double>() + 20);
  };
  const Tensor scores = scores_of(0);
  const ConceptTest planted = concept_test(list(scores[0]), list(scores[2]), 2);
  const ConceptTest distractor = concept_test(list(scores[1]), list(scores[2]), 2);
  EXPECT_EQ(planted.score.mean, 1);
  EXPECT_TRUE(planted.significant);
  EXPECT_FALSE(distractor.significant) << distractor.test.p << " of " << distractor.score.mean;
  EXPECT_EQ(concept_test(list(scores_of(1)[0]), list(scores_of(1)[2]), 2).score.mean, 0)
      << "it speaks against the other";
}

TEST(Tcav, BonferroniMultipliesByTheTests) {
  const std::vector<double> scores = {.7, .8, .75, .9}, random = {.5, .45, .6, .4, .55};
  const ConceptTest one = concept_test(scores, random, 1), many = concept_test(scores, random, 12);
  EXPECT_DOUBLE_EQ(many.adjusted, 12 * one.test.p);
  EXPECT_EQ(concept_test(scores, random, 1'000'000).adjusted, 1);
  EXPECT_LE(concept_test({1, .9, 1, 1}, random, 1).score.high, 1);
}

TEST(Tcav, RandomSetsAreApartWhereTheyCanBeAndNeighboursAlways) {
  const auto all = [](const std::vector<std::vector<int64_t>>& sets) {
    std::set<int64_t> seen;
    for (const auto& set : sets) seen.insert(set.begin(), set.end());
    return static_cast<int64_t>(seen.size());
  };
  EXPECT_EQ(all(random_sets(100, 10, 10, 1)), 100);
  const auto tight = random_sets(30, 7, 10, 1);
  for (size_t r = 0; r < 7; ++r) EXPECT_EQ(all({tight[r], tight[(r + 1) % 7]}), 20) << r;
  EXPECT_EQ(random_sets(30, 7, 10, 1), tight);
  EXPECT_NE(random_sets(30, 7, 10, 2), tight);
  EXPECT_THROW(random_sets(29, 7, 10, 1), Error);
}

TEST(Tcav, TheProjectionIsSplitOverPositionsAndResponsesAreLinearInTheirParts) {
  const Network network = limpid::testing::gap_network();
  const Activations activations = forward(network, random({2, 2, 8, 8}, 4));
  const Probe probe = probe_named(network, "conv2");
  for (const bool pooled : {false, true}) {
    const int64_t features = probe.units * (pooled ? 1 : probe.rows * probe.columns);
    const Tensor vectors = random({3, features}, 6);
    const ConceptResponses walk(network, probe, linear_composite(), pooled);
    const auto maps = walk(activations, vectors);
    const Tensor rows = activations[probe.node].flatten(2).sum(2), whole = activations[probe.node].flatten(1);
    EXPECT_TRUE(at::allclose(maps.projections.sum({2, 3}), at::mm(pooled ? rows : whole, vectors.t())));
    EXPECT_TRUE(at::allclose(walk(activations, vectors, 1).responses, maps.responses)) << "one concept at a time";
    // what is along v and what is along −v: together the walk of |f ⊙ v|, in the linear mode
    const Tensor both = maps.responses + walk(activations, -vectors).responses;
    EXPECT_TRUE(at::allclose(both, walk(activations, vectors.abs()).responses, 1e-6, 1e-9));
  }
}

}  // namespace
}  // namespace limpid
