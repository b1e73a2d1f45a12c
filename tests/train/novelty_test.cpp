// SPDX-License-Identifier: Apache-2.0
#include "limpid/train/novelty.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>

#include "limpid/net/canonize.h"
#include "limpid/train/architectures.h"
#include "support/files.h"
#include "support/networks.h"

namespace limpid::testing {
namespace {
using ::testing::HasSubstr;

TEST(ClassDistance, IsTheMahalanobisDistanceToTheNearestMean) {
  // Two classes of four points about their means, with variances 4 and 1/4 along the axes: ±(2√2, 0), ±(0, 1/√2).
  const double wide = 2 * std::sqrt(2.), narrow = 1 / std::sqrt(2.);
  std::vector<double> points;
  std::vector<int64_t> labels;
  for (const double x : {0., 100.})
    for (const auto& [dx, dy] :
         {std::pair(wide, 0.), std::pair(-wide, 0.), std::pair(0., narrow), std::pair(0., -narrow)}) {
      points.insert(points.end(), {x + dx, dy});
      labels.push_back(x > 0 ? 2 : 0);  // the class between has no examples
    }
  const ClassDistance of_classes(at::tensor(points, at::kDouble).view({8, 2}), at::tensor(labels, at::kLong), 3);
  const Tensor found = of_classes(at::tensor({2., 0., 0., 3., 90., 0.}, at::kDouble).view({3, 2}));
  const Tensor expected = at::tensor({1., 6., 5.}, at::kDouble);
  EXPECT_LT(distance(found, expected), 1e-4);
}

TEST(ClassDistance, WantsALabelEach) {
  EXPECT_THAT(error_of([] {
                ClassDistance(at::zeros({3, 2}), at::zeros({2}, at::kLong), 1);
              }),
              HasSubstr("3 features and 2 labels"));
}

TEST(DistanceToNearest, IsOneLessTheLargestCosine) {
  const Tensor references = at::tensor({1., 0., 0., 2.}, at::kDouble).view({2, 2});
  const Tensor values = at::tensor({3., 3., -1., 0., 0., 5.}, at::kDouble).view({3, 2});
  const Tensor expected = at::tensor({1 - std::sqrt(.5), 1., 0.}, at::kDouble);
  EXPECT_LT(distance(distance_to_nearest(values, references), expected), 1e-12);
}

TEST(Quantile, IsTheValueThatAShareDoesNotExceed) {
  const Tensor values = at::arange(1, 101).flip(0);
  EXPECT_EQ(empirical_quantile(values, .98), 98);
  EXPECT_EQ(empirical_quantile(values, 0), 1);
  EXPECT_EQ(empirical_quantile(values, 1), 100);
}

TEST(FeatureNode, IsWhatTheLastLayerReads) {
  const Network network = canonized(build_architecture("crystal", {{3, 64, 64}, 7}));
  EXPECT_EQ(network[feature_node(network)].shape, (Shape{128}));
}

}  // namespace
}  // namespace limpid::testing
