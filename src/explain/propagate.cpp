// SPDX-License-Identifier: Apache-2.0
#include "limpid/explain/propagate.h"

#include <ATen/ATen.h>

#include "limpid/core/error.h"

namespace limpid {
namespace {

/// The nodes on some way from `to` up to `from`.
std::vector<bool> between(const Network& network, int from, int to) {
  std::vector<bool> on_way = ancestors(network, from);
  std::vector<bool> depends(network.nodes.size(), false);
  depends[static_cast<size_t>(to)] = true;
  for (int i = to + 1; i <= from; ++i)
    for (const int input : network[i].inputs)
      if (depends[static_cast<size_t>(input)]) depends[static_cast<size_t>(i)] = true;
  for (size_t i = 0; i < on_way.size(); ++i) on_way[i] = on_way[i] && depends[i];
  return on_way;
}

/// What a tile of maps of the largest layer may take: measured, a walk is fastest when a layer's maps before and behind
/// stay in a core's caches.
constexpr int64_t cache_bytes = int64_t{4} << 20;

int64_t elements(const Shape& shape) {
  int64_t count = 1;
  for (const int64_t size : shape) count *= size;
  return count;
}

/// The activations of some images of a batch.
Activations narrowed(const Activations& all, int64_t first, int64_t images) {
  Activations some{all.values, all.memory, images};
  for (std::vector<Tensor>* list : {&some.values, &some.memory})
    for (Tensor& value : *list)
      if (value.defined()) value = value.narrow(0, first, images);
  return some;
}

void add_to(Tensor& sum, Tensor part) {
  if (!part.defined()) return;
  sum = sum.defined() ? sum + part : std::move(part);
}

}  // namespace

Walk::Walk(const Network& network, const Composite& composite, int from, int to)
    : network_(&network), from_(from), to_(to), steps_(network.nodes.size()) {
  const std::vector<bool> on_way = between(network, from, to);
  int64_t largest = 1;
  for (int i = to + 1; i <= from; ++i) {
    if (!on_way[static_cast<size_t>(i)]) continue;
    const Rule rule = rule_for(composite, network, i);
    steps_[static_cast<size_t>(i)] = rule.bind(network[i].layer);
    largest = std::max(largest, elements(network[i].shape));
    const Role role = network[i].layer.type->role;
    seeds_share_ |= (role == Role::kConvolution || role == Role::kDense) && rule.name != "gradient";
  }
  tile_ = std::max<int64_t>(1, cache_bytes / (4 * largest));
}

Tensor Walk::operator()(const Activations& activations, const Tensor& signal) const {
  if (signal.size(0) % activations.images)
    fail("a signal of ", signal.size(0), " maps is not a whole number of seeds for ", activations.images, " images");
  const int64_t seeds = signal.size(0) / activations.images;
  if (signal.size(0) <= tile_ || !signal.is_cpu()) return whole(activations, signal);
  const int64_t images_at_once = std::max<int64_t>(1, tile_ / seeds);
  const int64_t seeds_at_once = seeds_share_ || images_at_once > 1 ? seeds : std::min(seeds, tile_);
  std::vector<Tensor> parts;
  for (int64_t n = 0; n < activations.images; n += images_at_once) {
    const int64_t images = std::min(images_at_once, activations.images - n);
    const Activations some = images == activations.images ? activations : narrowed(activations, n, images);
    for (int64_t s = 0; s < seeds; s += seeds_at_once)
      parts.push_back(whole(some, signal.narrow(0, n * seeds + s, images * std::min(seeds_at_once, seeds - s))));
  }
  return parts.size() == 1 ? parts[0] : dense(at::cat(parts));
}

Tensor Walk::whole(const Activations& activations, const Tensor& signal) const {
  const int64_t seeds = signal.size(0) / activations.images;
  std::vector<Tensor> signals(network_->nodes.size());
  signals[static_cast<size_t>(from_)] = dense(signal);
  for (int i = from_; i > to_; --i) {
    const Tensor here = std::exchange(signals[static_cast<size_t>(i)], Tensor());
    const Step& step = steps_[static_cast<size_t>(i)];
    if (!here.defined() || !step) continue;
    const Node& node = (*network_)[i];
    std::vector<Tensor> inputs;
    for (const int input : node.inputs) inputs.push_back(activations[input]);
    std::vector<Tensor> parts = step({inputs, activations[i], activations.memory[static_cast<size_t>(i)], here, seeds});
    for (size_t k = 0; k < parts.size(); ++k) {
      const int input = node.inputs[k];
      if (input == to_ || steps_[static_cast<size_t>(input)])
        add_to(signals[static_cast<size_t>(input)], std::move(parts[k]));
    }
  }
  const Tensor& result = signals[static_cast<size_t>(to_)];
  if (result.defined()) return result;
  Shape shape = (*network_)[to_].shape;
  shape.insert(shape.begin(), signal.size(0));
  return dense(at::zeros(shape, signal.options()));
}

Tensor one_hot(const Tensor& targets, int64_t classes, const Tensor& like) {
  const Tensor rows = at::zeros({targets.numel(), classes}, like.options());
  return rows.scatter(1, targets.reshape({-1, 1}).to(like.device()), 1);
}

int64_t seeds_within(const Network& network, const Activations& activations, int64_t bytes) {
  int64_t largest = 1;  // elements of one map: a step holds about three at once (in, out, a copy)
  for (const Node& node : network.nodes) largest = std::max(largest, elements(node.shape));
  const auto number = static_cast<int64_t>(activations[network.output].element_size());
  return std::max<int64_t>(1, bytes / (3 * number * largest * std::max<int64_t>(activations.images, 1)));
}

}  // namespace limpid
