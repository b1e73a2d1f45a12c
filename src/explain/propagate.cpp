// SPDX-License-Identifier: Apache-2.0
#include "limpid/explain/propagate.h"

#include <ATen/ATen.h>

#include "explain/collapse.h"
#include "explain/legs.h"
#include "explain/rules/deferral.h"
#include "explain/rules/rectifiers.h"
#include "explain/rules/weights.h"
#include "explain/tiles.h"

namespace limpid {
namespace {

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
  std::vector<Rule> chosen(network.nodes.size());
  bool summed = channels == Channels::kSum;  // by the last steps themselves
  for (int i = to + 1; i <= from; ++i) {
    if (!on_way[static_cast<size_t>(i)]) continue;
    const Rule& rule = chosen[static_cast<size_t>(i)] = rule_for(composite, network, i);
    rules[static_cast<size_t>(i)] = rule.name;
    legs_[static_cast<size_t>(i)] = leg_of(network[i], rule);
    if (reads(network[i], to)) summed = summed && can_sum_channels(network[i].layer, rule);
  }
  join_rectifiers(network, rules, legs_);
  defer_factors(network, chosen, legs_);
  for (int i = to + 1; summed && i <= from; ++i)
    if (on_way[static_cast<size_t>(i)] && reads(network[i], to))
      legs_[static_cast<size_t>(i)].step = channel_sum(network[i].layer);
  collapse({network, rules, to, summed}, legs_);
  divide();
}

/// Cuts the way where a stage with maps of more than twice the size begins, so that the small maps of late layers go
/// many at once though the early ones cannot.
void Walk::divide() {
  const auto size = [this](int node) { return elements((*network_)[node].shape); };
  int lowest = from_;  // that has a signal once all above it have handed theirs on
  int64_t largest = size(from_), piece = largest;
  int stage = from_, begin = from_;
  const auto end = [&](int node) {
    stages_.push_back({stage, node, std::max<int64_t>(1, cache_bytes / (4 * largest))});
    stage = node;
  };
  for (int i = from_; i > to_; --i) {
    const Leg& leg = legs_[static_cast<size_t>(i)];
    if (!leg.step) continue;
    if (i == lowest && i != begin) {  // all signals are at this node
      if (stage != begin && piece > 2 * largest) end(begin), largest = piece;
      largest = std::max(largest, piece);
      begin = i;
      piece = size(i);
    }
    piece = std::max(piece, size(i));
    for (const int input : leg.to)
      if (input == to_ || legs_[static_cast<size_t>(input)].step) lowest = std::min(lowest, input);
  }
  if (stage != begin && piece > 2 * largest) end(begin), largest = piece;
  largest = std::max(largest, piece);
  end(to_);
}

int64_t Walk::tile(int node) const {
  const auto holds = [node](const Stage& stage) { return node > stage.to; };
  const auto stage = std::find_if(stages_.begin(), stages_.end(), holds);
  return stage == stages_.end() ? stages_.back().tile : stage->tile;
}

Tensor Walk::operator()(const Activations& activations, const Tensor& signal) const {
  return from_stage(0, images_of(activations), signal);
}

Tensor Walk::from_stage(size_t number, const std::shared_ptr<Images>& images, const Tensor& signal) const {
  const Stage& stage = stages_[number];
  return in_tiles(images, signal, stage.tile, [&](const Tile& tile) {
    const Tensor below = whole(stage, tile.images->activations, tile.signal, tile.images->kept);
    const bool last = number + 1 == stages_.size();
    return last ? below : from_stage(number + 1, tile.images, below);
  });
}

Tensor Walk::whole(const Stage& stage, const Activations& activations, const Tensor& signal,
                   std::vector<Kept>& kept) const {
  std::vector<Tensor> signals(network_->nodes.size());
  const at::ScalarType type = activations[from_].scalar_type();
  const bool low = (*network_)[from_].layer.precision == Precision::kBfloat16;
  signals[static_cast<size_t>(stage.from)] = dense(low ? signal.to(at::kBFloat16) : signal);
  for (int i = stage.from; i > stage.to; --i) {
    const auto slot = static_cast<size_t>(i);
    const Tensor here = std::exchange(signals[slot], Tensor());
    if (here.defined() && legs_[slot].step) hand_on(legs_, i, stage.to, activations, here, kept[slot], signals);
  }
  const Tensor& result = signals[static_cast<size_t>(stage.to)];
  const bool last = stage.to == to_, sum = last && channels_ == Channels::kSum;
  if (result.defined() && !last) return result;
  if (result.defined()) return sum && result.size(1) > 1 ? result.sum(1, true, type) : result.to(type);
  Shape shape = (*network_)[stage.to].shape;
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
