// SPDX-License-Identifier: Apache-2.0
#include "limpid/concepts/paired.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>

#include "limpid/core/error.h"
#include "limpid/core/random.h"

namespace limpid {
namespace {

/// Darwin's heights of crossed and self-fertilised maize (1876), in eighths of an inch: their differences.
const std::vector<double> kMaize = {49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48};
const std::vector<double> kNothing(15, 0);

TEST(Paired, StudentsTestOfDarwinsMaizeIsFishers) {
  const TTest test = paired_t_test(kMaize, kNothing);
  EXPECT_NEAR(test.t, 2.148, 5e-4);
  EXPECT_EQ(test.degrees, 14);
  EXPECT_NEAR(test.p, .0497, 5e-5);
  EXPECT_NEAR(paired_t_test(kNothing, kMaize).t, -test.t, 1e-12);
}

/// By trying all signs.
double p_of_all_signs(const std::vector<double>& ranks, const std::vector<double>& differences) {
  double all = 0, down = 0;
  for (size_t i = 0; i < ranks.size(); ++i) {
    all += ranks[i];
    if (differences[i] < 0) down += ranks[i];
  }
  const double extreme = std::abs(down - all / 2);
  int64_t as_extreme = 0;
  for (size_t signs = 0; signs < size_t{1} << ranks.size(); ++signs) {
    double sum = 0;
    for (size_t i = 0; i < ranks.size(); ++i)
      if (signs >> i & 1) sum += ranks[i];
    as_extreme += std::abs(sum - all / 2) >= extreme - 1e-9;
  }
  return static_cast<double>(as_extreme) / std::pow(2., static_cast<double>(ranks.size()));
}

TEST(Paired, WilcoxonsTestIsThatOfAllSigns) {
  EXPECT_NEAR(signed_rank_test(kMaize, kNothing),
              p_of_all_signs({11, 14, 2, 4, 1, 5, 7, 9, 3, 8, 12, 6, 15, 13, 10}, kMaize), 1e-12);
  EXPECT_NEAR(signed_rank_test(kMaize, kNothing), .04126, 5e-6);
  const std::vector<double> tied = {1, 2, 2, -2, 0, 3, -1, 5, 0, 5};  // without zeros: 1.5 4 4 4 6 1.5 7.5 7.5
  EXPECT_NEAR(signed_rank_test(tied, std::vector<double>(10, 0)),
              p_of_all_signs({1.5, 4, 4, 4, 6, 1.5, 7.5, 7.5}, {1, 2, 2, -2, 3, -1, 5, 5}), 1e-12);
  EXPECT_EQ(signed_rank_test(kNothing, kNothing), 1);
}

TEST(Paired, ManyPairsAgreeWithTheExactDistribution) {
  Random random(7);
  std::vector<double> some, more;
  for (int i = 0; i < 200; ++i) some.push_back(random.normal() + .15);
  more = some;
  more.push_back(1e-9);  // of the lowest rank: it hardly counts
  const double exact = signed_rank_test(some, std::vector<double>(200, 0));
  EXPECT_NEAR(signed_rank_test(more, std::vector<double>(201, 0)), exact, .03 * exact + 1e-3);
}

TEST(Paired, PairsThatDoNotVaryAreEqualOrNot) {
  EXPECT_EQ(paired_t_test({1, 2, 3}, {1, 2, 3}).p, 1);
  EXPECT_EQ(paired_t_test({2, 3, 4}, {1, 2, 3}).p, 0);
  EXPECT_THROW(paired_t_test({1, 2}, {1}), Error);
}

TEST(Paired, BootstrapMeansSpreadAsMeansDo) {
  Random random(3);
  std::vector<double> numbers;
  for (int i = 0; i < 400; ++i) numbers.push_back(random.normal());
  const Tensor column = at::tensor(numbers, at::kDouble).unsqueeze(1);
  const Tensor values = at::cat({column, 2 * column + 1}, 1);
  const Tensor means = bootstrap_means(values, 4000, 1);
  EXPECT_NEAR(means.select(1, 0).mean().item<double>(), column.mean().item<double>(), .01);
  EXPECT_NEAR(means.select(1, 0).std().item<double>(), column.std().item<double>() / 20, .003);
  EXPECT_TRUE(at::allclose(means.select(1, 1), 2 * means.select(1, 0) + 1)) << "the same rows for all columns";
  const Interval interval = percentile_interval(means.select(1, 0));
  const MeanInterval students = mean_interval(numbers);
  EXPECT_NEAR(interval.low, students.low, .01);
  EXPECT_NEAR(interval.high, students.high, .01);
  EXPECT_TRUE(at::equal(bootstrap_means(values, 5, 1), bootstrap_means(values, 5, 1)));
}

}  // namespace
}  // namespace limpid
