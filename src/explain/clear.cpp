// SPDX-License-Identifier: Apache-2.0
#include "limpid/explain/clear.h"

#include <ATen/ATen.h>

#include "explain/one_channel.h"
#include "explain/strongest.h"
#include "limpid/core/error.h"
#include "limpid/explain/arm.h"
#include "limpid/net/canonize.h"
#include "limpid/net/kernels.h"

namespace limpid {
namespace {

/// weight [K, F, …] of the class convolution and the class maps z [N, K, …] of a batch.
struct ClassKernel {
  int below;  // the node that the convolution reads
  Layer layer;
  Tensor maps;
};

ClassKernel class_kernel(const Network& network, const Activations& activations) {
  if (const auto head = class_maps(network))
    return {network[head->convolution].inputs[0], network[head->convolution].layer, activations[head->maps]};
  const Network rewritten = class_convolution(network);
  const auto head = class_maps(rewritten);
  if (!head)
    fail(
        "the network's head has no class maps: it needs one kernel a class before global averaging, or "
        "global averaging before its only dense layer; set head=logits");
  // The rewritten head begins at a node that both networks have under one name.
  const Node& convolution = rewritten[head->convolution];
  const int below = node_named(network, rewritten[convolution.inputs[0]].name);
  return {below, convolution.layer, convolution.layer.type->forward(convolution.layer, {activations[below]}, nullptr)};
}

}  // namespace

Tensor all_classes(const Network& network, int64_t images) {
  return at::arange(network.classes(), at::kLong).expand({images, -1}).contiguous();
}

bool has_class_maps(const Network& network) {
  return class_maps(network).has_value() || class_maps(class_convolution(network)).has_value();
}

ClassResponse class_map_response(const Network& network, const Activations& activations, const Composite& composite,
                                 Channels channels, bool positive) {
  const ClassKernel kernel = class_kernel(network, activations);
  const Walk walk(network, composite, kernel.below, 0, channels);
  const OneChannelAdjoint adjoint(kernel.layer);
  return [=, &activations](const Tensor& asked) {
    const Tensor classes = asked.to(kernel.maps.device());
    const Tensor maps = chosen(kernel.maps, classes);
    const Tensor signal = adjoint(positive ? maps.clamp_min(0) : maps, classes, activations[kernel.below], kernel.maps);
    return walk(activations, signal).unflatten(0, {-1, classes.size(1)});
  };
}

ClassResponse logit_response(const Network& network, const Activations& activations, const Composite& composite,
                             Channels channels, bool positive) {
  const int node = feature_map(network, last_convolution(network));
  const Walk down(network, gradient_composite(), network.output, node);
  const Walk walk(network, composite, node, 0, channels);
  return [=, &network, &activations](const Tensor& classes) {
    const int64_t seeds = classes.size(1);
    const Tensor start = one_hot(classes, network.classes(), activations[network.output]);
    const Tensor gradient = down(activations, start);
    const Tensor maps = times(gradient, activations[node], seeds).sum(1, true);
    return walk(activations, gradient * (positive ? maps.clamp_min(0) : maps)).unflatten(0, {-1, seeds});
  };
}

ClassResponse relevance_response(const Network& network, const Activations& activations, const Composite& composite,
                                 Channels channels) {
  const Walk walk(network, composite, network.output, 0, channels);
  return [walk, &network, &activations](const Tensor& classes) {
    const Tensor& scores = activations[network.output];
    const Tensor start = one_hot(classes, network.classes(), scores);
    return walk(activations, times(start, scores, classes.size(1))).unflatten(0, {-1, classes.size(1)});
  };
}

Clear clear(const ClassResponse& response, const Tensor& classes, const ClearOptions& options) {
  Strongest best;
  const int64_t all = classes.size(1);
  const Tensor ascending = std::get<0>(at::sort(classes, 1));
  for (int64_t begin = 0; begin < all; begin += options.chunk) {
    const int64_t count = std::min(options.chunk, all - begin);
    const Tensor some = ascending.narrow(1, begin, count).contiguous();
    const Tensor maps = response(some);
    const Tensor responses = options.l2 ? maps.square().sum(2).sqrt() : maps.sum(2);
    keep_strongest(best, responses, some, options.strongest);
    if (options.each) options.each(responses);
    if (options.progress) options.progress(begin + count, all, "classes");
  }
  const Tensor level = best.levels.select(1, 0);
  return {best.names.select(1, 0).masked_fill(level <= 0, -1), level, best.names, best.levels};
}

std::vector<Share> shares(const Tensor& dominant, const Tensor& level) {
  const Tensor names = dominant.cpu().flatten().to(at::kLong);
  const Tensor strength = level.cpu().flatten().to(at::kDouble).clamp_min(0);
  // Class −1 (none) counts in bin 0.
  const Tensor sums = at::bincount(names + 1, strength), counts = at::bincount(names + 1);
  const double total = std::max(strength.sum().item<double>(), 1e-300);
  std::vector<Share> list;
  for (int64_t bin = 1; bin < sums.size(0); ++bin) {
    const int64_t pixels = counts[bin].item<int64_t>();
    if (pixels == 0) continue;
    list.push_back(
        {bin - 1, sums[bin].item<double>() / total, static_cast<double>(pixels) / static_cast<double>(names.numel())});
  }
  std::stable_sort(list.begin(), list.end(), [](const Share& a, const Share& b) { return a.share > b.share; });
  return list;
}

}  // namespace limpid
