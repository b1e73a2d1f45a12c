// SPDX-License-Identifier: Apache-2.0
#include "limpid/concepts/significance.h"

#include <cmath>
#include <limits>
#include <numeric>
#include <unsupported/Eigen/SpecialFunctions>

#include "limpid/core/error.h"

namespace limpid {
namespace {

struct Moments {
  double mean, variance;  // n − 1
};

Moments moments_of(const std::vector<double>& values) {
  if (values.size() < 2) fail("a test of means got ", values.size(), " numbers; expected at least 2");
  const auto count = static_cast<double>(values.size());
  const double mean = std::accumulate(values.begin(), values.end(), 0.) / count;
  double squares = 0;
  for (const double value : values) squares += (value - mean) * (value - mean);
  const double variance = squares / (count - 1);
  return {mean, variance > 1e-24 * mean * mean ? variance : 0};  // equal numbers: what rounding leaves is no variance
}

}  // namespace

double student_tail(double t, double degrees) {
  if (std::isinf(t)) return 0;
  return Eigen::numext::betainc(degrees / 2, .5, degrees / (degrees + t * t));
}

double student_quantile(double tail, double degrees) {
  double low = 0, high = 1;
  while (student_tail(high, degrees) > tail) high *= 2;
  for (int step = 0; step < 200 && high - low > 1e-13 * high; ++step) {
    const double middle = (low + high) / 2;
    (student_tail(middle, degrees) > tail ? low : high) = middle;
  }
  return (low + high) / 2;
}

TTest welch_test(const std::vector<double>& one, const std::vector<double>& other) {
  const Moments a = moments_of(one), b = moments_of(other);
  const auto n = static_cast<double>(one.size()), m = static_cast<double>(other.size());
  const double of_a = a.variance / n, of_b = b.variance / m, difference = a.mean - b.mean;
  if (of_a + of_b == 0) {
    if (std::abs(difference) < 1e-12 * std::max(std::abs(a.mean), 1.)) return {0, n + m - 2, 1};
    return {std::copysign(std::numeric_limits<double>::infinity(), difference), n + m - 2, 0};
  }
  const double t = difference / std::sqrt(of_a + of_b);
  const double degrees = (of_a + of_b) * (of_a + of_b) / (of_a * of_a / (n - 1) + of_b * of_b / (m - 1));
  return {t, degrees, student_tail(t, degrees)};
}

MeanInterval mean_interval(const std::vector<double>& values, double confidence) {
  const Moments moments = moments_of(values);
  const auto count = static_cast<double>(values.size());
  const double half = student_quantile(1 - confidence, count - 1) * std::sqrt(moments.variance / count);
  return {moments.mean, std::sqrt(moments.variance), moments.mean - half, moments.mean + half};
}

}  // namespace limpid
