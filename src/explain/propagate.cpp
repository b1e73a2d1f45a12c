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

void add_to(Tensor& sum, Tensor part) {
  if (!part.defined()) return;
  sum = sum.defined() ? sum + part : std::move(part);
}

}  // namespace

Walk::Walk(const Network& network, const Composite& composite, int from, int to)
    : network_(&network), from_(from), to_(to), steps_(network.nodes.size()) {
  const std::vector<bool> on_way = between(network, from, to);
  for (int i = to + 1; i <= from; ++i)
    if (on_way[static_cast<size_t>(i)])
      steps_[static_cast<size_t>(i)] = rule_for(composite, network, i).bind(network[i].layer);
}

Tensor Walk::operator()(const Activations& activations, const Tensor& signal) const {
  if (signal.size(0) % activations.images)
    fail("a signal of ", signal.size(0), " maps is not a whole number of seeds for ", activations.images, " images");
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

int64_t seeds_within(const Network& network, int64_t images, int64_t bytes) {
  int64_t largest = 1;  // elements of one map: a step holds about three at once (in, out, a copy)
  for (const Node& node : network.nodes) {
    int64_t elements = 1;
    for (const int64_t size : node.shape) elements *= size;
    largest = std::max(largest, elements);
  }
  return std::max<int64_t>(1, bytes / (3 * 4 * largest * std::max<int64_t>(images, 1)));
}

}  // namespace limpid
