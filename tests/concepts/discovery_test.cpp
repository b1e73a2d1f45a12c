// SPDX-License-Identifier: Apache-2.0
#include "limpid/concepts/discovery.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "limpid/core/error.h"
#include "support/networks.h"

namespace limpid {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

Tensor blobs(int64_t each, double spread) {
  const Tensor places = at::tensor({0., 0., 10., 0., 0., 10., 10., 10., 40., 40.}, at::kDouble).reshape({5, 1, 2});
  return (places + spread * limpid::testing::random({5, each, 2}, 3)).reshape({-1, 2}).to(at::kFloat);
}

TEST(KMeans, BlobsThatLieApartAreFound) {
  const Tensor rows = blobs(40, .5);
  const Clusters found = k_means(rows, {.count = 5});
  for (int64_t blob = 0; blob < 5; ++blob) {
    const Tensor labels = found.labels.narrow(0, 40 * blob, 40);
    EXPECT_TRUE((labels == labels[0]).all().item<bool>());
    EXPECT_TRUE(at::allclose(found.centres[labels[0].item<int64_t>()],
                             rows.narrow(0, 40 * blob, 40).to(at::kDouble).mean(0), 1e-9, 1e-9));
  }
  EXPECT_NEAR(found.inertia, found.distances.square().sum().item<double>(), 1e-9);
}

TEST(KMeans, TheOptimumOfFewRowsIsThatOfAllPartitions) {
  const Tensor rows = limpid::testing::random({9, 3}, 5).to(at::kFloat);
  const Clusters found = k_means(rows, {.count = 2, .starts = 30});
  double best = 1e300;
  for (int64_t code = 1; code < 256; ++code) {  // the last row is in the second cluster
    double inertia = 0;
    for (const int64_t side : {0, 1}) {
      std::vector<int64_t> members;
      for (int64_t row = 0; row < 9; ++row)
        if ((code >> row & 1) == side) members.push_back(row);
      const Tensor part = rows.to(at::kDouble).index_select(0, at::tensor(members));
      inertia += (part - part.mean(0)).square().sum().item<double>();
    }
    best = std::min(best, inertia);
  }
  EXPECT_NEAR(found.inertia, best, 1e-9);
}

TEST(KMeans, TheSameSeedGivesTheSameAndFewerRowsThanClustersAreRefused) {
  const Tensor rows = blobs(20, 4);
  EXPECT_TRUE(at::equal(k_means(rows, {.count = 7, .seed = 4}).labels, k_means(rows, {.count = 7, .seed = 4}).labels));
  EXPECT_THAT([&] { k_means(rows, {.count = 101}); },
              ThrowsMessage<Error>(HasSubstr("101 clusters are asked of rows 100x2")));
}

TEST(KMeans, EqualRowsLeaveNoClusterWithoutACentre) {
  const Clusters found = k_means(at::ones({6, 2}), {.count = 3});
  EXPECT_EQ(found.inertia, 0);
  EXPECT_TRUE(at::equal(found.centres, at::ones({3, 2}, at::kDouble)));
}

TEST(DistinctSegments, OfSegmentsThatOverlapByMoreThanHalfTheFirstIsKept) {
  // one way: left and right halves of 4x8; another: the left 3 columns, columns 3 to 5, the rest
  Tensor halves = at::zeros({4, 8}, at::kInt), thirds = at::full({4, 8}, 2, at::kInt);
  halves.narrow(1, 4, 4).fill_(1);
  thirds.narrow(1, 3, 3).fill_(3);
  thirds.narrow(1, 6, 2).fill_(4);
  // |∩|/|∪| with the halves: 3/4 and 0; 1/6 and 2/5; 0 and 2/4
  const Segmentation segments{at::stack({halves, thirds}), 5};
  EXPECT_THAT(distinct_segments(segments), ElementsAre(0, 1, 3, 4));
  EXPECT_THAT(distinct_segments(segments, .45), ElementsAre(0, 1, 3));
  EXPECT_THAT(distinct_segments(segments, .75), ElementsAre(0, 1, 2, 3, 4));
}

TEST(ConceptRule, IsThatOfThePaper) {
  EXPECT_EQ(concept_rule(26, 26, 50), "frequent");
  EXPECT_EQ(concept_rule(40, 25, 50), "");
  EXPECT_EQ(concept_rule(51, 13, 50), "frequent and large");
  EXPECT_EQ(concept_rule(50, 13, 50), "");
  EXPECT_EQ(concept_rule(101, 2, 50), "large");
  EXPECT_EQ(concept_rule(100, 12, 50), "");
}

}  // namespace
}  // namespace limpid
