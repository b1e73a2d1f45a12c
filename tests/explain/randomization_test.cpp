// SPDX-License-Identifier: Apache-2.0
#include "limpid/explain/randomization.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "limpid/train/architectures.h"

namespace limpid {
namespace {

TEST(RankCorrelation, IsSpearmans) {
  const Tensor values = at::tensor({1., 2., 3., 4.}, at::kDouble);
  EXPECT_DOUBLE_EQ(rank_correlation(values, values.exp()), 1);
  EXPECT_DOUBLE_EQ(rank_correlation(values, -values.pow(3)), -1);
  EXPECT_DOUBLE_EQ(rank_correlation(values, at::ones_like(values)), 0);
  // ranks 1, 2.5, 2.5, 4: 4.5 / √(4.5 · 5)
  EXPECT_NEAR(rank_correlation(at::tensor({1., 2., 2., 3.}), values), std::sqrt(.9), 1e-12);
  // without ties 1 − 6 Σd² / (n (n² − 1)), d = 0, 0, 1, −1
  EXPECT_NEAR(rank_correlation(values, at::tensor({10., 20., 40., 30.})), 1 - 6 * 2 / (4 * 15.), 1e-12);
}

TEST(Randomized, DrawsTheLastLayersAnewAndLeavesTheOthers) {
  const Network network = build_architecture("lenet", {{1, 28, 28}, 10, 1});
  const auto with_weights = [](const Network& any) {
    std::vector<Tensor> found;
    for (const Node& node : any.nodes)
      if (node.layer.type->role == Role::kConvolution || node.layer.type->role == Role::kDense)
        found.push_back(node.layer.parameters[0]);
    return found;
  };
  const std::vector<Tensor> before = with_weights(network);
  ASSERT_GT(before.size(), 3);
  for (const int64_t layers : {0, 1, 2}) {
    const std::vector<Tensor> after = with_weights(randomized(network, layers, 5));
    for (size_t i = 0; i < before.size(); ++i) {
      const bool drawn = layers == 0 || i + static_cast<size_t>(layers) >= before.size();
      EXPECT_EQ(before[i].equal(after[i]), !drawn) << i << " of " << layers;
    }
    const Tensor old = before.back().to(at::kDouble), fresh = after.back().to(at::kDouble);
    EXPECT_NEAR(fresh.std().item<double>(), old.std().item<double>(), .15 * old.std().item<double>());
    EXPECT_LT(std::abs(rank_correlation(old, fresh)), .2);
  }
  EXPECT_TRUE(with_weights(randomized(network, 0, 5))[1].equal(with_weights(randomized(network, 0, 5))[1]));
  EXPECT_FALSE(with_weights(randomized(network, 0, 5))[1].equal(with_weights(randomized(network, 0, 6))[1]));
  EXPECT_TRUE(with_weights(network)[0].equal(before[0]));
}

}  // namespace
}  // namespace limpid
