// SPDX-License-Identifier: Apache-2.0
#include "limpid/explain/propagate.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include "explain/collapse.h"
#include "explain/rules/weights.h"
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

/// Some images of a batch, and what their seeds share at each node.
struct Images {
  Activations activations;
  std::vector<Kept> kept;
};

/// Some seeds of some images, walked back together.
struct Tile {
  std::shared_ptr<Images> images;
  Tensor signal;
};

/// Cuts a signal into tiles of about `size` maps: several images with all their seeds, or some seeds of one image.
std::vector<Tile> cut(const Activations& all, const Tensor& signal, int64_t size) {
  const int64_t seeds = signal.size(0) / all.images;
  const int64_t images_at_once = std::clamp<int64_t>(size / seeds, 1, all.images);
  const int64_t seeds_at_once = images_at_once > 1 ? seeds : std::min(seeds, size);
  std::vector<Tile> tiles;
  for (int64_t n = 0; n < all.images; n += images_at_once) {
    const int64_t count = std::min(images_at_once, all.images - n);
    const auto images = std::make_shared<Images>(
        Images{count == all.images ? all : narrowed(all, n, count), std::vector<Kept>(all.values.size())});
    for (int64_t s = 0; s < seeds; s += seeds_at_once)
      tiles.push_back({images, signal.narrow(0, n * seeds + s, count * std::min(seeds_at_once, seeds - s))});
  }
  return tiles;
}

void add_to(Tensor& sum, Tensor part) {
  if (!part.defined()) return;
  sum = sum.defined() ? sum + part : std::move(part);
}

/// Whether a step keeps signals in bfloat16 where they come so; all others get them in the activations' type.
bool takes_low_precision(const Layer& layer, const Rule& rule) {
  const Role role = layer.type->role;
  const bool moves_values = role == Role::kMaxPool || role == Role::kConcat || role == Role::kSum;
  return layer.type->prepare || layer.type->name == "relu" || (rule.name == "gradient" && moves_values);
}

bool reads(const Node& node, int input) {
  return std::find(node.inputs.begin(), node.inputs.end(), input) != node.inputs.end();
}

/// Whether the adjoint of a layer can give the sum over its input's channels.
bool can_sum_channels(const Layer& layer, const Rule& rule) {
  return rule.name == "gradient" && layer.type->name == "conv" && layer.attributes.integer("group", 1) == 1;
}

/// That adjoint: the weights are summed instead of the maps.
Step channel_sum(const Layer& layer) {
  const Weights summed(layer, "gradient", "channel sum",
                       [](const Tensor& weight) { return dense(weight.sum(1, true)); });
  return [summed](const Visit& visit) { return std::vector<Tensor>{summed.adjoint(visit, visit.signal)}; };
}

}  // namespace

Walk::Walk(const Network& network, const Composite& composite, int from, int to, Channels channels)
    : network_(&network), from_(from), to_(to), channels_(channels), legs_(network.nodes.size()) {
  const std::vector<bool> on_way = between(network, from, to);
  std::vector<std::string> rules(network.nodes.size());
  bool summed = channels == Channels::kSum;  // by the last steps themselves
  int64_t largest = 1;
  for (int i = to + 1; i <= from; ++i) {
    if (!on_way[static_cast<size_t>(i)]) continue;
    const Rule rule = rule_for(composite, network, i);
    rules[static_cast<size_t>(i)] = rule.name;
    const Layer& layer = network[i].layer;
    legs_[static_cast<size_t>(i)] = {rule.bind(layer), network[i].inputs, takes_low_precision(layer, rule)};
    if (reads(network[i], to)) summed = summed && can_sum_channels(layer, rule);
    largest = std::max(largest, elements(network[i].shape));
  }
  for (int i = to + 1; summed && i <= from; ++i)
    if (on_way[static_cast<size_t>(i)] && reads(network[i], to))
      legs_[static_cast<size_t>(i)].step = channel_sum(network[i].layer);
  collapse({network, rules, to, summed}, legs_);
  tile_ = std::max<int64_t>(1, cache_bytes / (4 * largest));
}

Tensor Walk::operator()(const Activations& activations, const Tensor& signal) const {
  if (signal.size(0) % activations.images)
    fail("a signal of ", signal.size(0), " maps is not a whole number of seeds for ", activations.images, " images");
  const int64_t maps = signal.size(0), threads = at::get_num_threads();
  if (maps == 0) {
    std::vector<Kept> nothing(activations.values.size());
    return whole(activations, signal, nothing);
  }
  const int64_t share = (maps + threads - 1) / threads;
  std::vector<Tile> tiles = cut(activations, signal, signal.is_cpu() ? std::min(tile_, share) : maps);
  std::vector<Tensor> parts(tiles.size());
  const auto walk = [&](size_t i) {
    parts[i] = whole(tiles[i].images->activations, tiles[i].signal, tiles[i].images->kept);
    tiles[i] = {};
  };
  const auto count = static_cast<int64_t>(tiles.size());
  if (count < threads) {  // the threads share the work within a tile
    for (size_t i = 0; i < tiles.size(); ++i) walk(i);
  } else {
    const bool inference = c10::InferenceMode::is_enabled();
    at::parallel_for(0, count, 1, [&](int64_t begin, int64_t end) {
      const c10::InferenceMode as_outside(inference);
      for (int64_t i = begin; i < end; ++i) walk(static_cast<size_t>(i));
    });
  }
  return parts.size() == 1 ? parts[0] : dense(at::cat(parts));
}

Tensor Walk::whole(const Activations& activations, const Tensor& signal, std::vector<Kept>& kept) const {
  const int64_t seeds = signal.size(0) / activations.images;
  std::vector<Tensor> signals(network_->nodes.size());
  const at::ScalarType type = activations[from_].scalar_type();
  const bool low = (*network_)[from_].layer.precision == Precision::kBfloat16;
  signals[static_cast<size_t>(from_)] = dense(low ? signal.to(at::kBFloat16) : signal);
  for (int i = from_; i > to_; --i) {
    const auto slot = static_cast<size_t>(i);
    Tensor here = std::exchange(signals[slot], Tensor());
    const Leg& leg = legs_[slot];
    if (!here.defined() || !leg.step) continue;
    if (!leg.low) here = here.to(type);
    std::vector<Tensor> inputs;
    for (const int input : leg.to) inputs.push_back(activations[input]);
    std::vector<Tensor> parts = leg.step({inputs, activations[i], activations.memory[slot], here, seeds, &kept[slot]});
    for (size_t k = 0; k < parts.size(); ++k) {
      const int input = leg.to[k];
      if (input == to_ || legs_[static_cast<size_t>(input)].step)
        add_to(signals[static_cast<size_t>(input)], std::move(parts[k]));
    }
  }
  const Tensor& result = signals[static_cast<size_t>(to_)];
  const bool sum = channels_ == Channels::kSum;
  if (result.defined()) return sum && result.size(1) > 1 ? result.sum(1, true, type) : result.to(type);
  Shape shape = (*network_)[to_].shape;
  if (sum) shape[0] = 1;
  shape.insert(shape.begin(), signal.size(0));
  return dense(at::zeros(shape, signal.options().dtype(type)));
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
