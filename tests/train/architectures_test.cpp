// SPDX-License-Identifier: Apache-2.0
#include "limpid/train/architectures.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>

#include "limpid/net/canonize.h"
#include "limpid/net/onnx.h"
#include "limpid/net/training.h"
#include "support/files.h"
#include "support/networks.h"
#include "train/forward.h"
#include "train/initialize.h"

namespace limpid::testing {
namespace {
using ::testing::HasSubstr;

int64_t learned(const Network& network) {
  int64_t count = 0;
  for (const Node& node : network.nodes)
    for (const Tensor& parameter : node.layer.parameters) count += parameter.defined() ? parameter.numel() : 0;
  return count;
}

class EveryArchitecture : public ::testing::TestWithParam<std::string> {
 protected:
  Network built(uint64_t seed = 0) const { return build_architecture(GetParam(), {{1, 32, 32}, 7, seed}); }
};

TEST_P(EveryArchitecture, GivesAScoreForEachClass) {
  EXPECT_EQ(logits(built(), normal_noise({2, 1, 32, 32}, 1)).sizes(), at::IntArrayRef({2, 7}));
}

TEST_P(EveryArchitecture, HasTheWeightsOfItsSeed) {
  const Tensor x = normal_noise({1, 1, 32, 32}, 1);
  EXPECT_TRUE(logits(built(3), x).equal(logits(built(3), x)));
  EXPECT_FALSE(logits(built(3), x).equal(logits(built(4), x)));
}

TEST_P(EveryArchitecture, ComputesTheSameAfterOnnxAndInCanonicalForm) {
  const Tensor x = normal_noise({2, 1, 32, 32}, 1);
  const Tensor expected = logits(built(), x);
  const Network back = parse_onnx(onnx_bytes(built()));
  EXPECT_LT(distance(logits(back, x), expected), 1e-4);
  EXPECT_LT(distance(logits(canonized(back), x), expected), 1e-4);
}

TEST_P(EveryArchitecture, LearnsInEveryParameter) {
  Network network = trainable(built());
  for (const Node& node : network.nodes)
    for (size_t i = 0; i < node.layer.parameters.size(); ++i)
      if (is_learned(node.layer, i)) node.layer.parameters[i].requires_grad_(true);
  const Tensor scores = training_logits(network, normal_noise({8, 1, 32, 32}, 1), 1);
  at::cross_entropy_loss(scores, at::arange(8).remainder(7)).backward();
  for (const Node& node : network.nodes)
    for (size_t i = 0; i < node.layer.parameters.size(); ++i) {
      const Tensor& parameter = node.layer.parameters[i];
      if (!is_learned(node.layer, i)) continue;
      ASSERT_TRUE(parameter.grad().defined()) << node.name;
      const bool cancelled = i == 1 && node.layer.type->name == "conv" && network.nodes.size() > 40;
      if (!cancelled) {
        EXPECT_GT(parameter.grad().abs().max().item<double>(), 0) << node.name << " " << i;
      }
    }
}

TEST_P(EveryArchitecture, RefusesInputsThatAreTooSmallOrLeaveOneClass) {
  EXPECT_THAT(error_of([&] { build_architecture(GetParam(), {{1, 32, 32}, 1}); }), HasSubstr("at least 2"));
  if (GetParam() != "resnet-small") {
    EXPECT_NE(error_of([&] { build_architecture(GetParam(), {{1, 2, 2}, 7}); }), "no error");
  }
}

std::vector<std::string> names() {
  std::vector<std::string> all;
  for (const Architecture& architecture : architectures()) all.push_back(architecture.name);
  return all;
}

INSTANTIATE_TEST_SUITE_P(All, EveryArchitecture, ::testing::ValuesIn(names()), [](const auto& info) {
  std::string name = info.param;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
});

TEST(Crystal, HasTheParametersOfItsTable) {  // ziletti2018: 365,719
  EXPECT_EQ(learned(build_architecture("crystal", {{3, 64, 64}, 7})), 365719);
}

TEST(Sisc, HasTheCellsOfItsDescription) {
  // Cells 1-32, 32-64, 64-128 of 3x3, 3x3 and 1x1 kernels, and two class kernels.
  const auto cell = [](int64_t in, int64_t c) { return 9 * in * c + c + 9 * c * c + c + c * c + c; };
  EXPECT_EQ(learned(build_architecture("sisc", {{1, 64, 64}, 2})),
            cell(1, 32) + cell(32, 64) + cell(64, 128) + 2 * 129);
}

TEST(Architectures, TakeOptionsAndNameTheUnknown) {
  EXPECT_LT(learned(build_architecture("all-cnn", {{1, 28, 28}, 10}, {{"width", "8"}})), 20000);
  EXPECT_THAT(error_of([] { build_architecture("all-cn", {{1, 28, 28}, 10}); }), HasSubstr("did you mean 'all-cnn'"));
  EXPECT_THAT(error_of([] {
                build_architecture("lenet", {{1, 28, 28}, 10}, {{"widht", "8"}});
              }),
              HasSubstr("did you mean 'width'"));
  EXPECT_THAT(error_of([] {
                build_architecture("sisc", {{1, 64, 64}, 2}, {{"dropout", "1"}});
              }),
              HasSubstr("from 0 to 0.99"));
}

TEST(Architectures, TakeWidthsBetweenWholeOnes) {
  const auto units = [](const std::string& width) {
    std::vector<int64_t> all;
    for (const Node& node : build_architecture("lenet", {{1, 28, 28}, 10}, {{"width", width}}).nodes)
      if (!node.layer.parameters.empty()) all.push_back(node.layer.parameters[0].size(0));
    return all;
  };
  EXPECT_EQ(units("6"), (std::vector<int64_t>{6, 16, 120, 84, 10}));  // LeNet-5's
  EXPECT_EQ(units("6.95"), (std::vector<int64_t>{6, 18, 139, 97, 10}));
  EXPECT_THAT(error_of([&] { units("0.5"); }), HasSubstr("from 1 to 1000"));
  EXPECT_THAT(error_of([&] { units("1e30"); }), HasSubstr("from 1 to 1000"));
}

TEST(AllCnn, NormalisesBehindEachConvolutionButTheLastWhereAsked) {
  const ArchitectureSize size = {{3, 32, 32}, 10};
  const auto types = [&](const std::string& norm) {
    std::map<std::string, int> counts;
    for (const Node& node : build_architecture("all-cnn", size, {{"width", "8"}, {"norm", norm}}).nodes)
      ++counts[node.layer.type->name];
    return counts;
  };
  EXPECT_EQ(types("batch")["conv"], 9);
  EXPECT_EQ(types("batch")["batch_norm"], 8);
  EXPECT_EQ(types("none")["batch_norm"], 0);
}

TEST(Initializers, OrthogonalRowsAreOrthonormal) {
  const Tensor wide = initial_weight(Initializer::orthogonal, {8, 4, 3, 3}, 1).reshape({8, 36}).to(at::kDouble);
  EXPECT_LT(distance(at::matmul(wide, wide.t()), at::eye(8, at::kDouble)), 1e-6);
  const Tensor tall = initial_weight(Initializer::orthogonal, {40, 4, 3, 3}, 1).reshape({40, 36}).to(at::kDouble);
  EXPECT_LT(distance(at::matmul(tall.t(), tall), at::eye(36, at::kDouble)), 1e-6);
}

TEST(Initializers, HaveTheVariancesOfTheirPapers) {
  const Tensor he = initial_weight(Initializer::he, {64, 32, 3, 3}, 2);
  EXPECT_NEAR(he.var().item<double>() / (2. / 288), 1, .05);
  const Tensor glorot = initial_weight(Initializer::glorot, {64, 32, 3, 3}, 2);
  const double limit = std::sqrt(6. / (9 * (32 + 64)));
  EXPECT_NEAR(glorot.var().item<double>() / (limit * limit / 3), 1, .05);
  EXPECT_LE(glorot.abs().max().item<double>(), limit);
}

}  // namespace
}  // namespace limpid::testing
