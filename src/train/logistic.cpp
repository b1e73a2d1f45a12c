// SPDX-License-Identifier: Apache-2.0
#include "limpid/train/logistic.h"

#include <ATen/ATen.h>
#include <torch/optim/lbfgs.h>

#include "limpid/core/error.h"

namespace limpid {
namespace {

constexpr int64_t kMostSteps = 1000;
constexpr double kSmallGradient = 1e-8;

Tensor standardised(const Tensor& features, const LogisticRegression& how) {
  return (features - how.mean) / how.deviation;
}

/// Σ log(1 + e^z) − y z: the negative logarithm of the likelihood.
Tensor objective(const Tensor& inputs, const Tensor& labels, const Tensor& weights, const Tensor& bias, double l2) {
  const Tensor z = at::mv(inputs, weights) + bias;
  return (at::softplus(z) - labels * z).sum() + weights.square().sum() * (l2 / 2);
}

}  // namespace

Tensor LogisticRegression::probabilities(const Tensor& features) const {
  return at::sigmoid(at::mv(standardised(features, *this), weights) + bias);
}

LogisticRegression fit_logistic(const Tensor& features, const Tensor& labels, double l2) {
  if (features.dim() != 2 || features.size(0) != labels.size(0) || features.size(0) < 2)
    fail("a regression got features ", shape_text(features.sizes()), " and ", labels.size(0),
         " labels; expected a row of features for each of at least two labels");
  if (!features.isfinite().all().item<bool>()) fail("a regression got features that are not finite");
  LogisticRegression fitted;
  fitted.mean = features.mean(0);
  const Tensor deviation = features.std(0);
  fitted.deviation = at::where(deviation > 0, deviation, at::ones_like(deviation));
  const Tensor inputs = standardised(features, fitted), truth = labels.to(at::kDouble);
  const at::AutoGradMode learning(true);
  Tensor weights = at::zeros({features.size(1)}, at::kDouble).requires_grad_(true);
  Tensor bias = at::zeros({}, at::kDouble).requires_grad_(true);
  torch::optim::LBFGS optimizer({weights, bias}, torch::optim::LBFGSOptions(1)
                                                     .max_iter(kMostSteps)
                                                     .max_eval(4 * kMostSteps)
                                                     .tolerance_grad(kSmallGradient)
                                                     .tolerance_change(1e-14)
                                                     .history_size(20)
                                                     .line_search_fn("strong_wolfe"));
  optimizer.step([&] {
    optimizer.zero_grad();
    const Tensor loss = objective(inputs, truth, weights, bias, l2);
    loss.backward();
    return loss;
  });
  fitted.weights = weights.detach();
  fitted.bias = bias.item<double>();
  return fitted;
}

}  // namespace limpid
