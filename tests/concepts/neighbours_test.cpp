// SPDX-License-Identifier: Apache-2.0
#include "limpid/concepts/neighbours.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "limpid/train/architectures.h"

namespace limpid {
namespace {

/// Numbers of the nearest, by comparing all pairs.
std::vector<int64_t> naive_nearest(const Tensor& query, const Tensor& features, size_t most, int64_t own) {
  std::vector<int64_t> order(static_cast<size_t>(features.size(0)));
  std::iota(order.begin(), order.end(), 0);
  std::vector<double> cosines;
  for (const int64_t i : order)
    cosines.push_back(at::dot(query, features[i]).item<double>() /
                      (query.norm().item<double>() * features[i].norm().item<double>()));
  std::stable_sort(order.begin(), order.end(), [&](int64_t a, int64_t b) {
    return cosines[static_cast<size_t>(a)] > cosines[static_cast<size_t>(b)];
  });
  order.erase(std::remove(order.begin(), order.end(), own), order.end());
  order.resize(std::min(most, order.size()));
  return order;
}

std::vector<int64_t> row(const Tensor& numbers, int64_t query) {
  const Tensor values = numbers[query].contiguous();
  return {values.data_ptr<int64_t>(), values.data_ptr<int64_t>() + values.numel()};
}

TEST(NearestExamples, AreThoseOfAllPairsHoweverTheStreamIsCut) {
  at::manual_seed(3);
  const Tensor features = at::randn({57, 6}, at::kDouble), queries = features.narrow(0, 10, 3);
  const Tensor own = at::tensor({10, 11, 12}, at::kLong), numbers = at::arange(57, at::kLong);
  for (const int64_t part : {1, 7, 57}) {
    NearestExamples nearest(queries, 5), others(queries, 5, own);
    for (int64_t i = 0; i < 57; i += part) {
      const int64_t count = std::min<int64_t>(part, 57 - i);
      nearest.add(features.narrow(0, i, count), numbers.narrow(0, i, count));
      others.add(features.narrow(0, i, count), numbers.narrow(0, i, count));
    }
    for (int64_t q = 0; q < 3; ++q) {
      EXPECT_EQ(row(nearest.numbers(), q), naive_nearest(queries[q], features, 5, -1));
      EXPECT_EQ(row(others.numbers(), q), naive_nearest(queries[q], features, 5, 10 + q));
      EXPECT_NEAR(nearest.cosines()[q][0].item<double>(), 1, 1e-12);
    }
  }
}

TEST(NearestExamples, OfEquallyNearOnesTheFirstIsNearer) {
  NearestExamples nearest(at::tensor({1., 0.}).unsqueeze(0), 2);
  const Tensor same = at::tensor({2., 0.}).expand({3, 2});
  nearest.add(same, at::tensor({7, 5, 6}, at::kLong));
  nearest.add(same, at::tensor({1, 2, 3}, at::kLong));
  EXPECT_EQ(row(nearest.numbers(), 0), (std::vector<int64_t>{7, 5}));
}

TEST(Embedding, IsWhatTheLastLayerGetsAndNoMapOfClasses) {
  const Network lenet = build_architecture("lenet", {{1, 28, 28}, 10, 0});
  const int node = embedding_node(lenet);
  EXPECT_EQ(lenet[node].shape.size(), 1);
  EXPECT_NE(node, lenet.output);
  const Network all_conv = build_architecture("all-cnn", {{3, 32, 32}, 7, 0});
  const int map = embedding_node(all_conv);
  EXPECT_NE(all_conv[map].shape.front(), 7);
  const Tensor values = values_at(all_conv, at::rand({2, 3, 32, 32}), {map}).front();
  const Tensor features = embedding(values);
  EXPECT_EQ(features.size(1), all_conv[map].shape.front());
  EXPECT_NEAR(features[1][2].item<double>(), values[1][2].to(at::kDouble).mean().item<double>(), 1e-12);
}

}  // namespace
}  // namespace limpid
