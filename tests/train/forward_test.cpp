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
#include "train/convolution.h"
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

std::vector<Tensor> gradients(const Network& start, at::ScalarType type,
                              Tensor (*forward)(const Network&, const Tensor&)) {
  Network network = trainable(start);
  std::vector<Tensor> learned;
  for (Node& node : network.nodes)
    for (size_t i = 0; i < node.layer.parameters.size(); ++i) {
      Tensor& parameter = node.layer.parameters[i];
      if (!parameter.defined()) continue;
      parameter = dense(parameter.to(type));
      if (is_learned(node.layer, i)) learned.push_back(parameter.requires_grad_(true));
    }
  const Tensor x = dense(normal_noise({6, 1, 32, 32}, 4).to(type));
  at::cross_entropy_loss(forward(network, x), at::arange(6).remainder(5)).backward();
  for (Tensor& parameter : learned) parameter = parameter.grad().to(at::kDouble);
  return learned;
}

TEST(Forward, GradientsAreThoseOfAutogradsOwnOperations) {
  for (const Architecture& architecture : architectures()) {
    SCOPED_TRACE(architecture.name);
    std::map<std::string, std::string> options;
    for (const OptionSpec& option : architecture.options)
      if (option.name == "dropout") options["dropout"] = "0";
    const Network network = build_architecture(architecture.name, {{1, 32, 32}, 5, 3}, options);
    const auto expected = gradients(network, at::kDouble, by_autograd);
    double all = 0;
    for (const Tensor& gradient : expected) all += gradient.square().sum().item<double>();
    // In float32 a few switches of pooling flip.
    for (const auto& [type, most] : {std::pair(at::kDouble, 1e-12), std::pair(at::kFloat, 1e-3)}) {
      const auto ours =
          gradients(network, type, [](const Network& n, const Tensor& x) { return training_logits(n, x, 1); });
      ASSERT_EQ(ours.size(), expected.size());
      for (size_t i = 0; i < ours.size(); ++i)
        EXPECT_LT((ours[i] - expected[i]).norm().item<double>(), most * std::sqrt(all)) << i;
    }
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

TEST(FasterConvolution, ValuesAndGradientsAreThoseOfAutograd) {
  for (const auto& [channels, kernel] : {std::pair<int64_t, int64_t>{16, 3}, {48, 3}, {8, 7}, {32, 5}})
    for (const int64_t size : {7, 32}) {
      SCOPED_TRACE(std::to_string(channels) + ", " + std::to_string(size));
      const Tensor weight = normal_noise({24, channels, kernel, kernel}, 1) * .1, bias = normal_noise({24}, 2);
      Layer layer{&layer_type("conv"), {{"pads", std::vector<int64_t>(4, kernel / 2)}}, {dense(weight), bias}};
      ASSERT_TRUE(has_faster_convolution(layer));
      for (Tensor& parameter : layer.parameters) parameter.requires_grad_(true);
      const Tensor x = dense(normal_noise({3, channels, size, size}, 3)).requires_grad_(true);
      const Tensor signal = dense(normal_noise({3, 24, size, size}, 4)), ours = faster_convolution(layer, x);
      ours.backward(signal);
      std::vector<Tensor> exact;
      for (const Tensor& part : {x, layer.parameters[0], layer.parameters[1]})
        exact.push_back(part.detach().to(at::kDouble).requires_grad_(true));
      const Tensor expected = at::conv2d(exact[0], exact[1], exact[2], 1, kernel / 2);
      expected.backward(signal.to(at::kDouble));
      const auto near = [](const Tensor& a, const Tensor& b) {
        EXPECT_LT(((a.to(at::kDouble) - b).norm() / b.norm()).item<double>(), 1e-5);
      };
      near(ours, expected);
      near(x.grad(), exact[0].grad());
      for (const size_t i : {0u, 1u}) near(layer.parameters[i].grad(), exact[1 + i].grad());
    }
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

TEST(Forward, BatchNormalisationOfBfloat16KeepsStatisticsInFloat32) {
  const LayerType& type = layer_type("batch_norm");
  const Tensor x = dense((normal_noise({32, 4, 16, 16}, 4) * 3 + 2).to(at::kBFloat16)).requires_grad_(true);
  const auto made = [&](const Tensor& input, std::vector<Tensor> parameters) {
    const Layer layer{&type, {}, std::move(parameters)};
    const Tensor y = type.train(layer, {input});
    y.backward(normal_noise(y.sizes().vec(), 5).to(at::kBFloat16).to(y.scalar_type()));
    return y;
  };
  const auto parameters = [](at::ScalarType number) {
    return std::vector<Tensor>{at::full({4}, 1.5, number).requires_grad_(true),
                               at::full({4}, .5, number).requires_grad_(true), at::zeros({4}, number),
                               at::ones({4}, number)};
  };
  const auto low = parameters(at::kFloat), exact = parameters(at::kDouble);
  const Tensor wide = x.detach().to(at::kDouble).requires_grad_(true);
  const Tensor y = made(x, low), expected = made(wide, exact);
  EXPECT_EQ(y.scalar_type(), at::kBFloat16);
  EXPECT_LT(distance(y.to(at::kDouble), expected), 2e-2);
  EXPECT_LT(distance(x.grad().to(at::kDouble), wide.grad()), 2e-2);
  for (const size_t i : {2u, 3u}) EXPECT_LT(distance(low[i].to(at::kDouble), exact[i]), 1e-5);
  for (const size_t i : {0u, 1u})
    EXPECT_LT(distance(low[i].grad().to(at::kDouble), exact[i].grad()), 1e-2 * exact[i].grad().norm().item<double>());
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
