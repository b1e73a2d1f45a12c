// SPDX-License-Identifier: Apache-2.0
#include "limpid/explain/method.h"

#include "limpid/core/error.h"
#include "limpid/explain/propagate.h"
#include "support/networks.h"

namespace limpid {
namespace {

using limpid::testing::distance;
using limpid::testing::random;
using Given = std::map<std::string, std::string>;

struct Study {
  explicit Study(Network n, Tensor x = random({3, 2, 8, 8}, 7))
      : network(std::move(n)), activations(forward(network, x)) {}
  Network network;
  Activations activations;
  Tensor targets = at::tensor({0, 2, 1, 3, 3, 0}, at::kLong).reshape({3, 2});
  std::vector<std::string> layers = {};
  int64_t memory = 1 << 30;

  std::vector<Attribution> operator()(const std::string& name, const Given& given = {}) const {
    const Method& how = method(name);
    Subject subject{network, activations, targets, layers};
    subject.memory = memory;
    return how.run(subject, Options(how.options, given));
  }
};

/// The central difference of a logit along a direction.
double slope(const Network& network, const Tensor& x, const Tensor& direction, int64_t target) {
  const double step = 1e-6;
  const Tensor change = logits(network, x + direction * step) - logits(network, x - direction * step);
  return change[0][target].item<double>() / (2 * step);
}

TEST(GradientMethod, AgreesWithFiniteDifferences) {
  const Study run(limpid::testing::dense_head_network());
  const std::vector<Attribution> maps = run("gradient");
  ASSERT_EQ(maps.size(), 2u);
  EXPECT_EQ(maps[1].target, (std::vector<int64_t>{2, 3, 0}));
  const Tensor x = run.activations[0].narrow(0, 1, 1), direction = random({1, 2, 8, 8}, 20);
  EXPECT_NEAR((maps[1].values[1] * direction[0]).sum().item<double>(), slope(run.network, x, direction, 3), 1e-6);
}

TEST(GradientTimesInput, IsTheirProduct) {
  const Study run(limpid::testing::dense_head_network());
  EXPECT_LT(distance(run("gradient-x-input")[0].values, run("gradient")[0].values * run.activations[0]), 1e-15);
}

TEST(IntegratedGradients, AddUpToTheDifferenceOfLogits) {
  const Study run(limpid::testing::dense_head_network());
  for (const char* baseline : {"0", "mean", "blur"}) {
    const Tensor map = run("integrated-gradients", {{"steps", "400"}, {"baseline", baseline}})[0].values;
    const Tensor sums = map.flatten(1).sum(1);
    EXPECT_TRUE(at::isfinite(sums).all().item<bool>());
    if (std::string(baseline) != "0") continue;
    const Tensor change =
        logits(run.network, run.activations[0]) - logits(run.network, at::zeros_like(run.activations[0]));
    for (int64_t n = 0; n < 3; ++n)
      EXPECT_NEAR(sums[n].item<double>(), change[n][run.targets[n][0].item<int64_t>()].item<double>(), 2e-2);
  }
}

TEST(IntegratedGradients, OfALinearNetworkAreGradientTimesInputInOneStep) {
  Network network = network_with_input("data", {6});
  append(network, "fc", limpid::testing::random_dense(6, 4, 1), {0});
  const Study run(network, random({3, 6}, 5));
  EXPECT_LT(distance(run("integrated-gradients", {{"steps", "1"}})[0].values, run("gradient-x-input")[0].values),
            1e-14);
}

TEST(IntegratedGradients, TakeABaselineFromAFileWithABatchOfOne) {
  const Network network = limpid::testing::dense_head_network();
  const Tensor x = random({2, 2, 8, 8}, 7);
  const Activations activations = forward(network, x);
  Tensor file = at::zeros({2, 8, 8}, at::kDouble);
  Subject subject{network, activations, at::tensor({0, 2}, at::kLong).reshape({2, 1})};
  subject.load = [&file](const std::string&) { return file; };
  const auto map = [&](const char* baseline) {
    const Method& how = method("integrated-gradients");
    return how.run(subject, Options(how.options, {{"baseline", baseline}, {"steps", "3"}}))[0].values;
  };
  const Tensor expected = map("0");
  EXPECT_TRUE(at::equal(map("black.npy"), expected));
  file = file.unsqueeze(0);
  EXPECT_TRUE(at::equal(map("black.npy"), expected));
  file = file.repeat({2, 1, 1, 1});
  EXPECT_THROW(map("black.npy"), UsageError);
}

Network of_a_vector() {
  Network network = network_with_input("data", {32});
  append(network, "plane", Layer{&layer_type("reshape"), {{"shape", Shape{2, 4, 4}}}}, {0});
  append(network, "conv", limpid::testing::random_conv(2, 4, 3, 1), {network.output});
  append(network, "gap", Layer{&layer_type("average_pool"), {{"kernel_shape", Shape{4, 4}}}}, {network.output});
  append(network, "flatten", Layer{&layer_type("reshape"), {{"shape", Shape{4}}}}, {network.output});
  return network;
}

// A blurred vector once read the largest of no sides, class activation maps the columns of a shape of one number.
TEST(InputsWithoutPositions, AreNotBlurredAndHaveNoClassActivationMaps) {
  const Study run(of_a_vector(), random({3, 32}, 5));
  const Tensor map = run("integrated-gradients", {{"baseline", "blur"}, {"steps", "2"}})[0].values;
  EXPECT_EQ(map.abs().max().item<double>(), 0);
  for (const char* name : {"cam", "grad-cam", "guided-grad-cam"})
    EXPECT_TRUE(method(name).refusal(run.network).has_value()) << name;
}

TEST(NetworksWithoutAConvolution, AreRefusedByMethodsThatReadMapsAndByNoOthers) {
  Network network = network_with_input("data", {3, 4, 4});
  append(network, "flatten", {&layer_type("reshape"), {{"shape", std::vector<int64_t>{48}}}}, {0});
  append(network, "fc", limpid::testing::random_dense(48, 5, 1), {1});
  const Study run(std::move(network), random({3, 3, 4, 4}, 5));
  for (const char* name : {"arm", "cam", "clear", "grad-cam", "guided-grad-cam"})
    EXPECT_TRUE(method(name).refusal(run.network).has_value()) << name;
  for (const char* name : {"gradient", "lrp", "occlusion", "deconvnet", "deep-taylor"}) {
    EXPECT_FALSE(method(name).refusal(run.network).has_value()) << name;
    EXPECT_GT(run(name, {})[0].values.abs().max().item<double>(), 0) << name;
  }
}

TEST(SmoothGrad, WithoutNoiseIsTheMethodItself) {
  const Study run(limpid::testing::dense_head_network());
  const Tensor smooth = run("smooth-grad", {{"samples", "3"}, {"noise", "0"}, {"of", "guided-backprop"}})[0].values;
  EXPECT_LT(distance(smooth, run("guided-backprop")[0].values), 1e-14);
}

TEST(SmoothGrad, DoesNotDependOnTheBatchAnImageCameIn) {
  const Study run(limpid::testing::dense_head_network());
  Study alone(run.network, run.activations[0].narrow(0, 2, 1));
  alone.targets = run.targets.narrow(0, 2, 1);
  EXPECT_LT(distance(run("smooth-grad")[1].values[2], alone("smooth-grad")[1].values[0]), 1e-12);
}

TEST(SmoothGrad, TakesTheOptionsOfTheMethodThatItAverages) {
  const Study run(limpid::testing::dense_head_network());
  const Given options = {{"preset", "epsilon-gamma-box"}, {"low", "-9,-8"}, {"high", "9"}};
  const Attribution plain = run("lrp", options)[1];
  const Attribution smooth =
      run("smooth-grad",
          {{"samples", "3"}, {"noise", "0"}, {"of", "lrp"}, {"with", "preset=epsilon-gamma-box,low=-9,-8,high=9"}})[1];
  EXPECT_LT(distance(smooth.values, plain.values), 1e-13);
  EXPECT_EQ(smooth.target, plain.target);
  for (size_t n = 0; n < 3; ++n) EXPECT_NEAR(smooth.facts.at("start")[n], plain.facts.at("start")[n], 1e-13);
  EXPECT_THROW(run("smooth-grad", {{"with", "preset=epsilon"}}), UsageError);  // the gradient has no options
  EXPECT_THROW(run("smooth-grad", {{"of", "lrp"}, {"with", "epsilon"}}), UsageError);
}

TEST(SmoothGrad, AveragesWhatIsOfAClassAndRefusesWhatIsNot) {
  const Study run(limpid::testing::gap_network());
  EXPECT_EQ(run("smooth-grad", {{"samples", "2"}, {"of", "grad-cam"}}).size(), 4u);  // coarse maps too
  for (const char* of : {"clear", "arm", "smooth-grad"}) EXPECT_THROW(run("smooth-grad", {{"of", of}}), UsageError);
  const Study dense(limpid::testing::dense_head_network());
  EXPECT_THROW(dense("smooth-grad", {{"of", "cam"}}), UsageError);
}

TEST(ClassActivationMap, HasTheLogitAsItsMean) {
  const Study run(limpid::testing::gap_network());
  const std::vector<Attribution> maps = run("cam");
  ASSERT_EQ(maps.size(), 4u);
  EXPECT_EQ(maps[2].kind, "coarse");
  const Tensor bias = run.network[node_named(run.network, "fc")].layer.parameters[1];
  const Tensor scores = run.activations[run.network.output];
  for (int64_t n = 0; n < 3; ++n) {
    const int64_t target = run.targets[n][0].item<int64_t>();
    EXPECT_NEAR((maps[2].values[n].mean() + bias[target]).item<double>(), scores[n][target].item<double>(), 1e-12);
  }
}

TEST(ClassActivationMap, OfOneKernelAClassIsTheMapThatIsAveraged) {
  const Study run(limpid::testing::class_map_network());
  const Tensor maps = run("cam")[2].values;
  EXPECT_LT(distance(maps[0][0], run.activations[node_named(run.network, "relu2")][0][0]), 1e-15);
}

TEST(ClassActivationMap, IsRefusedWithoutAveraging) {
  const Study run(limpid::testing::dense_head_network());
  EXPECT_TRUE(method("cam").refusal(run.network).has_value());
  EXPECT_THROW(run("cam"), Error);
}

TEST(GradCam, OfAnAveragingNetworkIsTheRectifiedClassActivationMap) {
  const Study run(limpid::testing::gap_network());
  const Tensor expected = at::relu(run("cam")[2].values) / 16;  // 16 positions
  EXPECT_LT(distance(run("grad-cam")[2].values, expected), 1e-13);
}

TEST(GradCam, WeighsTheFeatureMapOfAConvolutionCalledByItsOwnNameOrItsActivations) {
  Study run(limpid::testing::gap_network());
  const int relu = node_named(run.network, "relu1");
  const Walk down(run.network, gradient_composite(), run.network.output, relu);
  const Tensor seeds = one_hot(run.targets.narrow(1, 0, 1), 4, run.activations[run.network.output]);
  const Tensor weights = down(run.activations, seeds).mean({2, 3}, true);
  const Tensor expected = (weights * run.activations[relu]).sum(1, true);
  for (const char* name : {"conv1", "relu1"}) {
    run.layers = {name};
    const Attribution map = run("grad-cam", {{"relu", "false"}})[2];
    EXPECT_EQ(map.kind, "coarse");
    EXPECT_EQ(map.layer, "conv1") << name;
    EXPECT_LT(distance(map.values, expected), 1e-13) << name;
  }
  run.layers = {"pool1"};
  EXPECT_EQ(run("grad-cam")[2].layer, "pool1");
  EXPECT_EQ(run("grad-cam")[2].values.size(3), 4);
}

TEST(GradCam, GivesTheSameMapForTheLastConvolutionByNameAndByDefault) {
  Study run(limpid::testing::gap_network());
  const Attribution map = run("grad-cam")[0];
  run.layers = {"conv2"};
  EXPECT_EQ(distance(map.values, run("grad-cam")[0].values), 0);
  EXPECT_EQ(map.layer, "conv2");
}

TEST(GuidedGradCam, IsTheProductOfItsParts) {
  const Study run(limpid::testing::gap_network());
  const Tensor product = run("grad-cam")[1].values * run("guided-backprop")[1].values;
  EXPECT_LT(distance(run("guided-grad-cam")[1].values, product), 1e-14);
}

TEST(ArmMethod, GivesUnitsIndexLevelAndTemplate) {
  Study run(limpid::testing::gap_network());
  run.layers = {"all"};
  const std::vector<Attribution> maps = run("arm", {{"top", "2"}});
  ASSERT_EQ(maps.size(), 10u);
  EXPECT_EQ(maps[0].kind, "unit");
  EXPECT_EQ(maps[0].layer, "conv1");
  EXPECT_EQ(maps[0].unit.size(), 3u);
  EXPECT_LT(distance(maps[4].values, maps[0].values + maps[1].values), 1e-14);
}

TEST(ClearMethod, ComparesTheClassesItIsTold) {
  const Study run(limpid::testing::gap_network());
  const Tensor dominant = run("clear", {{"classes", "1,3"}})[0].values;
  EXPECT_TRUE(((dominant == 1) | (dominant == 3) | (dominant == -1)).all().item<bool>());
  EXPECT_THROW(run("clear", {{"classes", "4"}}), UsageError);
  EXPECT_THROW(run("clear", {{"classes", "some"}}), UsageError);
}

TEST(ClearMethod, CompanionsAreTheTargetAndTheBestOfTheOthers) {
  const Study run(limpid::testing::class_map_network());
  const std::vector<Attribution> maps = run("clear", {{"also", "both"}});
  ASSERT_EQ(maps.size(), 10u);
  EXPECT_EQ(maps[4].kind, "for");
  EXPECT_EQ(maps[5].kind, "against");
  std::vector<Tensor> responses;
  for (size_t k = 6; k < 10; ++k) responses.push_back(maps[k].values);
  const Tensor all = at::stack(responses, 1);
  for (int64_t n = 0; n < 3; ++n) {
    const int64_t target = run.targets[n][0].item<int64_t>();
    EXPECT_LT(distance(maps[4].values[n], all[n][target]), 1e-13);
    Tensor others = all[n].clone();
    others[target].fill_(-1e300);
    EXPECT_LT(distance(maps[5].values[n], others.amax(0)), 1e-13);
  }
}

TEST(ClearMethod, ThePanelKeepsTheOrderOfTheClassesAndIsNoSecondWalk) {
  const Study run(limpid::testing::gap_network());
  const std::vector<Attribution> whole = run("clear", {{"also", "panel"}});
  const std::vector<Attribution> some = run("clear", {{"also", "panel"}, {"classes", "3,0,3"}});
  ASSERT_EQ(some.size(), 6u);
  EXPECT_EQ(some[4].target, (std::vector<int64_t>{3, 3, 3}));
  EXPECT_LT(distance(some[4].values, whole[7].values), 1e-13);
  EXPECT_LT(distance(some[5].values, whole[4].values), 1e-13);
  const std::vector<Attribution> best = run("clear", {{"also", "panel"}, {"classes", "top2"}});
  for (int64_t n = 0; n < 3; ++n) {
    const auto k = static_cast<size_t>(best[4].target[static_cast<size_t>(n)]);
    EXPECT_EQ(static_cast<int64_t>(k), run.activations[run.network.output][n].argmax().item<int64_t>());
    EXPECT_LT(distance(best[4].values[n], whole[4 + k].values[n]), 1e-13);
  }
}

TEST(ClearMethod, CompanionsDoNotChangeHowManyClassesAreKept) {
  const Study run(limpid::testing::gap_network());
  const std::vector<Attribution> maps = run("clear", {{"also", "heat-map"}, {"strongest", "1"}});
  EXPECT_EQ(maps[2].values.size(1), 1);
  EXPECT_LT(distance(maps[5].values, run("clear", {{"also", "heat-map"}})[5].values), 1e-15);
}

// Contract of every method: values are raw, finite, one an image, and do not depend on batch or chunk.
class EveryMethod : public ::testing::TestWithParam<Method> {};

TEST_P(EveryMethod, GivesTheSameForABatchAndForEachImage) {
  const std::string name = GetParam().name;
  const Study batch(limpid::testing::gap_network());
  if (GetParam().refusal(batch.network)) GTEST_SKIP() << name << " refuses the test network";
  const std::vector<Attribution> together = batch(name);
  for (int64_t n = 0; n < 3; ++n) {
    Study alone(batch.network, batch.activations[0].narrow(0, n, 1));
    alone.targets = batch.targets.narrow(0, n, 1);
    alone.memory = 1;
    const std::vector<Attribution> single = alone(name);
    ASSERT_EQ(single.size(), together.size());
    for (size_t i = 0; i < single.size(); ++i) {
      EXPECT_EQ(single[i].values.size(0), 1);
      EXPECT_TRUE(at::isfinite(together[i].values).all().item<bool>()) << together[i].kind;
      EXPECT_LT(distance(single[i].values[0].to(at::kDouble), together[i].values[n].to(at::kDouble)), 1e-9)
          << together[i].kind;
    }
  }
}

TEST_P(EveryMethod, SaysWhatItIs) {
  const Method& method = GetParam();
  EXPECT_FALSE(method.summary.empty());
  EXPECT_FALSE(method.reference.empty());
  EXPECT_FALSE(method.needs.empty());
  for (const OptionSpec& option : method.options) EXPECT_FALSE(option.summary.empty()) << option.name;
}

std::string test_name(const ::testing::TestParamInfo<Method>& info) {
  std::string name = info.param.name;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Methods, EveryMethod, ::testing::ValuesIn(methods()), test_name);

}  // namespace
}  // namespace limpid
