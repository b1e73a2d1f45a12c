// SPDX-License-Identifier: Apache-2.0
#include "explain/methods/patch_statistics.h"
#include "explain/methods/windows.h"
#include "limpid/core/error.h"
#include "limpid/explain/masking.h"
#include "limpid/explain/method.h"
#include "support/networks.h"

namespace limpid {
namespace {

using limpid::testing::distance;
using limpid::testing::random;
using Perturbed = std::map<std::string, std::string>;

std::vector<Attribution> run(const Network& network, const Tensor& input, const std::string& name,
                             const Perturbed& given, const std::vector<Tensor>& data = {}) {
  const Activations activations = forward(network, input);
  Subject subject{network, activations, at::zeros({input.size(0), 1}, at::kLong)};
  subject.data = data;
  return method(name).run(subject, Options(method(name).options, given));
}

/// Captum's BasicModel_ConvNet_One_Conv: conv 1→2 of ones, bias [−50, −75]; ReLU; dense 8→4; ReLU.
Network one_small_conv() {
  Network network = network_with_input("data", {1, 4, 4});
  append(network, "conv1",
         Layer{&layer_type("conv"), {}, {at::ones({2, 1, 3, 3}, at::kDouble), at::tensor({-50.0, -75.0}, at::kDouble)}},
         {0});
  append(network, "relu1", Layer{&layer_type("relu")}, {network.output});
  append(network, "flatten", Layer{&layer_type("reshape"), {{"shape", Shape{8}}}}, {network.output});
  const Tensor row = at::tensor({1., 1., 1., 1., 1., -1., -1., -1.}, at::kDouble);
  append(network, "fc1", Layer{&layer_type("dense"), {}, {row.expand({4, 8}).contiguous(), Tensor()}},
         {network.output});
  append(network, "relu2", Layer{&layer_type("relu")}, {network.output});
  return network;
}

Tensor ramp_input() { return at::arange(16, at::kDouble).reshape({1, 1, 4, 4}); }

TEST(Occlusion, GivesThePublishedMapWithAWindowThatHangsOver) {
  const Tensor map = run(one_small_conv(), ramp_input() + 1, "occlusion",
                         {{"window", "2x3"}, {"stride", "2x1"}, {"baseline", "1"}, {"score", "logit"}})[0]
                         .values;
  const Tensor expected =
      at::tensor({17., 17., 17., 17., 17., 17., 17., 17., 64., 65.5, 65.5, 67., 64., 65.5, 65.5, 67.}, at::kDouble);
  EXPECT_LT(distance(map.reshape(-1), expected), 1e-9);
}

TEST(Occlusion, AveragesOverCoveringWindows) {
  const Tensor map =
      run(one_small_conv(), ramp_input(), "occlusion", {{"window", "2x3"}, {"stride", "1x2"}, {"score", "logit"}})[0]
          .values;
  const Tensor expected =
      at::tensor({13., 13., 8.5, 4., 28.5, 28.5, 23.5, 18.5, 49., 49., 44.5, 40., 54., 54., 50.5, 47.}, at::kDouble);
  EXPECT_LT(distance(map.reshape(-1), expected), 1e-9);
}

// Captum's BasicModel_MultiLayer.
TEST(Occlusion, OfSingleFeaturesIsFeatureAblation) {
  Network network = network_with_input("data", {3});
  append(network, "fc1",
         Layer{&layer_type("dense"), {}, {at::ones({4, 3}, at::kDouble), at::tensor({-10., 1., 1., 1.}, at::kDouble)}},
         {0});
  append(network, "relu", Layer{&layer_type("relu")}, {network.output});
  append(network, "fc2",
         Layer{&layer_type("dense"), {}, {at::ones({2, 4}, at::kDouble), at::tensor({-1., 1.}, at::kDouble)}},
         {network.output});
  const Tensor x = at::tensor({20., 50., 30.}, at::kDouble).reshape({1, 3});
  const Tensor map = run(network, x, "occlusion", {{"window", "1"}, {"stride", "1"}, {"score", "logit"}})[0].values;
  EXPECT_LT(distance(map.reshape(-1), at::tensor({80., 200., 120.}, at::kDouble)), 1e-9);
}

TEST(Occlusion, TellsTheLabelAndTheStrongestUnitAtEachPosition) {
  const Network network = limpid::testing::class_map_network();
  const Tensor x = random({2, 2, 8, 8}, 3);
  const std::vector<Attribution> maps = run(network, x, "occlusion", {{"window", "4"}, {"stride", "4"}});
  ASSERT_EQ(maps.size(), 3u);
  Tensor covered = x.clone();
  covered.narrow(2, 4, 4).narrow(3, 0, 4).zero_();  // position (1, 0)
  const Activations here = forward(network, covered);
  EXPECT_EQ(maps[1].kind, "label");
  EXPECT_EQ(maps[1].values[1][1][0].item<int>(), here[network.output][1].argmax().item<int>());
  EXPECT_EQ(maps[2].kind, "activation");
  const int node = node_named(network, "relu2");
  const int64_t unit = forward(network, x)[node][1].flatten(1).sum(1).argmax().item<int64_t>();
  EXPECT_EQ(maps[2].unit[1], unit);
  EXPECT_NEAR(maps[2].values[1][1][0].item<double>(), here[node][1][unit].sum().item<double>(), 1e-12);
}

TEST(PredictionDifference, OfAConstantClassifierIsZero) {
  Network network = network_with_input("data", {1, 8, 8});
  append(network, "flatten", Layer{&layer_type("reshape"), {{"shape", Shape{64}}}}, {0});
  append(network, "fc", Layer{&layer_type("dense"), {}, {at::zeros({3, 64}, at::kDouble), random({3}, 1)}}, {1});
  for (const char* score : {"weight-of-evidence", "probability", "information"}) {
    const Tensor map =
        run(network, random({1, 1, 8, 8}, 2), "prediction-difference", {{"window", "4"}, {"score", score}})[0].values;
    EXPECT_LT(map.abs().max().item<double>(), 1e-9) << score;
  }
}

TEST(PredictionDifference, UnivariateFindsThePixelThatDecides) {
  Network network = network_with_input("data", {1, 4, 4});
  append(network, "flatten", Layer{&layer_type("reshape"), {{"shape", Shape{16}}}}, {0});
  Tensor weight = at::zeros({2, 16}, at::kDouble);
  weight[0][5] = 4;
  append(network, "fc", Layer{&layer_type("dense"), {}, {weight, Tensor()}}, {1});
  Tensor x = at::zeros({1, 1, 4, 4}, at::kDouble);
  x[0][0][1][1] = 1;
  const std::vector<Tensor> data = {at::zeros({1, 4, 4}, at::kDouble)};
  const Tensor map =
      run(network, x, "prediction-difference", {{"mode", "univariate"}, {"score", "probability"}}, data)[0].values;
  const double p = 1 / (1 + std::exp(-4.0));
  EXPECT_NEAR(map[0][0][1][1].item<double>(), p - 0.5, 1e-9);
  EXPECT_NEAR(map.sum().item<double>(), p - 0.5, 1e-9);
}

/// Three channels of 20 samples, three classes.
Network of_a_signal() {
  Network network = network_with_input("data", {3, 20});
  append(network, "conv", Layer{&layer_type("conv"), {}, {random({4, 3, 3}, 1), random({4}, 2)}}, {0});
  append(network, "relu", Layer{&layer_type("relu")}, {network.output});
  append(network, "mean", Layer{&layer_type("mean"), {{"axes", Shape{2}}, {"keepdims", int64_t{0}}}}, {network.output});
  append(network, "fc", limpid::testing::random_dense(4, 3, 5), {network.output});
  return network;
}

// Maps of signals once had a row more than the input has axes.
TEST(Perturbations, OfSignalsAndVectorsGiveMapsOfTheInputsRank) {
  for (const char* name : {"occlusion", "prediction-difference"}) {
    const std::vector<Attribution> maps = run(of_a_signal(), random({2, 3, 20}, 3), name, {{"window", "4"}});
    EXPECT_EQ(maps[0].values.sizes(), (Shape{2, 1, 20})) << name;
    for (size_t i = 1; i < maps.size(); ++i) EXPECT_EQ(maps[i].values.sizes(), (Shape{2, 5})) << maps[i].kind;
    Network network = network_with_input("data", {6});
    append(network, "fc", limpid::testing::random_dense(6, 3, 5), {0});
    EXPECT_EQ(run(network, random({2, 6}, 3), name, {{"window", "4"}})[0].values.sizes(), (Shape{2, 6})) << name;
  }
}

TEST(PredictionDifference, OfASignalDrawsWindowsOfDataWithoutBeingTold) {
  const std::vector<Tensor> data = {random({3, 20}, 1), random({3, 20}, 2)};
  const Tensor x = random({1, 3, 20}, 3);
  const Tensor map = run(of_a_signal(), x, "prediction-difference", {}, data)[0].values;
  EXPECT_TRUE(at::equal(map, run(of_a_signal(), x, "prediction-difference", {{"mode", "marginal"}}, data)[0].values));
  EXPECT_THROW(run(of_a_signal(), x, "prediction-difference", {{"mode", "conditional"}}, data), UsageError);
}

TEST(PredictionDifference, FitsItsPatchesOnceForAllBatchesOfARun) {
  const Network network = limpid::testing::gap_network();
  const Activations activations = forward(network, random({1, 2, 8, 8}, 3));
  const Method& how = method("prediction-difference");
  const Options options(how.options, {{"window", "3"}, {"pad", "1"}, {"mode", "conditional"}});
  Subject first{network, activations, at::zeros({1, 1}, at::kLong)};
  first.data = {random({2, 8, 8}, 1)};
  const Tensor map = how.run(first, options)[0].values;
  Subject second{network, activations, first.targets};
  second.data = {random({2, 2, 2}, 1)};  // too small to fit anything on
  EXPECT_THROW(how.run(second, options), Error);
  second.memo = first.memo;
  EXPECT_TRUE(at::equal(how.run(second, options)[0].values, map));
}

TEST(PredictionDifference, IsTheMeanOverSamplesHoweverManyCopiesFitAtOnce) {
  const Network network = limpid::testing::gap_network();
  const Activations activations = forward(network, random({1, 2, 8, 8}, 3));
  const Method& how = method("prediction-difference");
  const Options options(how.options, {{"window", "3"}, {"samples", "7"}});
  Subject subject{network, activations, at::tensor({2, 0}, at::kLong).reshape({1, 2})};
  const std::vector<Attribution> many = how.run(subject, options);
  subject.memory = 1;
  const std::vector<Attribution> single = how.run(subject, options);
  for (size_t t = 0; t < 2; ++t) EXPECT_LT(distance(many[t].values, single[t].values), 1e-9);
}

TEST(PredictionDifference, ConditionalNeedsData) {
  EXPECT_THROW(
      run(limpid::testing::gap_network(), random({1, 2, 8, 8}, 1), "prediction-difference", {{"mode", "conditional"}}),
      UsageError);
}

TEST(PredictionDifference, ConditionalRunsAtTheBordersToo) {
  const std::vector<Tensor> data = {random({2, 8, 8}, 1), random({2, 8, 8}, 2)};
  const Tensor map = run(limpid::testing::gap_network(), random({2, 2, 8, 8}, 3), "prediction-difference",
                         {{"window", "3"}, {"pad", "1"}, {"stride", "1"}}, data)[0]
                         .values;
  EXPECT_EQ(shape_text(map.sizes()), "2x1x8x8");
  EXPECT_TRUE(at::isfinite(map).all().item<bool>());
}

// Schur's complement by plain inverses: μ₁ + Σ₁₂Σ₂₂⁻¹(x₂ − μ₂), Σ₁₁ − Σ₁₂Σ₂₂⁻¹Σ₂₁.
TEST(PatchGaussian, ConditionsByTheTextbook) {
  const Tensor root = random({9, 9}, 4);
  const PatchGaussian gaussian{random({9}, 5), at::matmul(root, root.t()), 3};
  const Conditional given = condition(gaussian, 1, 1, 1, 1, 1);  // the pixel in the middle
  const Tensor rest = at::tensor({0, 1, 2, 3, 5, 6, 7, 8}, at::kLong), middle = at::tensor({4}, at::kLong);
  const auto block = [&](const Tensor& a, const Tensor& b) {
    return gaussian.covariance.index_select(0, a).index_select(1, b);
  };
  const Tensor slope = at::matmul(block(middle, rest), at::linalg_inv(block(rest, rest)));
  EXPECT_LT(distance(given.slope, slope), 1e-8);
  const Tensor left = block(middle, middle) - at::matmul(slope, block(rest, middle));
  EXPECT_LT(distance(at::matmul(given.root, given.root.t()), left), 1e-8);
  const Tensor patch = random({1, 3, 3}, 6);
  const Tensor mean =
      gaussian.mean[4] + at::mv(slope, patch.reshape(-1).index_select(0, rest) - gaussian.mean.index_select(0, rest));
  EXPECT_LT(distance(sample(given, patch, at::zeros({1, 1}, at::kDouble), 1, 1).reshape(-1), mean), 1e-8);
}

TEST(PatchGaussian, WithADiagonalCovarianceTheConditionalIsTheMarginal) {
  const PatchGaussian gaussian{random({9}, 5), at::diag(random({9}, 7).square() + 0.1), 3};
  const Conditional given = condition(gaussian, 1, 0, 1, 2, 2);
  EXPECT_LT(given.slope.abs().max().item<double>(), 1e-12);
  EXPECT_LT(distance(given.offset, gaussian.mean.index_select(0, given.inside)), 1e-12);
  const Tensor covariance = at::matmul(given.root, given.root.t());
  EXPECT_LT(distance(covariance, gaussian.covariance.index_select(0, given.inside).index_select(1, given.inside)),
            1e-12);
}

TEST(PatchGaussian, IsFittedToMeanAndCovariance) {
  const std::vector<Tensor> images = {random({1, 40, 40}, 1) * 2 + 3};
  const PatchGaussian gaussian = fit_patches(images, 2, 4000, 0);
  EXPECT_LT(distance(gaussian.mean, at::full({4}, 3., at::kDouble)), 0.2);
  EXPECT_LT(distance(gaussian.covariance, at::eye(4, at::kDouble) * 4), 0.5);
}

TEST(WindowGrid, CoversEveryPixel) {
  for (const int64_t size : {1, 5, 8, 9})
    for (const int64_t window : {1, 3, 8})
      for (const int64_t stride : {1, 3}) {
        if (stride > window) continue;
        const WindowGrid grid = window_grid({1, size, size}, {window, window}, {stride, stride});
        const Tensor ones = at::ones({static_cast<int64_t>(grid.windows.size())}, at::kDouble);
        EXPECT_LT(distance(mean_over_windows(ones, grid, {1, size, size}), at::ones({size, size}, at::kDouble)), 1e-12)
            << size << " " << window << " " << stride;
      }
}

// Windows once began outside the image, or pixels between them counted as without effect.
TEST(WindowGrid, RefusesGapsBetweenWindows) {
  EXPECT_THROW(window_grid({1, 60, 60}, {8, 8}, {50, 50}), UsageError);
  EXPECT_THROW(window_grid({1, 9, 9}, {8, 2}, {8, 3}), UsageError);
  EXPECT_EQ(window_grid({1, 1, 9}, {1, 3}, {2, 2}).windows.size(), 4u);  // one row: no gap above or below
}

/// Class 0 where the left half is brighter: its evidence is the left half alone.
Network left_or_right() {
  Network network = network_with_input("data", {1, 2, 4});
  Tensor weight = at::zeros({2, 8}, at::kDouble);
  for (const int64_t pixel : {0, 1, 4, 5}) weight[0][pixel] = 1;
  for (const int64_t pixel : {2, 3, 6, 7}) weight[1][pixel] = 1;
  append(network, "flatten", Layer{&layer_type("reshape"), {{"shape", Shape{8}}}}, {0});
  append(network, "fc", Layer{&layer_type("dense"), {}, {weight, Tensor()}}, {1});
  return network;
}

TEST(MaskingExperiment, KeepsAndRemovesWhatSpeaksForTheTrueClass) {
  const Network network = left_or_right();
  Tensor x = at::full({4, 1, 2, 4}, 0.4, at::kDouble);
  x.narrow(3, 0, 2).fill_(1);
  const ResponseOf gradient_times_input = [](const Network& net, const Activations& activations) -> ClassResponse {
    return [&net, &activations](const Tensor& classes) {
      const Tensor rows = net[2].layer.parameters[0].index_select(0, classes.flatten());
      return rows.reshape({-1, 1, 1, 2, 4}) * activations[0].unsqueeze(1);
    };
  };
  MaskingOptions options;
  options.thresholds = {0};
  options.batch = 3;
  const MaskingResult result =
      masking_experiment(network, x, at::zeros({4}, at::kLong), gradient_times_input, options)[0];
  EXPECT_DOUBLE_EQ(result.full, 1);
  EXPECT_DOUBLE_EQ(result.kept, 1);
  EXPECT_DOUBLE_EQ(result.removed, 0);
  EXPECT_DOUBLE_EQ(result.area, 0.5);
  EXPECT_GE(result.random_kept, result.removed);
}

TEST(MaskingExperiment, RefusesLabelsThatDoNotFit) {
  EXPECT_THROW(
      masking_experiment(left_or_right(), at::zeros({2, 1, 2, 4}, at::kDouble), at::zeros({3}, at::kLong), {}, {}),
      Error);
}

}  // namespace
}  // namespace limpid
