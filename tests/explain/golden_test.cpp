// SPDX-License-Identifier: Apache-2.0
// Values that the tests of other projects publish for networks small enough to compute by hand.
#include "limpid/explain/presets.h"
#include "limpid/explain/propagate.h"
#include "limpid/net/onnx.h"
#include "support/matrix_rules.h"

namespace limpid {
namespace {

using Numbers = std::vector<int64_t>;

Tensor values(std::vector<double> list, const Shape& shape) { return at::tensor(list, at::kDouble).reshape(shape); }

int append_layer(Network& network, const char* type, std::vector<Tensor> parameters = {}, Attributes attributes = {}) {
  const std::string name = type + std::to_string(network.size());
  return append(network, name, {&layer_type(type), std::move(attributes), std::move(parameters)}, {network.output});
}

/// One convolution (Captum's BasicModel_ConvNet_One_Conv): 1×4×4 → 2 maps 2×2 → 4 classes.
Network one_conv() {
  Network network = network_with_input("x", {1, 4, 4});
  append_layer(network, "conv", {at::ones({2, 1, 3, 3}, at::kDouble), values({-50, -75}, {2})});
  append_layer(network, "relu");
  append_layer(network, "reshape", {}, {{"shape", Numbers{8}}});
  append_layer(network, "dense", {values({1, 1, 1, 1, 1, -1, -1, -1}, {1, 8}).repeat({4, 1}), Tensor()});
  append_layer(network, "relu");
  return network;
}

/// A network as it was built, and as it comes back from an ONNX file.
std::vector<Network> both(const Network& network) {
  return {network, moved(parse_onnx(onnx_bytes(network)), at::kCPU, Precision::kFloat64)};
}

Tensor ramp() { return at::arange(16, at::kDouble).reshape({1, 1, 4, 4}); }

/// Captum's SimpleLRPModel with the first weight given.
Network simple_lrp(double corner) {
  Network network = network_with_input("x", {3});
  const Tensor weight = at::full({3, 3}, 2, at::kDouble);
  weight[0][0] = corner;
  append_layer(network, "dense", {weight, Tensor()});
  append_layer(network, "relu");
  append_layer(network, "dense", {at::full({1, 3}, 3, at::kDouble), Tensor()});
  return network;
}

/// Captum's BasicModel_MultiLayer.
Network multi_layer() {
  Network network = network_with_input("x", {3});
  append_layer(network, "dense", {at::ones({4, 3}, at::kDouble), values({-10, 1, 1, 1}, {4})});
  append_layer(network, "relu");
  append_layer(network, "dense", {at::ones({2, 4}, at::kDouble), values({-1, 1}, {2})});
  return network;
}

Tensor explained(const Network& network, const Composite& composite, const Tensor& input, int64_t target,
                 bool from_score, int to = 0) {
  const Activations activations = forward(network, input);
  const Tensor& scores = activations[network.output];
  Tensor signal = one_hot(at::tensor({target}, at::kLong).reshape({1, 1}), network.classes(), scores);
  if (from_score) signal = signal * scores;
  return Walk(network, composite, network.output, to)(activations, signal)[0];
}

Composite everywhere(const Rule& rule) {
  return {
      "test",
      {{has_role(Role::kDense), rule}, {has_role(Role::kConvolution), rule}, {has_role(Role::kActivation), pass()}}};
}

/// A dense layer without anything around it: relevance of its input.
Tensor of_dense(const Rule& rule, const Tensor& weight, const Tensor& bias, const Tensor& a, const Tensor& relevance) {
  Network network = network_with_input("x", {a.size(0)});
  append_layer(network, "dense", {weight, bias});
  const Walk walk(network, {"test", {{any(), rule}}}, network.output);
  return walk(forward(network, a.unsqueeze(0)), relevance.unsqueeze(0))[0];
}

void expect_close(const Tensor& got, const Tensor& expected, double tolerance = 1e-4) {
  EXPECT_TRUE(at::allclose(got, expected, 0, tolerance)) << got << "\n" << expected;
}

TEST(Golden, OneConvHasItsPublishedScores) {
  for (const Network& network : both(one_conv()))
    expect_close(forward(network, ramp())[network.output], values({54, 54, 54, 54}, {1, 4}));
}

TEST(Golden, GradientOfOneConv) {
  for (const Network& network : both(one_conv()))
    expect_close(explained(network, gradient_composite(), ramp(), 0, false),
                 values({0, 1, 1, 1, 0, 1, 1, 1, 0, 1, 1, 1, 0, 0, 0, 0}, {1, 4, 4}));
}

TEST(Golden, EveryBackwardRuleAgreesWhereAllUnitsAreActive) {  // by hand: four paths of weight 1 from each input
  const Tensor input = values({20, 50, 30}, {1, 3});
  for (const Network& network : both(multi_layer()))
    for (const Composite& composite : {gradient_composite(), deconvnet_composite(), guided_composite()})
      expect_close(explained(network, composite, input, 0, false), values({4, 4, 4}, {3}));
}

TEST(Golden, GradientAndGuidedStopAtUnitsThatAreOffAndDeconvnetDoesNot) {  // by hand: −10 + Σx < 0
  const Tensor input = values({1, 2, 3}, {1, 3});
  for (const Network& network : both(multi_layer())) {
    expect_close(explained(network, gradient_composite(), input, 0, false), values({3, 3, 3}, {3}));
    expect_close(explained(network, guided_composite(), input, 0, false), values({3, 3, 3}, {3}));
    expect_close(explained(network, deconvnet_composite(), input, 0, false), values({4, 4, 4}, {3}));
  }
}

TEST(Golden, DeconvnetOfOneConv) {  // Captum tests/attr/test_deconvolution.py
  for (const Network& network : both(one_conv()))
    expect_close(explained(network, deconvnet_composite(), ramp(), 0, false),
                 values({2, 3, 3, 1, 3, 5, 5, 2, 3, 5, 5, 2, 1, 2, 2, 1}, {1, 4, 4}));
}

TEST(Golden, GuidedBackpropOfOneConv) {  // Captum tests/attr/test_guided_backprop.py
  for (const Network& network : both(one_conv()))
    expect_close(explained(network, guided_composite(), ramp(), 0, false),
                 values({0, 1, 1, 1, 1, 3, 3, 2, 1, 3, 3, 2, 1, 2, 2, 1}, {1, 4, 4}));
}

// Captum tests/attr/test_lrp.py.

TEST(Golden, EpsilonOfOneConvConservesTheScore) {
  for (const Network& network : both(one_conv())) {
    const Tensor relevance = explained(network, everywhere(epsilon(1e-9)), ramp(), 0, true);
    expect_close(relevance, values({0, 1, 2, 3, 0, 5, 6, 7, 0, 9, 10, 11, 0, 0, 0, 0}, {1, 4, 4}));
    EXPECT_NEAR(relevance.sum().item<double>(), 54, 1e-4);
  }
}

TEST(Golden, EpsilonOfOneConvAtTheConvolutionItself) {
  for (const Network& network : both(one_conv()))
    expect_close(explained(network, everywhere(epsilon(1e-9)), ramp(), 0, true, node_named(network, "conv1")),
                 values({0, 4, 31, 40, 0, 0, -6, -15}, {2, 2, 2}));
}

TEST(Golden, EpsilonOfTwoDenseLayers) {
  const Tensor input = values({1, 2, 3}, {1, 3});
  for (const Network& network : both(simple_lrp(2))) {
    expect_close(explained(network, everywhere(epsilon(1e-9)), input, 0, true), values({18, 36, 54}, {3}));
    expect_close(explained(network, everywhere(epsilon(1e-9)), 3 * input, 0, true), values({54, 108, 162}, {3}));
  }
}

TEST(Golden, AlphaOneBetaZeroOfTwoDenseLayers) {
  for (const Network& network : both(simple_lrp(-2)))
    expect_close(explained(network, everywhere(z_plus()), values({1, 2, 3}, {1, 3}), 0, true),
                 values({12, 33.6, 50.4}, {3}));
}

TEST(Golden, EpsilonOfAResidual) {
  Network network = network_with_input("x", {2});
  append_layer(network, "dense", {at::full({2, 2}, 5, at::kDouble), Tensor()});
  append(network, "sum", {&layer_type("add"), {}, {}}, {1, 0});
  const Composite composite = {"test", {{has_role(Role::kSum), norm(1e-9)}, {any(), epsilon(1e-9)}}};
  expect_close(explained(network, composite, values({2, 3}, {1, 2}), 1, true), values({10, 18}, {2}));
}

Network pooling(const Shape& shape, int64_t stride) {
  Network network = network_with_input("x", shape);
  append_layer(network, "max_pool", {}, {{"kernel_shape", Numbers{2, 2}}, {"strides", Numbers{stride, stride}}});
  return network;
}

TEST(Golden, MaxPoolingGivesAllToTheMaximum) {
  const Network network = pooling({1, 2, 2}, 2);
  const Activations activations = forward(network, values({1, 2, 5, 6}, {1, 1, 2, 2}));
  const Walk walk(network, lrp_preset("epsilon"), 1);
  expect_close(walk(activations, activations[1])[0], values({0, 0, 0, 6}, {1, 2, 2}));
}

// RelevancePropagation.jl test/test_rules.jl.

TEST(Golden, OverlappingWindowsAddTheirRelevance) {
  const Network network = pooling({1, 3, 3}, 1);
  const Activations activations = forward(network, values({1, 2, 3, 10, 5, 6, 7, 8, 9}, {1, 1, 3, 3}));
  const Walk walk(network, lrp_preset("epsilon"), 1);
  expect_close(walk(activations, values({1, 2, 3, 4}, {1, 1, 2, 2}) / 30)[0],
               values({0, 0, 0, 4, 0, 2, 0, 0, 4}, {1, 3, 3}) / 30);
}

TEST(Golden, ZeroRuleWithBiases) {
  expect_close(of_dense(lrp_zero(), values({3, 4, 5, 6}, {2, 2}), values({7, 8}, {2}), values({1, 2}, {2}),
                        values({1, 2}, {2}) / 3),
               values({17.0 / 90, 316.0 / 675}, {2}), 1e-9);
}

TEST(Golden, AlphaBetaKeepsTheBiasInItsDenominators) {
  const auto of = [](const Rule& rule) {
    return of_dense(rule, values({1, -1}, {1, 2}), values({-1}, {1}), values({1, 1}, {2}), values({-1}, {1}));
  };
  expect_close(of(z_plus()), values({-1, 0}, {2}));
  expect_close(of(alpha_beta(1, 0)), values({-1, 0}, {2}));
  expect_close(of(alpha_beta(2, 1)), values({-2, 0.5}, {2}));
}

TEST(Golden, GammaRaisesPositiveWeightsAndBiases) {
  // With γ = .42 the weights are [1.42 −1; 2.84 0] and the biases [−1 1.42], where outputs are positive.
  const Tensor a = values({2, 0.5}, {2}), relevance = values({1, 2}, {2});
  const Tensor raised = values({1.42, -1, 2.84, 0}, {2, 2}), bias = values({-1, 1.42}, {2});
  expect_close(of_dense(gamma(0.42), values({1, -1, 2, 0}, {2, 2}), values({-1, 1}, {2}), a, relevance),
               matrix::epsilon({raised, bias}, a, relevance, 1e-6), 1e-9);
}

}  // namespace
}  // namespace limpid
