// SPDX-License-Identifier: Apache-2.0
#include "train/forward.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include <limits>

#include "limpid/core/random.h"
#include "limpid/net/training.h"
#include "limpid/train/architectures.h"
#include "support/networks.h"
#include "train/dropout.h"
#include "train/rectify.h"

namespace limpid::testing {
namespace {

/// Node after node by autograd's own operations, dropout left out.
Tensor by_autograd(const Network& network, const Tensor& input) {
  std::vector<Tensor> values = {input};
  for (int i = 1; i <= network.output; ++i) {
    const Layer& layer = network[i].layer;
    std::vector<Tensor> inputs;
    for (const int at : network[i].inputs) inputs.push_back(values[static_cast<size_t>(at)]);
    values.push_back(layer.type->train ? layer.type->train(layer, inputs)
                                       : layer.type->forward(layer, inputs, nullptr));
  }
  return values.back();
}

std::vector<Tensor> gradients(const Network& start, Tensor (*forward)(const Network&, const Tensor&)) {
  Network network = trainable(start);
  std::vector<Tensor> learned;
  for (Node& node : network.nodes)
    for (size_t i = 0; i < node.layer.parameters.size(); ++i) {
      Tensor& parameter = node.layer.parameters[i];
      if (!parameter.defined()) continue;
      parameter = dense(parameter.to(at::kDouble));
      if (is_learned(node.layer, i)) learned.push_back(parameter.requires_grad_(true));
    }
  const Tensor x = dense(normal_noise({6, 1, 32, 32}, 4).to(at::kDouble));
  at::cross_entropy_loss(forward(network, x), at::arange(6).remainder(5)).backward();
  for (Tensor& parameter : learned) parameter = parameter.grad();
  return learned;
}

TEST(Forward, GradientsAreThoseOfAutogradsOwnOperations) {
  for (const Architecture& architecture : architectures()) {
    SCOPED_TRACE(architecture.name);
    std::map<std::string, std::string> options;
    for (const OptionSpec& option : architecture.options)
      if (option.name == "dropout") options["dropout"] = "0";
    const Network network = build_architecture(architecture.name, {{1, 32, 32}, 5, 3}, options);
    const auto ours = gradients(network, [](const Network& n, const Tensor& x) { return training_logits(n, x, 1); });
    const auto expected = gradients(network, by_autograd);
    ASSERT_EQ(ours.size(), expected.size());
    double all = 0;
    for (const Tensor& gradient : expected) all += gradient.square().sum().item<double>();
    for (size_t i = 0; i < ours.size(); ++i)
      EXPECT_LT((ours[i] - expected[i]).norm().item<double>(), 1e-12 * std::sqrt(all)) << i;
  }
}

TEST(Forward, BatchNormalisationKeepsRunningStatistics) {
  Network network = build_architecture("resnet-small", {{1, 12, 12}, 2, 1}, {{"width", "2"}, {"blocks", "1"}});
  const int norm = node_named(network, "norm1"), conv = node_named(network, "conv1");
  const Tensor x = normal_noise({4, 1, 12, 12}, 3);
  const Tensor values = values_at(network, x, {conv})[0].to(at::kDouble);
  const Network ready = trainable(network);
  training_logits(ready, x, 0);
  const auto& p = ready[norm].layer.parameters;
  EXPECT_LT(distance(p[2].to(at::kDouble), values.mean({0, 2, 3}) * .1), 1e-6);
  EXPECT_LT(distance(p[3].to(at::kDouble), values.var({0, 2, 3}, true) * .1 + .9), 1e-6);
  EXPECT_TRUE(network[norm].layer.parameters[2].equal(at::zeros({2})));
}

TEST(Forward, DropoutLeavesOutItsShareAndKeepsTheMean) {
  Network network = network_with_input("x", {1, 50, 50});
  append(network, "relu", Layer{&layer_type("relu"), {{"dropout", .3}}}, {0});
  const Tensor x = at::ones({4, 1, 50, 50});
  const Tensor y = training_logits(network, x, 1);
  EXPECT_NEAR(y.eq(0).to(at::kDouble).mean().item<double>(), .3, .02);
  EXPECT_NEAR(y.max().item<double>(), 1 / .7, 1e-6);
  EXPECT_TRUE(y.equal(training_logits(network, x, 1)));
  EXPECT_FALSE(y.equal(training_logits(network, x, 2)));
  EXPECT_TRUE(logits(network, x).equal(x));
}

TEST(Rectify, ValuesAndGradientsAreThoseOfRelu) {
  const auto infinity = std::numeric_limits<float>::infinity();
  Tensor numbers = normal_noise({3, 17, 5, 7}, 2);
  numbers.flatten().narrow(0, 0, 6).copy_(at::tensor({0.f, -0.f, infinity, -infinity, 1e-40f, -1e-40f}));
  for (const at::ScalarType type : {at::kFloat, at::kBFloat16, at::kDouble})
    for (const at::MemoryFormat format : {at::MemoryFormat::ChannelsLast, at::MemoryFormat::Contiguous}) {
      SCOPED_TRACE(at::toString(type));
      const Tensor x = numbers.to(type).contiguous(format), signal = normal_noise({3, 17, 5, 7}, 3).to(type);
      const Tensor a = x.clone().requires_grad_(true), b = x.clone().requires_grad_(true);
      const Tensor ours = rectified_in_place(a * 1), expected = at::relu(b);
      EXPECT_TRUE(ours.equal(expected));
      ours.backward(signal);
      expected.backward(signal);
      EXPECT_TRUE(a.grad().equal(b.grad()));
    }
  Tensor nan = at::full({64}, std::nan(""), at::kBFloat16);
  EXPECT_TRUE(rectified_in_place(nan).isnan().all().item<bool>());
  EXPECT_TRUE(rectified_in_place(-at::full({64}, std::nan(""), at::kFloat)).isnan().all().item<bool>());
}

/// How far the mean of all is from 0 in standard errors, of numbers of variance 1.
double standard_errors(const Tensor& numbers) {
  return std::abs(numbers.mean().item<double>()) * std::sqrt(static_cast<double>(numbers.numel()));
}

TEST(LeftOut, PlacesAndSeedsAreIndependent) {
  const Tensor ones = at::ones({1 << 20});
  for (const double share : {.1, .25, .5, .9}) {
    SCOPED_TRACE(share);
    const auto centred = [&](uint64_t seed) {
      const Tensor kept = left_out(ones, share, seed).ne(0).to(at::kDouble);
      return (kept - (1 - share)) / std::sqrt(share * (1 - share));
    };
    const Tensor first = centred(7);
    EXPECT_LT(standard_errors(first), 4);
    for (const int64_t lag : {1, 2, 7, 96, 1024})
      EXPECT_LT(standard_errors(first.slice(0, lag) * first.slice(0, 0, first.numel() - lag)), 4) << lag;
    for (const uint64_t other : {uint64_t{8}, uint64_t{7} + (uint64_t{1} << 32), mixed_seed({7, 1})}) {
      const Tensor second = centred(other);
      for (const int64_t lag : {0, 1})
        EXPECT_LT(standard_errors(first.slice(0, lag) * second.slice(0, 0, first.numel() - lag)), 4) << other;
    }
  }
}

TEST(LeftOut, IsTheSameInEveryTypeAndOnAnyNumberOfThreads) {
  const Tensor x = normal_noise({2, 33, 40, 31}, 1);
  const int threads = at::get_num_threads();
  const Tensor expected = left_out(x, .3, 5);
  at::set_num_threads(threads == 1 ? 3 : 1);
  EXPECT_TRUE(left_out(x, .3, 5).equal(expected));
  at::set_num_threads(threads);
  for (const at::ScalarType type : {at::kDouble, at::kBFloat16})
    EXPECT_TRUE(left_out(x.to(type), .3, 5).ne(0).equal(expected.ne(0)));
}

}  // namespace
}  // namespace limpid::testing
