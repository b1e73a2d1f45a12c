// SPDX-License-Identifier: Apache-2.0
// Every rule against its second implementation in matrix algebra, over every linear layer, in double precision.
#include "limpid/explain/rule.h"

#include "limpid/core/error.h"
#include "support/layer_examples.h"
#include "support/matrix_rules.h"

namespace limpid {
namespace {

constexpr int64_t kImages = 2, kSeeds = 3;

/// An example's forward pass and a signal of several seeds an image.
struct RuleCase {
  std::vector<Tensor> inputs;
  Tensor memory, output, signal;

  RuleCase(const LayerExample& example, bool positive) : inputs(example_inputs(example, kImages)) {
    if (positive)
      for (Tensor& input : inputs) input = at::relu(input);
    output = example.layer.type->forward(example.layer, inputs, &memory);
    Shape shape = output.sizes().vec();
    shape[0] = kImages * kSeeds;
    signal = dense(normal_noise(shape, 3).to(at::kDouble));
  }

  /// Relevance of all inputs side by side, [N·S, I].
  Tensor relevance(const Rule& rule, const Layer& layer) const {
    std::vector<Tensor> parts = rule.bind(layer)({inputs, output, memory, signal, kSeeds});
    for (Tensor& part : parts) part = part.flatten(1);
    return at::cat(parts, 1);
  }

  /// The same by `replica`, for one image and one seed at a time.
  template <class Replica>
  Tensor expected(const Replica& replica) const {
    std::vector<Tensor> rows;
    for (int64_t i = 0; i < kImages * kSeeds; ++i) {
      std::vector<Tensor> image;
      for (const Tensor& input : inputs) image.push_back(input[i / kSeeds].flatten());
      rows.push_back(replica(at::cat(image), signal[i].flatten()));
    }
    return at::stack(rows);
  }
};

void expect_equal(const Tensor& got, const Tensor& expected) {
  ASSERT_EQ(got.sizes(), expected.sizes());
  EXPECT_TRUE(at::isfinite(got).all().item<bool>());
  EXPECT_LE(((got - expected).abs().max() / expected.abs().max().clamp_min(1e-12)).item<double>(), 1e-9);
}

std::vector<LayerExample> examples_with(std::initializer_list<Role> roles) {
  std::vector<LayerExample> chosen;
  for (const LayerExample& example : layer_examples())
    if (std::count(roles.begin(), roles.end(), example.layer.type->role)) chosen.push_back(example);
  return chosen;
}

/// Bounds a channel for an input [C, …], and the same for every element of an image.
Tensor bounds(const Shape& shape, double sign) {
  Shape broadcast(shape.size(), 1);
  broadcast[0] = shape[0];
  return sign * (3 + at::arange(shape[0], at::kDouble)).reshape(broadcast);
}
Tensor spread(const Tensor& bound, const Shape& shape) { return bound.expand(shape).flatten(); }

std::string name_of(const ::testing::TestParamInfo<LayerExample>& info) { return info.param.name; }

class WeightedRules : public ::testing::TestWithParam<LayerExample> {
 protected:
  /// Holds for inputs of both signs and for inputs as they are behind a ReLU.
  template <class Replica>
  void expect_replica(const Rule& rule, const Replica& replica) const {
    const matrix::Linear linear = matrix::linear_of(GetParam().layer, GetParam().inputs);
    for (const bool positive : {false, true}) {
      SCOPED_TRACE(rule.name + (positive ? " without negative inputs" : ""));
      const RuleCase example(GetParam(), positive);
      expect_equal(example.relevance(rule, GetParam().layer),
                   example.expected([&](const Tensor& a, const Tensor& r) { return replica(linear, a, r); }));
    }
  }
};

TEST_P(WeightedRules, EpsilonIsItsMatrixReplica) {
  expect_replica(epsilon(0.1), [](auto& l, auto& a, auto& r) { return matrix::epsilon(l, a, r, 0.1); });
  expect_replica(lrp_zero(), [](auto& l, auto& a, auto& r) { return matrix::epsilon(l, a, r, 0); });
}

TEST_P(WeightedRules, AlphaBetaIsItsMatrixReplica) {
  expect_replica(z_plus(), [](auto& l, auto& a, auto& r) { return matrix::alpha_beta(l, a, r, 1, 0); });
  expect_replica(alpha_beta(2, 1), [](auto& l, auto& a, auto& r) { return matrix::alpha_beta(l, a, r, 2, 1); });
}

TEST_P(WeightedRules, GammaIsItsMatrixReplica) {
  expect_replica(gamma(0.25), [](auto& l, auto& a, auto& r) { return matrix::gamma(l, a, r, 0.25); });
}

TEST_P(WeightedRules, BoxIsItsMatrixReplica) {
  const Shape& shape = GetParam().inputs[0];
  const Tensor low = bounds(shape, -1), high = bounds(shape, 1);
  expect_replica(z_box(low, high), [&](auto& l, auto& a, auto& r) {
    return matrix::z_box(l, a, r, spread(low, shape), spread(high, shape));
  });
  expect_replica(z_box(at::tensor(-4.0), at::tensor(5.0)), [&](auto& l, auto& a, auto& r) {
    return matrix::z_box(l, a, r, at::full_like(a, -4), at::full_like(a, 5));
  });
}

TEST_P(WeightedRules, SquaresAndFlatAreTheirMatrixReplicas) {
  expect_replica(w_square(), [](auto& l, auto&, auto& r) { return matrix::w_square(l, r); });
  expect_replica(flat(), [](auto& l, auto&, auto& r) { return matrix::flat(l, r); });
}

/// Montavon 2017: shares of the squares alone, so that a bias absorbs nothing.
TEST_P(WeightedRules, SquaresConserveRelevance) {
  const RuleCase example(GetParam(), false);
  const Tensor reached = matrix::linear_of(GetParam().layer, GetParam().inputs).weight.square().sum(1) > 0;
  const Tensor signal = example.signal.flatten(1) * reached;  // strides may leave gaps
  const double start = signal.sum().item<double>(), scale = signal.abs().sum().item<double>();
  const double end = example.relevance(w_square(), GetParam().layer).sum().item<double>();
  EXPECT_NEAR(end, start, 1e-4 * scale);  // what the stabiliser takes
}

TEST_P(WeightedRules, AnInputOfZerosStaysFinite) {
  LayerExample blank = GetParam();
  RuleCase example(blank, false);
  for (Tensor& input : example.inputs) input = at::zeros_like(input);
  if (!blank.layer.parameters.empty()) blank.layer.parameters[1] = Tensor();
  example.output = blank.layer.type->forward(blank.layer, example.inputs, nullptr);
  for (const Rule& rule : {lrp_zero(), epsilon(1e-6), z_plus(), alpha_beta(2, 1), gamma(0.25), w_square(), flat()})
    EXPECT_TRUE(at::isfinite(example.relevance(rule, blank.layer)).all().item<bool>()) << rule.name;
}

INSTANTIATE_TEST_SUITE_P(Layers, WeightedRules, ::testing::ValuesIn(examples_with({Role::kConvolution, Role::kDense})),
                         name_of);

class SummingRules : public ::testing::TestWithParam<LayerExample> {};

TEST_P(SummingRules, NormIsItsMatrixReplica) {
  const matrix::Linear linear = matrix::linear_of(GetParam().layer, GetParam().inputs);
  const RuleCase example(GetParam(), false);
  expect_equal(example.relevance(norm(), GetParam().layer),
               example.expected([&](const Tensor& a, const Tensor& r) { return matrix::epsilon(linear, a, r, 1e-6); }));
}

INSTANTIATE_TEST_SUITE_P(Layers, SummingRules, ::testing::ValuesIn(examples_with({Role::kSum, Role::kAveragePool})),
                         name_of);

class ConcatenationRules : public ::testing::TestWithParam<LayerExample> {};

TEST_P(ConcatenationRules, RelevanceGoesBackToWhereItsValuesCameFrom) {
  const matrix::Linear linear = matrix::linear_of(GetParam().layer, GetParam().inputs);
  const RuleCase example(GetParam(), false);
  expect_equal(example.relevance(gradient(), GetParam().layer),
               example.expected([&](const Tensor&, const Tensor& r) { return linear.weight.t().mv(r); }));
}

INSTANTIATE_TEST_SUITE_P(Layers, ConcatenationRules, ::testing::ValuesIn(examples_with({Role::kConcat})), name_of);

class PoolingRules : public ::testing::TestWithParam<LayerExample> {
 protected:
  /// The mean over the windows that the maximum is taken over.
  matrix::Linear windows() const {
    const Layer& pooling = GetParam().layer;
    return matrix::linear_of({&layer_type("average_pool"), pooling.attributes}, GetParam().inputs);
  }
};

TEST_P(PoolingRules, ProportionalSharesAWindowByItsValues) {
  const RuleCase example(GetParam(), true);
  expect_equal(
      example.relevance(proportional(), GetParam().layer),
      example.expected([w = windows()](const Tensor& a, const Tensor& r) { return matrix::proportional(w, a, r); }));
}

TEST_P(PoolingRules, NearestUpsamplingRepeatsTheValueOverItsWindow) {
  const RuleCase example(GetParam(), true);
  expect_equal(example.relevance(nearest_upsampling(), GetParam().layer),
               example.expected([w = windows()](const Tensor&, const Tensor& r) {
                 return (w.weight != 0).to(at::kDouble).t().mv(r);
               }));
}

std::vector<LayerExample> max_poolings() {
  std::vector<LayerExample> chosen;
  for (const LayerExample& example : layer_examples())
    if (example.layer.type->name == "max_pool") chosen.push_back(example);
  using Numbers = std::vector<int64_t>;
  const Attributes uneven = {
      {"kernel_shape", Numbers{3, 3}}, {"strides", Numbers{2, 2}}, {"pads", Numbers{0, 0, 1, 2}}};
  const Attributes hanging = {{"kernel_shape", Numbers{2, 3}},
                              {"strides", Numbers{2, 2}},
                              {"pads", Numbers{0, 1, 0, 1}},
                              {"ceil_mode", int64_t{1}}};
  chosen.push_back({"max_pool_uneven", {&layer_type("max_pool"), uneven}, {{4, 5, 6}}});
  chosen.push_back({"max_pool_hanging", {&layer_type("max_pool"), hanging}, {{4, 5, 6}}});
  return chosen;
}

INSTANTIATE_TEST_SUITE_P(Layers, PoolingRules, ::testing::ValuesIn(max_poolings()), name_of);

Tensor filled(std::initializer_list<int64_t> shape, double value) { return at::full(shape, value, at::kDouble); }

std::vector<Tensor> through(const Rule& rule, const char* type, const std::vector<Tensor>& inputs,
                            const Tensor& signal) {
  const Layer layer{&layer_type(type), {}, {}};
  return rule.bind(layer)({inputs, Tensor(), Tensor(), signal, signal.size(0) / inputs[0].size(0)});
}

TEST(Gate, TheValuesGetTheWholeSignalAndTheGateNothing) {
  const Tensor values = filled({1, 2, 3, 3}, 4), gate_values = filled({1, 2, 1, 1}, 0.5);
  const Tensor signal = normal_noise({2, 2, 3, 3}, 1).to(at::kDouble);
  for (const bool gate_first : {false, true}) {
    const std::vector<Tensor> inputs = gate_first ? std::vector{gate_values, values} : std::vector{values, gate_values};
    const std::vector<Tensor> parts = through(gate(), "mul", inputs, signal);
    EXPECT_TRUE(at::equal(parts[gate_first ? 1 : 0], signal));
    EXPECT_FALSE(parts[gate_first ? 0 : 1].defined());
  }
}

TEST(Gate, OfEqualFactorsTheSecondIsTheGateAndOfAQuotientTheDivisor) {
  const Tensor equal = filled({1, 2, 3, 3}, 1), small = filled({1, 2, 1, 1}, 1);
  const Tensor signal = filled({1, 2, 3, 3}, 1);
  EXPECT_TRUE(through(gate(), "mul", {equal, equal}, signal)[0].defined());
  const Tensor part = through(gate(), "div", {small, equal}, signal)[0];
  EXPECT_TRUE(at::equal(part, filled({1, 2, 1, 1}, 9)));  // a repeated value gets what all its copies get
}

TEST(Rules, ALayerThatARuleCannotExplainIsNamed) {
  const Layer relu{&layer_type("relu"), {}, {}};
  for (const Rule& rule : {z_plus(), gamma(0.25), w_square(), flat(), z_box(at::tensor(0.0), at::tensor(1.0))}) {
    try {
      rule.bind(relu);
      ADD_FAILURE() << rule.name;
    } catch (const Error& error) {
      EXPECT_THAT(error.what(), ::testing::HasSubstr("rule '" + rule.name + "' cannot explain a layer of type 'relu'"));
    }
  }
}

TEST(Rules, AlphaMinusBetaMustBeOne) {
  EXPECT_THROW(alpha_beta(2, 0.5), UsageError);
  EXPECT_THROW(alpha_beta(0, -1), UsageError);
}

}  // namespace
}  // namespace limpid
