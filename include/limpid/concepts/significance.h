// SPDX-License-Identifier: Apache-2.0
#pragma once
// Whether the means of two lists of numbers differ, and how well a mean is known: Student's t.

#include <vector>

namespace limpid {

/// P(|T| ≥ |t|) of Student's distribution.
double student_tail(double t, double degrees);

/// The t with P(|T| ≥ t) = `tail`, 0 < tail < 1.
double student_quantile(double tail, double degrees);

struct TTest {
  double t, degrees, p;  // p: two-sided
};

/// Welch's test for two means, whose variances may differ (welch1947). Where neither list varies, p is 1 for equal
/// means and 0 for others. Each list has at least two numbers.
TTest welch_test(const std::vector<double>& one, const std::vector<double>& other);

/// A mean, the standard deviation of its numbers (n − 1), and the ends of Student's interval about the mean.
struct MeanInterval {
  double mean, deviation, low, high;
};
MeanInterval mean_interval(const std::vector<double>& values, double confidence = .95);

}  // namespace limpid
