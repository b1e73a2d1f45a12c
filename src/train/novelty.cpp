// SPDX-License-Identifier: Apache-2.0
#include "limpid/train/novelty.h"

#include <ATen/ATen.h>

#include <cmath>

#include "limpid/core/error.h"

namespace limpid {
namespace {

constexpr double kRidge = 1e-6;  // of the mean variance: features that never change have none
constexpr int64_t kChunk = 256;  // values that are compared with all references at once

Tensor of_unit_length(const Tensor& values) {
  const Tensor flat = values.flatten(1).to(at::kDouble);
  return flat / flat.norm(2, {1}, true).clamp_min(1e-300);
}

}  // namespace

int feature_node(const Network& network) {
  const Node& last = network[network.output];
  if (last.inputs.size() != 1)
    fail("the scores of the network come from ", last.inputs.size(), " layers; expected one");
  return last.inputs.front();
}

ClassDistance::ClassDistance(const Tensor& features, const Tensor& labels, int64_t classes) {
  if (features.size(0) != labels.size(0) || features.size(0) < 2)
    fail("there are ", features.size(0), " features and ", labels.size(0),
         " labels; expected a label each, at least 2");
  const Tensor values = features.flatten(1).to(at::kDouble);
  const int64_t width = values.size(1);
  Tensor means = at::full({classes, width}, std::nan(""), at::kDouble), rest = values.clone();
  for (int64_t k = 0; k < classes; ++k) {
    const Tensor of_class = labels.eq(k).nonzero().squeeze(1);
    if (of_class.size(0) == 0) continue;
    const Tensor mean = values.index_select(0, of_class).mean(0);
    means[k].copy_(mean);
    rest.index_add_(0, of_class, mean.neg().expand({of_class.size(0), width}));
  }
  Tensor covariance = at::matmul(rest.t(), rest) / static_cast<double>(values.size(0));
  const double ridge = kRidge * covariance.diagonal().mean().item<double>() + 1e-300;
  const auto [variances, axes] = at::linalg_eigh(covariance + ridge * at::eye(width, at::kDouble));
  whitening_ = axes / variances.clamp_min(ridge).sqrt();
  means_ = at::matmul(means, whitening_);
}

Tensor ClassDistance::operator()(const Tensor& features) const {
  const Tensor whitened = at::matmul(features.flatten(1).to(at::kDouble), whitening_);
  const Tensor far = at::full({1}, std::numeric_limits<double>::infinity(), at::kDouble);
  Tensor least = far.expand({whitened.size(0)});
  for (int64_t k = 0; k < means_.size(0); ++k) {
    const Tensor distance = (whitened - means_[k]).norm(2, {1});
    least = at::minimum(least, at::where(distance.isnan(), far, distance));
  }
  return least;
}

Tensor distance_to_nearest(const Tensor& values, const Tensor& references) {
  if (references.size(0) == 0) fail("there is nothing to compare with; expected at least one reference");
  const Tensor others = of_unit_length(references).t();
  std::vector<Tensor> parts;
  for (const Tensor& part : of_unit_length(values).split(kChunk)) parts.push_back(1 - at::matmul(part, others).amax(1));
  return at::cat(parts);
}

double empirical_quantile(const Tensor& values, double share) {
  if (values.numel() == 0) fail("no values have a quantile; expected at least one");
  const Tensor sorted = std::get<0>(values.flatten().to(at::kDouble).sort());
  const auto place = static_cast<int64_t>(std::ceil(share * static_cast<double>(sorted.numel()))) - 1;
  return sorted[std::clamp<int64_t>(place, 0, sorted.numel() - 1)].item<double>();
}

}  // namespace limpid
