// SPDX-License-Identifier: Apache-2.0
#include "limpid/concepts/significance.h"

#include <gtest/gtest.h>

#include <cmath>

#include "limpid/core/error.h"

namespace limpid {
namespace {

TEST(Significance, TailsOfStudentsDistributionHaveTheirClosedForms) {
  for (const double t : {0., .3, 1., 2.5, 12., 200.}) {
    EXPECT_NEAR(student_tail(t, 1), 1 - 2 / M_PI * std::atan(t), 1e-12) << "Cauchy's";
    EXPECT_NEAR(student_tail(t, 2), 1 - t / std::sqrt(2 + t * t), 1e-12);
    EXPECT_NEAR(student_tail(-t, 2), student_tail(t, 2), 1e-15);
  }
  EXPECT_NEAR(student_tail(1.5, 1e7), std::erfc(1.5 / std::sqrt(2)), 1e-6) << "normal where there are many degrees";
}

TEST(Significance, QuantilesAreThoseOfPrintedTables) {
  EXPECT_NEAR(student_quantile(.05, 19), 2.093, 5e-4);
  EXPECT_NEAR(student_quantile(.01, 9), 3.250, 5e-4);
  EXPECT_NEAR(student_quantile(.05, 1), 12.706, 5e-4);
  EXPECT_NEAR(student_tail(student_quantile(.37, 6.5), 6.5), .37, 1e-10);
}

TEST(Significance, WelchsTestIsThatOfItsFormulaWorkedOutByHand) {
  // means 2 and 5, variances 1 and 4 of n − 1, 3 and 4 numbers
  const double wide = std::sqrt(6.);
  const TTest test = welch_test({1, 2, 3}, {5 - wide, 5, 5, 5 + wide});
  const double square = 1 / 3. + 4 / 4.;
  EXPECT_NEAR(test.t, -3 / std::sqrt(square), 1e-12);
  EXPECT_NEAR(test.degrees, square * square / (1 / 9. / 2 + 1 / 3.), 1e-12);
  EXPECT_NEAR(test.p, student_tail(test.t, test.degrees), 1e-15);
  const TTest other = welch_test({5 - wide, 5, 5, 5 + wide}, {1, 2, 3});
  EXPECT_DOUBLE_EQ(other.p, test.p);
  EXPECT_DOUBLE_EQ(other.t, -test.t);
}

TEST(Significance, ListsThatDoNotVaryAreEqualOrNot) {
  EXPECT_EQ(welch_test({.7, .7, .7}, {.7, .7}).p, 1);
  EXPECT_EQ(welch_test({1, 1, 1}, {.5, .5}).p, 0);
  EXPECT_GT(welch_test({1, 1, 1}, {.4, .5, .6}).t, 0);
  EXPECT_THROW(welch_test({1}, {1, 2}), Error);
}

TEST(Significance, TheIntervalOfAMeanIsStudents) {
  const MeanInterval interval = mean_interval({1, 2, 3, 4});
  EXPECT_DOUBLE_EQ(interval.mean, 2.5);
  EXPECT_NEAR(interval.deviation, std::sqrt(5. / 3), 1e-12);
  EXPECT_NEAR(interval.high - 2.5, 3.182 * std::sqrt(5. / 12), 1e-3);
  EXPECT_NEAR(2.5 - interval.low, interval.high - 2.5, 1e-12);
}

}  // namespace
}  // namespace limpid
