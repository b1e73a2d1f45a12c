// SPDX-License-Identifier: Apache-2.0
#include "limpid/concepts/tcav.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <numeric>

#include "limpid/core/error.h"
#include "limpid/core/random.h"
#include "limpid/explain/arm.h"

namespace limpid {

std::vector<std::vector<int64_t>> random_sets(int64_t pool, int64_t sets, int64_t size, uint64_t seed) {
  if (pool < 3 * size)
    fail("random sets of ", size, " are asked of ", pool, "; expected at least ", 3 * size,
         ", so that sets that are held against each other share none");
  std::vector<int64_t> used(static_cast<size_t>(pool), 0);
  std::vector<std::vector<int64_t>> all;
  for (int64_t number = 0; number < sets; ++number) {
    std::vector<char> taken(static_cast<size_t>(pool), 0);
    const auto take = [&](const std::vector<int64_t>& set) {
      for (const int64_t index : set) taken[static_cast<size_t>(index)] = 1;
    };
    if (number > 0) take(all.back());
    if (number > 0 && number + 1 == sets) take(all.front());
    std::vector<int64_t> order;
    for (int64_t index = 0; index < pool; ++index)
      if (!taken[static_cast<size_t>(index)]) order.push_back(index);
    Random(mixed_seed({seed, static_cast<uint64_t>(number)})).shuffle(order);
    std::stable_sort(order.begin(), order.end(),
                     [&](int64_t a, int64_t b) { return used[static_cast<size_t>(a)] < used[static_cast<size_t>(b)]; });
    order.resize(static_cast<size_t>(size));
    for (const int64_t index : order) ++used[static_cast<size_t>(index)];
    std::sort(order.begin(), order.end());
    all.push_back(std::move(order));
  }
  return all;
}

Tensor concept_features(const Tensor& maps, bool pooled) {
  return (pooled ? maps.mean({2, 3}) : maps.contiguous().flatten(1)).to(at::kCPU, at::kFloat).contiguous();
}

ConceptSensitivity::ConceptSensitivity(const Network& network, const Probe& probe, bool pooled)
    : network_(&network), walk_(network, gradient_composite(), network.output, probe.node), pooled_(pooled) {}

Tensor ConceptSensitivity::gradients(const Activations& activations, int64_t class_index) const {
  const Tensor targets = at::full({activations.images, 1}, class_index, at::kLong);
  const Tensor signal = one_hot(targets, network_->classes(), activations[network_->output]);
  const Tensor gradients = walk_(activations, signal).contiguous();
  return pooled_ ? gradients.flatten(2).sum(2) : gradients.flatten(1);
}

Tensor tcav_scores(const Tensor& derivatives) {
  return (derivatives.sign().to(at::kDouble) / 2 + .5).mean(-1).to(at::kCPU);
}

ConceptTest concept_test(const std::vector<double>& scores, const std::vector<double>& random, int64_t tests,
                         double level) {
  ConceptTest found{mean_interval(scores), welch_test(scores, random), 1, false};
  found.score.low = std::max(found.score.low, 0.);
  found.score.high = std::min(found.score.high, 1.);
  found.adjusted = std::min(1., found.test.p * static_cast<double>(tests));
  found.significant = found.adjusted < level;
  return found;
}

ConceptResponses::ConceptResponses(const Network& network, const Probe& probe, const Composite& composite, bool pooled)
    : network_(&network),
      probe_(probe),
      walk_(network, composite, response_start(network, probe.convolution), 0, Channels::kSum),
      pooled_(pooled) {}

ConceptResponses::Maps ConceptResponses::operator()(const Activations& activations, const Tensor& vectors,
                                                    int64_t memory) const {
  const Tensor features = features_of(*network_, activations, probe_.convolution)
                              .reshape({activations.images, 1, probe_.units, probe_.rows, probe_.columns});
  Shape shape = {1, vectors.size(0), probe_.units, probe_.rows, probe_.columns};
  if (pooled_) shape[3] = shape[4] = 1;
  const Tensor directions = vectors.to(features.options()).reshape(shape);
  const Shape& at_start = (*network_)[response_start(*network_, probe_.convolution)].shape;
  const int64_t chunk = seeds_within(*network_, activations, memory);
  std::vector<Tensor> projections, responses;
  for (int64_t begin = 0; begin < vectors.size(0); begin += chunk) {
    const int64_t count = std::min(chunk, vectors.size(0) - begin);
    const Tensor parts = features * directions.narrow(1, begin, count);
    projections.push_back(parts.sum(2));
    Shape signals = at_start;
    signals.insert(signals.begin(), activations.images * count);
    const Tensor back = walk_(activations, dense(parts.clamp_min(0).reshape(signals)));
    responses.push_back(back.sum(1).unflatten(0, {activations.images, count}));
  }
  return {at::cat(projections, 1), at::cat(responses, 1)};
}

}  // namespace limpid
