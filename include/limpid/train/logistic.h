// SPDX-License-Identifier: Apache-2.0
#pragma once
// Logistic regression on columns of numbers: what networks that see pictures are compared with.

#include "limpid/core/tensor.h"

namespace limpid {

struct LogisticRegression {
  Tensor mean, deviation;  // [F], of the examples it was fitted to
  Tensor weights;          // [F], of standardised features
  double bias = 0;

  /// float64 [N, F] → [N], of label 1.
  Tensor probabilities(const Tensor& features) const;
};

/// Minimises Σ −log p(label) + l2/2 · |weights|², the bias left free, by L-BFGS. features: float64 [N, F]; labels: 0 or
/// 1, int64 [N]. A column of equal values gets no weight. Throws for NaN and infinite features.
LogisticRegression fit_logistic(const Tensor& features, const Tensor& labels, double l2);

}  // namespace limpid
