// SPDX-License-Identifier: Apache-2.0
#pragma once
// Logistic regression on few examples of many features, by the examples' scalar products alone.

#include <Eigen/Core>

namespace limpid {

/// f(x) = Σ_i alpha_i x_i·x + bias, Σ alpha = 0.
struct DualLogistic {
  Eigen::VectorXd alpha;
  double bias;
};

/// Minimises Σ_i weight_i log(1 + exp(−y_i f(x_i))) + penalty/2 · |Σ alpha_i x_i|² by Newton's method with Cholesky
/// factors. gram: scalar products of the examples, best about their mean; truth: 1 or 0; both occur; penalty > 0.
DualLogistic fit_dual_logistic(const Eigen::MatrixXd& gram, const Eigen::VectorXd& truth, const Eigen::VectorXd& weight,
                               double penalty);

}  // namespace limpid
