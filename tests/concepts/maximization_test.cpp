// SPDX-License-Identifier: Apache-2.0
#include "limpid/concepts/maximization.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "support/networks.h"

namespace limpid {
namespace {

using limpid::testing::random;

MaximizeOptions options_for(int64_t steps) {
  MaximizeOptions options;
  options.steps = steps;
  options.jitter = 0;
  options.decay = options.blur = 0;
  options.low = at::full({2, 1, 1}, -1.0);
  options.high = at::full({2, 1, 1}, 2.0);
  return options;
}

TEST(Maximization, GradientsAreThoseOfFiniteDifferences) {
  const Network network = limpid::testing::dense_head_network();  // float64
  const int conv = node_named(network, "conv2");
  const std::vector<Objective> objectives = {
      {Target::unit, conv, 3}, {Target::channel, conv, 1}, {Target::logit, network.output, 2}};
  for (const Objective& objective : objectives) {
    const Tensor input = random({1, 2, 8, 8}, 4), direction = random({1, 2, 8, 8}, 5);
    const auto value = [&](double step) {
      return objective_values(forward(network, input + step * direction), {objective}).front();
    };
    const double slope = (value(1e-6) - value(-1e-6)) / 2e-6;
    const Tensor gradient = objective_gradients(network, forward(network, input), {objective});
    EXPECT_NEAR((gradient * direction).sum().item<double>(), slope, 1e-6 * std::max(1.0, std::abs(slope)));
  }
}

TEST(Maximization, TheFourierParametersHaveTheirAdjoint) {
  for (const int64_t width : {7, 8})
    for (const int64_t height : {6, 9}) {
      const Tensor coefficients = random({2, 3, height, width / 2 + 1, 2}, 1);
      const Tensor image = image_of_coefficients(coefficients, width), other = random(image.sizes(), 2);
      EXPECT_NEAR((image * other).sum().item<double>(),
                  (coefficients * coefficients_of_gradient(other)).sum().item<double>(), 1e-4);
    }
}

/// conv 3x3 of one channel with a planted kernel, no activation.
Network planted(const Tensor& kernel) {
  Network network = network_with_input("input", {1, 9, 9});
  Layer layer = limpid::testing::random_conv(1, 1, 3, 1);
  layer.parameters = {kernel.reshape({1, 1, 3, 3}), at::zeros({1}, kernel.options())};
  const int conv = append(network, "conv", layer, {0});
  append(network, "flatten", {&layer_type("reshape"), {{"shape", Shape{81}}}}, {conv});
  return moved(network, at::kCPU);
}

TEST(Maximization, ALinearUnitIsMaximisedByTheSignsOfItsKernel) {
  const Tensor kernel = at::tensor({1., -2., 3., -1., 2., -3., 1., -1., 2.}, at::kDouble).reshape({3, 3});
  const Network network = planted(kernel);
  MaximizeOptions options = options_for(200);
  options.low = at::zeros({1, 1, 1});
  options.high = at::ones({1, 1, 1});
  const Tensor found = maximized(network, {{Target::unit, node_named(network, "conv"), 0}}, {1}, options);
  const Tensor middle = found[0][0].narrow(0, 3, 3).narrow(1, 3, 3).to(at::kDouble);
  EXPECT_LE((middle - (kernel > 0).to(at::kDouble)).abs().max().item<double>(), 1e-6);
}

TEST(Maximization, GoesUpWithEveryRegulariserAndIsTheSameForASeed) {
  const Network network = moved(limpid::testing::gap_network(), at::kCPU);
  const std::vector<Objective> objectives = {{Target::logit, network.output, 1}, {Target::logit, network.output, 3}};
  for (const bool fourier : {false, true}) {
    MaximizeOptions options = options_for(40);
    options.jitter = 2;
    options.decay = .01;
    options.blur = .5;
    options.norm = .3;
    options.fourier = fourier;
    std::vector<double> first, last;
    options.each = [&](int64_t step, const Tensor& inputs, const std::vector<double>& values) {
      (step == 0 ? first : last) = values;
      EXPECT_GE(inputs.min().item<double>(), -1);
      EXPECT_LE(inputs.max().item<double>(), 2);
    };
    const Tensor both = maximized(network, objectives, {1, 2}, options);
    for (size_t n = 0; n < 2; ++n) EXPECT_GT(last[n], first[n]);
    options.each = {};
    EXPECT_TRUE(at::equal(both, maximized(network, objectives, {1, 2}, options)));
    const Tensor alone = maximized(network, {objectives[1]}, {2}, options);
    EXPECT_TRUE(at::allclose(both[1], alone[0], 1e-3, 1e-3)) << "the other objective has no part in it";
    EXPECT_FALSE(at::allclose(both[1], maximized(network, {objectives[1]}, {3}, options)[0], 1e-3, 1e-3));
  }
}

TEST(Maximization, TheNormIsKept) {
  const Network network = moved(limpid::testing::gap_network(), at::kCPU);
  MaximizeOptions options = options_for(60);
  options.norm = .1;
  const Tensor found = maximized(network, {{Target::logit, network.output, 0}}, {1}, options);
  EXPECT_LE(((found + 1) / 3 - .5).square().mean().sqrt().item<double>(), .1 + 1e-6);
}

}  // namespace
}  // namespace limpid
