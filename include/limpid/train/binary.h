// SPDX-License-Identifier: Apache-2.0
#pragma once
// How well probabilities tell two classes apart: the measures of diagnosis.

#include <cstdint>
#include <utility>
#include <vector>

namespace limpid {

struct BinaryScores {
  int64_t positives = 0, negatives = 0;
  double accuracy = 0;
  double sensitivity = 0, specificity = 0;  // recall of the positives, of the negatives; NaN without any
  double auc = 0;                           // NaN without both
};

/// A probability of at least 1/2 is taken for positive. Throws where the lists differ in length or hold NaN.
BinaryScores binary_scores(const std::vector<double>& probabilities, const std::vector<bool>& positive);

/// The area under the ROC curve: how often a positive has a larger value than a negative, ties counted half.
double roc_auc(const std::vector<double>& values, const std::vector<bool>& positive);

/// The curve itself, from (0, 0) to (1, 1): (1 − specificity, sensitivity) for each threshold, falling.
std::vector<std::pair<double, double>> roc_curve(const std::vector<double>& values, const std::vector<bool>& positive);

}  // namespace limpid
