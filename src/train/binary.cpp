// SPDX-License-Identifier: Apache-2.0
#include "limpid/train/binary.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "limpid/core/error.h"

namespace limpid {
namespace {

double ratio(int64_t part, int64_t whole) {
  return whole > 0 ? static_cast<double>(part) / static_cast<double>(whole) : std::nan("");
}

void check(const std::vector<double>& values, const std::vector<bool>& positive) {
  if (values.size() != positive.size())
    fail("got ", values.size(), " values and ", positive.size(), " labels; expected as many");
  if (std::any_of(values.begin(), values.end(), [](double value) { return std::isnan(value); }))
    fail("a value to be scored is not a number");
}

/// Calls `act` with the positives and negatives of each value, the largest first.
template <class Act>
void each_threshold(const std::vector<double>& values, const std::vector<bool>& positive, const Act& act) {
  std::vector<size_t> order(values.size());
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) { return values[a] > values[b]; });
  for (size_t i = 0; i < order.size();) {
    const double value = values[order[i]];
    int64_t pro = 0, contra = 0;
    for (; i < order.size() && values[order[i]] == value; ++i) ++(positive[order[i]] ? pro : contra);
    act(pro, contra);
  }
}

}  // namespace

std::vector<std::pair<double, double>> roc_curve(const std::vector<double>& values, const std::vector<bool>& positive) {
  check(values, positive);
  const int64_t positives = std::count(positive.begin(), positive.end(), true);
  const int64_t negatives = static_cast<int64_t>(positive.size()) - positives;
  std::vector<std::pair<double, double>> curve = {{0, 0}};
  int64_t found = 0, mistaken = 0;
  each_threshold(values, positive, [&](int64_t pro, int64_t contra) {
    found += pro;
    mistaken += contra;
    curve.emplace_back(ratio(mistaken, negatives), ratio(found, positives));
  });
  return curve;
}

double roc_auc(const std::vector<double>& values, const std::vector<bool>& positive) {
  const std::vector<std::pair<double, double>> curve = roc_curve(values, positive);
  if (curve.size() == 1) return std::nan("");
  double area = 0;
  for (size_t i = 1; i < curve.size(); ++i)
    area += (curve[i].first - curve[i - 1].first) * (curve[i].second + curve[i - 1].second) / 2;
  return area;
}

BinaryScores binary_scores(const std::vector<double>& probabilities, const std::vector<bool>& positive) {
  check(probabilities, positive);
  BinaryScores scores;
  int64_t found = 0, cleared = 0;
  for (size_t i = 0; i < positive.size(); ++i) {
    ++(positive[i] ? scores.positives : scores.negatives);
    const bool taken = probabilities[i] >= .5;
    found += taken && positive[i];
    cleared += !taken && !positive[i];
  }
  scores.accuracy = ratio(found + cleared, scores.positives + scores.negatives);
  scores.sensitivity = ratio(found, scores.positives);
  scores.specificity = ratio(cleared, scores.negatives);
  scores.auc = roc_auc(probabilities, positive);
  return scores;
}

}  // namespace limpid
