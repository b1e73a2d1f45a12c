// SPDX-License-Identifier: Apache-2.0
#include "limpid/concepts/histogram.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "limpid/core/random.h"

namespace limpid {
namespace {

/// What a sorted list tells: the value at ⌈share · n⌉.
double sorted_quantile(std::vector<float> values, double share) {
  std::sort(values.begin(), values.end());
  const auto place = std::ceil(share * static_cast<double>(values.size())) - 1;
  return values[static_cast<size_t>(std::max(place, 0.0))];
}

UnitHistogram of(const std::vector<float>& values) {
  UnitHistogram histogram(1);
  histogram.expect_negative();
  histogram.add(0, values.data(), static_cast<int64_t>(values.size()), 1);
  return histogram;
}

std::vector<float> drawn(size_t count, double (*draw)(Random&)) {
  Random random(7);
  std::vector<float> values(count);
  for (float& value : values) value = static_cast<float>(draw(random));
  return values;
}

TEST(UnitHistogram, QuantilesAreThoseOfTheSortedValuesToASixtyFourth) {
  const std::vector<std::vector<float>> samples = {
      drawn(20'000, [](Random& random) { return random.normal(); }),
      drawn(20'000, [](Random& random) { return -std::log(random.uniform()); }),
      drawn(20'000, [](Random& random) { return std::max(0.0, random.normal() - 1); }),
      drawn(20'000, [](Random& random) { return std::exp(3 * random.normal()); })};
  for (const std::vector<float>& values : samples)
    for (const double share : {.001, .1, .5, .9, .99, .995, .9999}) {
      const double exact = sorted_quantile(values, share);
      EXPECT_NEAR(of(values).quantile(0, share), exact, std::abs(exact) / 64 + 1e-6) << share;
    }
}

TEST(UnitHistogram, TheUniformDistributionHasItsKnownQuantiles) {
  std::vector<float> values;
  for (int i = 1; i <= 100'000; ++i) values.push_back(static_cast<float>(i) / 100'000);
  for (const double share : {.25, .5, .9, .995, 1.0})
    EXPECT_NEAR(of(values).quantile(0, share), share, share / 1000);  // within a bin values are as even as these
}

TEST(UnitHistogram, IsExactForOneValueAndAtBothEnds) {
  const UnitHistogram constant = of({.7f, .7f, .7f, .7f});
  for (const double share : {0.0, .3, 1.0}) EXPECT_EQ(constant.quantile(0, share), static_cast<double>(.7f));
  EXPECT_EQ(of({-3, 1, 5.3f}).quantile(0, 1), static_cast<double>(5.3f));
  EXPECT_TRUE(std::isnan(UnitHistogram(1).quantile(0, .5)));
}

TEST(UnitHistogram, AThresholdTellsItsOwnRateExactly) {
  const std::vector<float> values = drawn(30'000, [](Random& random) { return std::max(0.0, random.normal()); });
  const UnitHistogram histogram = of(values);
  for (const double rate : {.005, .01, .2, .9}) {
    const UnitHistogram::Threshold threshold = histogram.threshold(0, rate);
    const auto reach = std::count_if(values.begin(), values.end(), [&](float v) { return v >= threshold.value; });
    EXPECT_EQ(threshold.rate, static_cast<double>(reach) / static_cast<double>(values.size()));
    if (rate < .5)
      EXPECT_GE(threshold.rate, rate);
    else
      EXPECT_LT(threshold.rate, rate);  // more values are 0, and 0 reaches no threshold
  }
}

TEST(UnitHistogram, DoesNotDependOnTheOrderAndComesBackFromItsState) {
  std::vector<float> values = drawn(1000, [](Random& random) { return random.normal(); });
  const UnitHistogram forward = of(values);
  std::reverse(values.begin(), values.end());
  const UnitHistogram backward = of(values);
  UnitHistogram restored(1);
  restored.restore(forward.state());
  for (size_t i = 0; i < forward.state().size(); ++i) {
    EXPECT_TRUE(at::equal(forward.state()[i], backward.state()[i]));
    EXPECT_TRUE(at::equal(forward.state()[i], restored.state()[i]));
  }
}

}  // namespace
}  // namespace limpid
