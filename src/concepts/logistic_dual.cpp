// SPDX-License-Identifier: Apache-2.0
#include "concepts/logistic_dual.h"

#include <Eigen/Cholesky>
#include <cmath>

namespace limpid {
namespace {

constexpr int kMostSteps = 100, kMostHalvings = 30;
constexpr double kSmallStep = 1e-10, kLeastCurvature = 1e-12;

/// log(1 + e^z) without overflow.
double softplus(double z) { return z > 0 ? z + std::log1p(std::exp(-z)) : std::log1p(std::exp(z)); }

struct Problem {
  const Eigen::MatrixXd& gram;
  const Eigen::VectorXd &truth, &weight;
  double penalty;

  Eigen::VectorXd answers(const DualLogistic& at) const { return (gram * at.alpha).array() + at.bias; }

  double value(const DualLogistic& at) const {
    const Eigen::VectorXd f = answers(at);
    double loss = 0;
    for (Eigen::Index i = 0; i < f.size(); ++i) loss += weight[i] * (softplus(f[i]) - truth[i] * f[i]);
    return loss + penalty / 2 * at.alpha.dot(gram * at.alpha);
  }

  /// The minimum of the quadratic model about these answers: (K + λ W⁻¹) α + b = f + W⁻¹ g and Σ α = 0, W the
  /// curvatures, g the slopes. Factored is λ + W^½ K W^½, which is well conditioned wherever the answers saturate.
  DualLogistic newton(const Eigen::VectorXd& f) const {
    const Eigen::ArrayXd p = 1 / (1 + (-f.array()).exp());
    const Eigen::ArrayXd root = (weight.array() * (p * (1 - p)).max(kLeastCurvature)).sqrt();
    const Eigen::ArrayXd slope = weight.array() * (truth.array() - p);
    Eigen::MatrixXd system = root.matrix().asDiagonal() * gram * root.matrix().asDiagonal();
    system.diagonal().array() += penalty;
    const Eigen::LLT<Eigen::MatrixXd> factor(system);
    const auto solved = [&](const Eigen::ArrayXd& right) -> Eigen::VectorXd {
      return root * factor.solve(right.matrix()).array();
    };
    const Eigen::VectorXd of_target = solved(root * f.array() + slope / root), of_one = solved(root);
    const double bias = of_target.sum() / of_one.sum();
    return {of_target - bias * of_one, bias};
  }
};

}  // namespace

DualLogistic fit_dual_logistic(const Eigen::MatrixXd& gram, const Eigen::VectorXd& truth, const Eigen::VectorXd& weight,
                               double penalty) {
  const Problem problem{gram, truth, weight, penalty};
  DualLogistic here{Eigen::VectorXd::Zero(truth.size()), 0};
  double value = problem.value(here);
  for (int step = 0; step < kMostSteps; ++step) {
    const DualLogistic there = problem.newton(problem.answers(here));
    DualLogistic next = there;
    double next_value = problem.value(next), share = 1;
    for (int halving = 0; halving < kMostHalvings && !(next_value <= value); ++halving) {
      share /= 2;
      next = {here.alpha + share * (there.alpha - here.alpha), here.bias + share * (there.bias - here.bias)};
      next_value = problem.value(next);
    }
    if (!(next_value <= value)) break;  // no further down than rounding allows
    const double moved = (problem.answers(next) - problem.answers(here)).cwiseAbs().maxCoeff();
    here = next;
    value = next_value;
    if (moved < kSmallStep) break;
  }
  return here;
}

}  // namespace limpid
