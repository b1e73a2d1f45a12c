// SPDX-License-Identifier: Apache-2.0
#include "limpid/explain/masking.h"

#include <ATen/ATen.h>

#include <random>

#include "limpid/core/error.h"

namespace limpid {
namespace {

/// As many random pixels of the ink [H, W] as `mask` holds: those equal to the background do not change when removed.
Tensor random_mask(const Tensor& mask, const Tensor& ink, uint64_t seed) {
  std::mt19937_64 engine(seed);
  const Tensor pixels = at::nonzero(ink.reshape(-1)).reshape(-1);
  std::vector<int64_t> order(pixels.data_ptr<int64_t>(), pixels.data_ptr<int64_t>() + pixels.numel());
  for (size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[engine() % i]);
  order.resize(static_cast<size_t>(at::logical_and(mask, ink).sum().item<int64_t>()));
  Tensor random = at::zeros({mask.numel()}, at::kBool);
  random.index_fill_(0, at::tensor(order, at::kLong), true);
  return random.reshape(mask.sizes());
}

int64_t correct(const Tensor& scores, const Tensor& labels) {
  return (scores.argmax(1) == labels.to(scores.device())).sum().item<int64_t>();
}

/// Counts, for one threshold, how many of a batch are still classified as labelled.
void count(MaskingResult& result, const Network& network, const Tensor& x, const Tensor& labels, const Tensor& evidence,
           const MaskingOptions& options, int64_t first) {
  const Tensor most = evidence.flatten(1).amax(1).reshape({-1, 1, 1});
  const Tensor mask = evidence > most * result.threshold;
  std::vector<Tensor> random;
  const Tensor background =
      options.background.defined() ? options.background.to(x.options()) : at::zeros({}, x.options());
  const Tensor ink = (x != background).any(1);
  for (int64_t n = 0; n < x.size(0); ++n)
    random.push_back(random_mask(mask[n].cpu(), ink[n].cpu(), options.seed + static_cast<uint64_t>(first + n)));
  const Tensor control = at::stack(random).to(mask.device());
  const auto accuracy_with = [&](const Tensor& hidden) {
    return static_cast<double>(correct(logits(network, at::where(hidden.unsqueeze(1), background, x)), labels));
  };
  result.kept += accuracy_with(at::logical_not(mask));
  result.removed += accuracy_with(mask);
  result.random_kept += accuracy_with(at::logical_not(control));
  result.random_removed += accuracy_with(control);
  result.area += mask.to(at::kDouble).flatten(1).mean(1).sum().item<double>();
}

}  // namespace

std::vector<MaskingResult> masking_experiment(const Network& network, const Tensor& inputs, const Tensor& labels,
                                              const ResponseOf& response, const MaskingOptions& options) {
  if (inputs.dim() != 4 || labels.dim() != 1 || inputs.size(0) != labels.size(0))
    fail("the masking experiment needs inputs [N, C, H, W] and as many labels; got ", shape_text(inputs.sizes()),
         " and ", shape_text(labels.sizes()));
  std::vector<MaskingResult> results;
  for (const double threshold : options.thresholds) results.push_back({threshold, 0, 0, 0, 0, 0, 0});
  const int64_t all = inputs.size(0);
  for (int64_t first = 0; first < all; first += options.batch) {
    const int64_t images = std::min(options.batch, all - first);
    const Tensor x = inputs.narrow(0, first, images), own = labels.narrow(0, first, images);
    const Activations activations = forward(network, x);
    const Tensor maps = response(network, activations)(own.unsqueeze(1));  // [n, 1, C, H, W]
    const Tensor evidence = maps.squeeze(1).sum(1).clamp_min(0);
    const int64_t hits = correct(activations[network.output], own);
    for (MaskingResult& result : results) {
      result.full += static_cast<double>(hits);
      count(result, network, x, own, evidence, options, first);
    }
    if (options.progress) options.progress(first + images, all, "masked images");
  }
  for (MaskingResult& result : results)
    for (double* value :
         {&result.full, &result.kept, &result.removed, &result.random_kept, &result.random_removed, &result.area})
      *value /= static_cast<double>(all);
  return results;
}

}  // namespace limpid
