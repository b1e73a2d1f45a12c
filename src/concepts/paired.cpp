// SPDX-License-Identifier: Apache-2.0
#include "limpid/concepts/paired.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "limpid/core/error.h"
#include "limpid/core/random.h"

namespace limpid {
namespace {

constexpr size_t kMostExactPairs = 200;

std::vector<double> differences_of(const std::vector<double>& one, const std::vector<double>& other) {
  if (one.size() != other.size())
    fail("a paired test got ", one.size(), " and ", other.size(), " numbers; expected pairs");
  std::vector<double> differences(one.size());
  for (size_t i = 0; i < one.size(); ++i) differences[i] = one[i] - other[i];
  return differences;
}

/// Twice the ranks of the numbers' amounts, whole also where like ones share the mean of theirs.
std::vector<int64_t> doubled_ranks(const std::vector<double>& numbers) {
  std::vector<size_t> order(numbers.size());
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(),
            [&](size_t a, size_t b) { return std::abs(numbers[a]) < std::abs(numbers[b]); });
  std::vector<int64_t> ranks(numbers.size());
  for (size_t begin = 0; begin < order.size();) {
    size_t end = begin + 1;
    const double amount = std::abs(numbers[order[begin]]);
    while (end < order.size() && std::abs(numbers[order[end]]) - amount <= 1e-12 * amount) ++end;
    for (size_t i = begin; i < end; ++i) ranks[order[i]] = static_cast<int64_t>(begin + 1 + end);
    begin = end;
  }
  return ranks;
}

/// P(Σ over a random half of the ranks ≤ sum).
double tail_of_sums(const std::vector<int64_t>& ranks, int64_t sum) {
  std::vector<double> chance(static_cast<size_t>(std::accumulate(ranks.begin(), ranks.end(), int64_t{0})) + 1, 0);
  chance[0] = 1;
  int64_t most = 0;
  for (const int64_t rank : ranks) {
    most += rank;
    for (int64_t at = most; at >= 0; --at) {
      double& here = chance[static_cast<size_t>(at)];
      here = (here + (at >= rank ? chance[static_cast<size_t>(at - rank)] : 0)) / 2;
    }
  }
  return std::accumulate(chance.begin(), chance.begin() + sum + 1, 0.);
}

}  // namespace

Tensor bootstrap_means(const Tensor& values, int64_t draws, uint64_t seed) {
  if (values.dim() != 2 || values.size(0) < 1) fail("a bootstrap got ", shape_text(values.sizes()), "; expected rows");
  const int64_t count = values.size(0);
  Tensor weights = at::zeros({draws, count}, at::kDouble);
  auto* const all = weights.data_ptr<double>();
  Random random(mixed_seed({seed, static_cast<uint64_t>(count)}));
  for (int64_t draw = 0; draw < draws; ++draw)
    for (int64_t i = 0; i < count; ++i) ++all[draw * count + random.below(count)];
  return at::mm(weights, values.to(at::kDouble)) / static_cast<double>(count);
}

Interval percentile_interval(const Tensor& numbers, double confidence) {
  const Tensor known = numbers.to(at::kDouble).flatten().masked_select(numbers.flatten().isfinite());
  if (known.numel() == 0) return {std::nan(""), std::nan("")};
  const double tail = (1 - confidence) / 2;
  const Tensor ends = at::quantile(known, at::tensor({tail, 1 - tail}, at::kDouble));
  return {ends[0].item<double>(), ends[1].item<double>()};
}

TTest paired_t_test(const std::vector<double>& one, const std::vector<double>& other) {
  const MeanInterval found = mean_interval(differences_of(one, other));
  const auto count = static_cast<double>(one.size());
  if (found.deviation == 0) {
    if (std::abs(found.mean) < 1e-12) return {0, count - 1, 1};
    return {std::copysign(std::numeric_limits<double>::infinity(), found.mean), count - 1, 0};
  }
  const double t = found.mean / found.deviation * std::sqrt(count);
  return {t, count - 1, student_tail(t, count - 1)};
}

double signed_rank_test(const std::vector<double>& one, const std::vector<double>& other) {
  std::vector<double> differences = differences_of(one, other);
  std::erase_if(differences, [](double difference) { return difference == 0; });
  if (differences.empty()) return 1;
  const std::vector<int64_t> ranks = doubled_ranks(differences);
  int64_t up = 0, down = 0;
  for (size_t i = 0; i < ranks.size(); ++i) (differences[i] > 0 ? up : down) += ranks[i];
  if (ranks.size() <= kMostExactPairs) return std::min(1., 2 * tail_of_sums(ranks, std::min(up, down)));
  double squares = 0;
  for (const int64_t rank : ranks) squares += static_cast<double>(rank * rank);
  return std::erfc(std::abs(static_cast<double>(up - down)) / std::sqrt(2 * squares));
}

}  // namespace limpid
