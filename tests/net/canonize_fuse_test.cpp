// SPDX-License-Identifier: Apache-2.0
#include "limpid/net/canonize.h"
#include "support/sketch.h"

namespace limpid {
namespace {

/// A way of writing something down over node x; the result is the last node.
using Form = std::function<int(Sketch&, int x)>;

int mul(Sketch& s, int a, int b) { return s.add("mul", {a, b}); }
int plus(Sketch& s, int a, int b) { return s.add("add", {a, b}); }
int unary(Sketch& s, const std::string& type, int x) { return s.add(type, {x}); }
int power(Sketch& s, int x, double exponent) { return s.add("pow", {x}, {{"exponent", exponent}}); }
int relu6(Sketch& s, int x) { return s.add("clip", {x}, {{"min", 0.0}, {"max", 6.0}}); }
int hard_sigmoid(Sketch& s, int x) { return s.add("hard_sigmoid", {x}, {{"alpha", 1.0 / 6}, {"beta", 0.5}}); }

/// A convolution, the form over it, and a convolution; with another reader of the node `shared`, unless negative.
Network around(const Form& form, int shared = -1) {
  Sketch sketch({3, 5, 5});
  const int end = sketch.conv(form(sketch, sketch.conv(0, 4, 3, 1)), 4, 1, 0);
  if (shared >= 0) sketch.add("add", {end, sketch.relu(shared)});
  return sketch.network;
}

void expect_fused(const std::string& type, const std::vector<Form>& forms) {
  for (size_t i = 0; i < forms.size(); ++i) {
    const Network network = around(forms[i]), fused = fuse_patterns(network);
    ASSERT_EQ(fused.size(), 4) << type << ", form " << i;
    EXPECT_EQ(fused[2].layer.type->name, type);
    EXPECT_LE(difference(network, fused), kRounding) << type << ", form " << i;
    for (int node = 2; node < network.size() - 1; ++node) EXPECT_EQ(node_named(fused, network[node].name), 2);
  }
}

TEST(FusePatterns, JoinsSiluInBothOrders) {
  expect_fused("silu", {[](Sketch& s, int x) { return mul(s, x, unary(s, "sigmoid", x)); },
                        [](Sketch& s, int x) { return mul(s, unary(s, "sigmoid", x), x); }});
}

TEST(FusePatterns, JoinsMish) {
  expect_fused("mish", {[](Sketch& s, int x) { return mul(s, x, unary(s, "tanh", unary(s, "softplus", x))); }});
}

TEST(FusePatterns, JoinsHardSwish) {
  expect_fused("hard_swish",
               {[](Sketch& s, int x) { return mul(s, x, hard_sigmoid(s, x)); },
                [](Sketch& s, int x) { return s.line(mul(s, x, relu6(s, s.line(x, 1, 3))), 1.0 / 6, 0); },
                [](Sketch& s, int x) { return mul(s, s.line(relu6(s, s.line(x, 1, 3)), 1.0 / 6, 0), x); }});
}

TEST(FusePatterns, AHardSigmoidWithAnotherSlopeIsNotHardSwish) {
  const Network network = around([](Sketch& s, int x) {
    return mul(s, x, s.add("hard_sigmoid", {x}, {{"alpha", 0.2}, {"beta", 0.5}}));
  });
  EXPECT_EQ(fuse_patterns(network).size(), network.size());
}

/// ½ x (1 + gate) as torch, tf and keras write it, and with the factors in other orders.
std::vector<Form> half_gated(const Form& gate) {
  return {[=](Sketch& s, int x) { return s.line(mul(s, x, s.line(gate(s, x), 1, 1)), 0.5, 0); },
          [=](Sketch& s, int x) { return s.line(mul(s, s.line(gate(s, x), 1, 1), x), 0.5, 0); },
          [=](Sketch& s, int x) { return mul(s, s.line(x, 0.5, 0), s.line(gate(s, x), 1, 1)); },
          [=](Sketch& s, int x) { return mul(s, s.line(gate(s, x), 1, 1), s.line(x, 0.5, 0)); },
          [=](Sketch& s, int x) { return mul(s, x, s.line(s.line(gate(s, x), 1, 1), 0.5, 0)); },
          [=](Sketch& s, int x) { return mul(s, s.line(gate(s, x), 0.5, 0.5), x); }};
}

TEST(FusePatterns, JoinsGelu) {
  expect_fused("gelu", half_gated([](Sketch& s, int x) { return unary(s, "erf", s.line(x, M_SQRT1_2, 0)); }));
}

TEST(FusePatterns, JoinsTheTanhFormOfGelu) {
  const double outer = M_2_SQRTPI * M_SQRT1_2, inner = 0.044715;
  const std::vector<Form> arguments = {
      [=](Sketch& s, int x) { return s.line(plus(s, x, s.line(power(s, x, 3), inner, 0)), outer, 0); },
      [=](Sketch& s, int x) { return s.line(plus(s, s.line(mul(s, mul(s, x, x), x), inner, 0), x), outer, 0); },
      [=](Sketch& s, int x) { return mul(s, s.line(x, outer, 0), s.line(power(s, x, 2), inner, 1)); }};
  for (const Form& argument : arguments)
    expect_fused("gelu", half_gated([=](Sketch& s, int x) { return unary(s, "tanh", argument(s, x)); }));
}

Attributes over(std::vector<int64_t> axes) { return {{"axes", std::move(axes)}, {"keepdims", int64_t{1}}}; }

/// (x − mean) / √(variance + ε) as torch writes it
int standardised(Sketch& s, int x, const std::vector<int64_t>& axes) {
  const int centred = s.add("sub", {x, s.add("mean", {x}, over(axes))});
  const int variance = s.add("mean", {power(s, centred, 2)}, over(axes));
  return s.add("div", {centred, unary(s, "sqrt", s.line(variance, 1, 1e-3))});
}

int scaled(Sketch& s, int x, const Shape& shape) { return s.add("affine", {x}, {}, {s.noise(shape), Tensor()}); }
int shifted(Sketch& s, int x, const Shape& shape) { return s.add("affine", {x}, {}, {Tensor(), s.noise(shape)}); }

TEST(FusePatterns, JoinsLayerNormalisationWithAndWithoutAffine) {
  expect_fused("layer_norm", {[](Sketch& s, int x) {
                                return standardised(s, x, {1, 2, 3});
                              },
                              [](Sketch& s, int x) { return standardised(s, x, {3}); },
                              [](Sketch& s, int x) { return standardised(s, x, {1}); },
                              [](Sketch& s, int x) { return scaled(s, standardised(s, x, {3}), {5}); },
                              [](Sketch& s, int x) {
                                return shifted(s, scaled(s, standardised(s, x, {2, 3}), {5, 5}), {5, 5});
                              }});
}

TEST(FusePatterns, JoinsLayerNormalisationBetweenTransposesAndKeepsThem) {
  const Network network = around([](Sketch& s, int x) {
    const int last = s.add("transpose", {x}, {{"perm", std::vector<int64_t>{0, 2, 3, 1}}});
    const int norm = shifted(s, scaled(s, standardised(s, last, {3}), {4}), {4});
    return s.add("transpose", {norm}, {{"perm", std::vector<int64_t>{0, 3, 1, 2}}});
  });
  const Network fused = fuse_patterns(network);
  EXPECT_EQ(fused.size(), 6);
  EXPECT_EQ(fused[3].layer.type->name, "layer_norm");
  EXPECT_LE(difference(network, fused), kRounding);
}

TEST(FusePatterns, AMeanAndAVarianceOverDifferentAxesAreNotLayerNormalisation) {
  const Network network = around([](Sketch& s, int x) {
    const int centred = s.add("sub", {x, s.add("mean", {x}, over({1}))});
    const int variance = s.add("mean", {power(s, centred, 2)}, over({2, 3}));
    return s.add("div", {centred, unary(s, "sqrt", s.line(variance, 1, 1e-3))});
  });
  EXPECT_EQ(fuse_patterns(network).size(), network.size());
}

/// Instance normalisation of 4 channels in 2 groups.
int in_groups(Sketch& s, int x) {
  const int groups = s.add("reshape", {x}, {{"shape", std::vector<int64_t>{2, 50}}});
  const int norm = s.add("instance_norm", {groups}, {{"epsilon", 1e-3}}, {s.noise({2}), s.noise({2})});
  return s.add("reshape", {norm}, {{"shape", std::vector<int64_t>{4, 5, 5}}});
}

TEST(FusePatterns, JoinsGroupNormalisationWithAndWithoutAffine) {
  expect_fused("group_norm", {in_groups, [](Sketch& s, int x) {
                                return shifted(s, scaled(s, in_groups(s, x), {4, 1, 1}), {4, 1, 1});
                              }});
}

TEST(FusePatterns, AnAffineNodeAlongRowsStaysBehindGroupNormalisation) {
  const Network network = around([](Sketch& s, int x) { return scaled(s, in_groups(s, x), {5, 1}); });
  const Network fused = fuse_patterns(network);
  EXPECT_EQ(Sketch::count(fused, "group_norm"), 1);
  EXPECT_EQ(Sketch::count(fused, "affine"), 1);
  EXPECT_LE(difference(network, fused), kRounding);
}

TEST(FusePatterns, KeepsWhatIsUsedElsewhere) {
  const Form silu = [](Sketch& s, int x) { return mul(s, x, unary(s, "sigmoid", x)); };
  const int input = 1, gate = 2, product = 3;
  EXPECT_EQ(Sketch::count(fuse_patterns(around(silu, gate)), "silu"), 0);
  EXPECT_EQ(Sketch::count(fuse_patterns(around(silu, input)), "silu"), 1);
  EXPECT_EQ(Sketch::count(fuse_patterns(around(silu, product)), "silu"), 1);
}

TEST(FusePatterns, AGateFromAnotherNodeIsNotSilu) {
  const Network network = around([](Sketch& s, int x) { return mul(s, x, unary(s, "sigmoid", s.relu(x))); });
  EXPECT_EQ(fuse_patterns(network).size(), network.size());
}

}  // namespace
}  // namespace limpid
