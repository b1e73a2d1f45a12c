// SPDX-License-Identifier: Apache-2.0
#include "limpid/explain/randomization.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "limpid/core/error.h"
#include "limpid/core/random.h"
#include "limpid/net/training.h"

namespace limpid {
namespace {

bool has_weights(const Node& node) {
  const Role role = node.layer.type->role;
  return role == Role::kConvolution || role == Role::kDense;
}

Tensor drawn_like(const Tensor& weight, uint64_t seed) {
  Random random(seed);
  Tensor drawn = at::empty({weight.numel()}, at::kDouble);
  double* values = drawn.data_ptr<double>();
  for (int64_t i = 0; i < drawn.numel(); ++i) values[i] = random.normal();
  const Tensor exact = weight.to(at::kCPU, at::kDouble);
  return (exact.mean() + exact.std(/*unbiased=*/false) * drawn).reshape(weight.sizes()).to(weight.options());
}

/// The ranks of all values, from 1; equal values share their mean.
Tensor ranks(const Tensor& values) {
  const auto [sorted, order] = at::sort(values.flatten().to(at::kCPU, at::kDouble));
  const auto [unique, inverse, counts] =
      at::unique_consecutive(sorted, /*return_inverse=*/true, /*return_counts=*/true);
  const Tensor last = counts.cumsum(0).to(at::kDouble);
  const Tensor mean = last - (counts.to(at::kDouble) - 1) / 2;
  Tensor found = at::empty_like(sorted);
  found.index_copy_(0, order, mean.index_select(0, inverse));
  return found;
}

}  // namespace

Network randomized(const Network& network, int64_t layers, uint64_t seed) {
  if (layers < 0) refuse(layers, " layers are to be random; expected 1 or more, or 0 for all");
  Network changed = trainable(network);
  int64_t left = layers == 0 ? changed.size() : layers;
  for (int i = changed.size() - 1; i > 0 && left > 0; --i) {
    Node& node = changed.nodes[static_cast<size_t>(i)];
    if (!has_weights(node)) continue;
    --left;
    std::vector<Tensor>& parameters = node.layer.parameters;
    parameters[0] = drawn_like(parameters[0], mixed_seed({seed, static_cast<uint64_t>(i)}));
    for (size_t p = 1; p < parameters.size(); ++p)
      if (parameters[p].defined()) parameters[p] = at::zeros_like(parameters[p]);
  }
  const at::TensorOptions options = options_of(network);
  const bool exact = options.dtype() == at::kDouble;
  return moved(changed, options.device(), exact ? Precision::kFloat64 : Precision::kFloat32);
}

double rank_correlation(const Tensor& one, const Tensor& other) {
  if (one.sizes() != other.sizes())
    refuse("maps of ", shape_text(one.sizes()), " and ", shape_text(other.sizes()), " have no rank correlation");
  const Tensor a = ranks(one), b = ranks(other);
  const Tensor from_a = a - a.mean(), from_b = b - b.mean();
  const double scale = (from_a.square().sum() * from_b.square().sum()).sqrt().item<double>();
  return scale > 0 ? (from_a * from_b).sum().item<double>() / scale : 0;
}

}  // namespace limpid
