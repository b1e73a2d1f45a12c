// SPDX-License-Identifier: Apache-2.0
#pragma once
// Whether an input is like those that a network was trained on, by distances between values of its last hidden layer.

#include "limpid/core/tensor.h"
#include "limpid/net/network.h"

namespace limpid {

/// The node whose values the last layer makes scores of.
int feature_node(const Network& network);

/// Mahalanobis distances to the means of classes, with one covariance for all (lee2018).
class ClassDistance {
 public:
  /// features: [N, F]; labels: int64 [N], below `classes`. Classes without examples are never near.
  ClassDistance(const Tensor& features, const Tensor& labels, int64_t classes);

  /// To the nearest class, float64 [N].
  Tensor operator()(const Tensor& features) const;

 private:
  Tensor means_;      // [classes, F], whitened
  Tensor whitening_;  // [F, F]
};

/// 1 − the largest cosine to any of the references [M, F], float64 [N] (sun2022).
Tensor distance_to_nearest(const Tensor& values, const Tensor& references);

/// The value that `share` of all values do not exceed.
double empirical_quantile(const Tensor& values, double share);

}  // namespace limpid
