// SPDX-License-Identifier: Apache-2.0
#include <ATen/ATen.h>

#include <cmath>

#include "pipeline/report/report.h"

namespace limpid {
namespace {

constexpr double kWide = .7;  // of the standard deviation of a uniform map, from which on a map is everywhere

const char* third(double place, const char* low, const char* middle, const char* high) {
  return place < 1. / 3 ? low : place > 2. / 3 ? high : middle;
}

/// Mean and standard deviation of a place along an axis, in shares of its length.
std::pair<double, double> spread_along(const Tensor& weights) {
  const auto length = weights.size(0);
  const Tensor at = (at::arange(length, at::kDouble) + .5) / static_cast<double>(length);
  const Tensor share = weights / weights.sum();
  const double mean = (at * share).sum().item<double>();
  return {mean, std::sqrt(((at - mean).square() * share).sum().item<double>())};
}

}  // namespace

double half_area(const Tensor& map) {
  const Tensor positive = map.to(at::kDouble).clamp_min(0).flatten();
  const double all = positive.sum().item<double>();
  if (all <= 0) return 0;
  const Tensor sums = std::get<0>(positive.sort(0, /*descending=*/true)).cumsum(0);
  const auto needed = (sums < all / 2).sum().item<int64_t>() + 1;
  return static_cast<double>(needed) / static_cast<double>(positive.numel());
}

std::string place_of(const Tensor& map) {
  const Tensor positive = map.to(at::kDouble).clamp_min(0);
  if (positive.sum().item<double>() <= 0) return "nowhere";
  const auto [row, rows] = spread_along(positive.sum(1));
  const auto [column, columns] = spread_along(positive.sum(0));
  const double uniform = std::sqrt(1. / 12);
  if (std::min(rows, columns) > kWide * uniform) return "spread over all of it";
  const std::string vertical = third(row, "upper ", "", "lower "), horizontal = third(column, "left", "", "right");
  if (vertical.empty() && horizontal.empty()) return "in the middle";
  if (horizontal.empty()) return "in the " + vertical + "middle";
  if (vertical.empty()) return "on the " + horizontal;
  return "in the " + vertical + horizontal;
}

}  // namespace limpid
