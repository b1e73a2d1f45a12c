// SPDX-License-Identifier: Apache-2.0
#include <random>

#include "limpid/net/canonize.h"
#include "support/sketch.h"

namespace limpid {
namespace {

TEST(FoldAffine, BatchNormAfterAConvolutionHasTheClosedForm) {
  const auto number = [](double value) { return at::full({1}, value, at::kDouble); };
  Sketch sketch({1, 2, 2});
  const int conv = sketch.add("conv", {0}, {}, {number(2).reshape({1, 1, 1, 1}), number(1)});
  sketch.add("batch_norm", {conv}, {{"epsilon", 1.0}}, {number(3), number(-1), number(4), number(8)});
  const Network folded = fold_affine(sketch.network);
  ASSERT_EQ(folded.size(), 2);
  EXPECT_DOUBLE_EQ(folded[1].layer.parameters[0].item<double>(), 2);
  EXPECT_DOUBLE_EQ(folded[1].layer.parameters[1].item<double>(), -4);
}

TEST(FoldAffine, ABatchNormIsFoundByItsNameInTheConvolutionItWentInto) {
  Sketch sketch({3, 5, 5});
  const int conv = sketch.conv(0, 4, 3, 1);
  sketch.network.nodes[static_cast<size_t>(conv)].aliases = {"features"};
  sketch.network.nodes[static_cast<size_t>(sketch.batch_norm(conv))].aliases = {"normalised"};
  const Network folded = fold_affine(sketch.network);
  for (const char* name : {"conv_1", "features", "batch_norm_2", "normalised"})
    EXPECT_EQ(node_named(folded, name), 1) << name;
  EXPECT_EQ(folded.output, 1);
}

TEST(FoldAffine, AChainOfAffineNodesGoesIntoOneConvolution) {
  Sketch sketch({3, 5, 5});
  const int conv = sketch.conv(0, 4, 3, 1);
  sketch.line(sketch.batch_norm(sketch.line(conv, 2, 0)), -0.5, 3);
  const Network folded = fold_affine(sketch.network);
  EXPECT_EQ(folded.size(), 2);
  EXPECT_LE(difference(sketch.network, folded), kRounding);
}

TEST(FoldAffine, AffineNodesAlongDifferentAxesBecomeOne) {
  Sketch sketch({3, 5, 5});
  const int rows = sketch.add("affine", {0}, {}, {sketch.noise({5, 1}), sketch.noise({5})});
  sketch.add("affine", {rows}, {}, {sketch.noise({3, 1, 1}), Tensor()});
  const Network folded = fold_affine(sketch.network);
  EXPECT_EQ(folded.size(), 2);
  EXPECT_LE(difference(sketch.network, folded), kRounding);
}

TEST(FoldAffine, GroupedTransposedAndDenseLayersTakeAffineNodesOnBothSides) {
  Sketch sketch({4, 5, 5});
  const int depthwise = sketch.batch_norm(sketch.conv(sketch.batch_norm(0), 8, 3, 0, 4));
  const int up = sketch.add("conv_transpose", {sketch.line(sketch.relu(depthwise), 3, 0)},
                            {{"group", int64_t{2}}, {"strides", std::vector<int64_t>{2, 2}}},
                            {sketch.noise({8, 3, 2, 2}), Tensor()});
  const int flat = sketch.add("reshape", {sketch.relu(sketch.batch_norm(up))}, {{"shape", std::vector<int64_t>{216}}});
  const int dense = sketch.add("dense", {sketch.batch_norm(flat)}, {}, {sketch.noise({7, 216}), Tensor()});
  sketch.batch_norm(dense);
  const Network folded = fold_affine(sketch.network);
  EXPECT_EQ(Sketch::count(folded, "affine") + Sketch::count(folded, "batch_norm"), 0);
  EXPECT_LE(difference(sketch.network, folded), kRounding);
}

TEST(FoldAffine, AShiftStaysBeforeAConvolutionThatPadsWithZeros) {
  Sketch sketch({3, 5, 5});
  sketch.conv(sketch.batch_norm(0), 4, 3, 1);
  const Network folded = fold_affine(sketch.network);
  EXPECT_EQ(Sketch::count(folded, "affine"), 1);
  EXPECT_LE(difference(sketch.network, folded), kRounding);
}

TEST(FoldAffine, AScaleAloneGoesIntoAConvolutionThatPadsWithZeros) {
  Sketch sketch({3, 5, 5});
  sketch.conv(sketch.line(0, 3, 0), 4, 3, 1);
  const Network folded = fold_affine(sketch.network);
  EXPECT_EQ(folded.size(), 2);
  EXPECT_EQ(node_named(folded, "affine_1"), 0) << "the same channels, not the convolution's";
  EXPECT_LE(difference(sketch.network, folded), kRounding);
}

TEST(FoldAffine, NothingFoldsIntoAConvolutionThatIsUsedElsewhere) {
  Sketch sketch({3, 5, 5});
  const int conv = sketch.conv(0, 4, 3, 1);
  sketch.add("add", {conv, sketch.relu(sketch.batch_norm(conv))});
  const Network folded = fold_affine(sketch.network);
  EXPECT_EQ(Sketch::count(folded, "affine"), 1);
  EXPECT_LE(difference(sketch.network, folded), kRounding);
}

TEST(FoldAffine, BehindAConcatenationTheConvolutionsTakeTheirShares) {
  Sketch sketch({3, 5, 5});
  const int inner = sketch.add("concat", {sketch.conv(0, 2, 3, 1), sketch.conv(0, 3, 1, 0)}, {{"axis", int64_t{1}}});
  const int both = sketch.add("concat", {inner, sketch.conv(0, 4, 3, 1)}, {{"axis", int64_t{1}}});
  sketch.relu(sketch.batch_norm(both));
  const Network folded = fold_affine(sketch.network);
  EXPECT_EQ(Sketch::count(folded, "affine"), 0);
  EXPECT_EQ(folded[node_named(folded, "batch_norm_6")].layer.type->name, "concat");
  EXPECT_LE(difference(sketch.network, folded), kRounding);
}

TEST(FoldAffine, BehindAConcatenationOfSharedValuesAnAffineNodeStays) {
  Sketch sketch({3, 5, 5});
  const int conv = sketch.conv(0, 2, 3, 1);
  const int both = sketch.add("concat", {0, conv}, {{"axis", int64_t{1}}});
  sketch.conv(sketch.relu(sketch.batch_norm(both)), 4, 1, 0);
  const Network folded = fold_affine(sketch.network);
  EXPECT_EQ(Sketch::count(folded, "affine"), 1);
  EXPECT_LE(difference(sketch.network, folded), kRounding);
}

TEST(FoldAffine, BeforeAConcatenationAffineNodesGoIntoTheLayersBehindIt) {
  Sketch sketch({3, 5, 5});
  const int both = sketch.add("concat", {sketch.batch_norm(0), sketch.relu(0)}, {{"axis", int64_t{1}}});
  sketch.add("add", {sketch.conv(both, 4, 1, 0), sketch.conv(both, 4, 1, 0)});
  const Network folded = fold_affine(sketch.network);
  EXPECT_EQ(Sketch::count(folded, "affine"), 0);
  EXPECT_LE(difference(sketch.network, folded), kRounding);
}

TEST(FoldAffine, WhatIsFoldedKeepsTheTypeOfTheNetworkAndTheOriginalIsNotChanged) {
  Sketch sketch({3, 5, 5});
  sketch.batch_norm(sketch.conv(0, 4, 3, 1));
  const Network single = moved(sketch.network, at::kCPU);
  const Tensor before = single[1].layer.parameters[0].clone();
  EXPECT_EQ(fold_affine(single)[1].layer.parameters[0].scalar_type(), at::kFloat);
  EXPECT_TRUE(at::equal(single[1].layer.parameters[0], before));
}

/// Appends one of the ways in which networks use affine nodes.
int random_block(Sketch& sketch, int x, std::mt19937& random) {
  const int64_t n = sketch.channels(x);
  switch (random() % 9) {
    case 0:
      return sketch.relu(sketch.batch_norm(sketch.conv(x, 5, 3, 1)));
    case 1:
      return sketch.conv(sketch.batch_norm(x), 4, 1, 0);
    case 2:
      return sketch.conv(sketch.batch_norm(x), 4, 3, 1);
    case 3:
      return sketch.relu(sketch.add("add", {x, sketch.batch_norm(sketch.conv(x, n, 3, 1))}));
    case 4:
      return sketch.batch_norm(sketch.conv(x, 2 * n, 3, 1, n));
    case 5:
      return sketch.batch_norm(sketch.add("concat", {sketch.conv(x, 2, 3, 1), sketch.conv(x, 3, 1, 0)}));
    case 6:
      return sketch.relu(sketch.batch_norm(sketch.add("concat", {x, sketch.conv(x, 2, 3, 1)})));
    case 7:
      return sketch.conv(sketch.add("concat", {sketch.batch_norm(x), sketch.relu(x)}), 3, 1, 0);
    default:
      return sketch.line(x, 0.5, random() % 2 ? 0 : 1);
  }
}

TEST(FoldAffine, KeepsTheOutputsOfRandomNetworksAndFindsEveryName) {
  for (unsigned seed = 0; seed < 60; ++seed) {
    std::mt19937 random(seed);
    Sketch sketch({3, 5, 5});
    sketch.seed = 1000 * seed;
    int x = 0;
    for (int block = 0; block < 6; ++block) x = random_block(sketch, x, random);
    const Network folded = fold_affine(sketch.network);
    EXPECT_LE(difference(sketch.network, folded), kRounding) << "seed " << seed;
    for (const Node& node : sketch.network.nodes) EXPECT_NO_THROW(node_named(folded, node.name)) << node.name;
  }
}

}  // namespace
}  // namespace limpid
