// SPDX-License-Identifier: Apache-2.0
#include "net/spread.h"

#include <ATen/ATen.h>

namespace limpid {
namespace {

constexpr double most_of_a_map = 0.75;  // cutting parts out and pasting them costs more than the rest of the map
// Multiply-adds that take as long as …
constexpr double move = 16;       // … a value on its way from layer to layer
constexpr double weight = 32;     // … a weight that a batch reads
constexpr double call = 300'000;  // … a layer that a batch calls

int64_t size_of(const Node& node, size_t axis) { return node.shape.size() == 3 ? node.shape[1 + axis] : 1; }

double elements(const Node& node) {
  double product = 1;
  for (const int64_t size : node.shape) product *= static_cast<double>(size);
  return product;
}

bool alike_at_all_positions(const Layer& layer) {
  return std::none_of(layer.parameters.begin(), layer.parameters.end(), [](const Tensor& p) {
    return p.defined() && ((p.dim() > 0 && p.size(-1) != 1) || (p.dim() > 1 && p.size(-2) != 1));
  });
}

std::optional<Reach> reach_of(const Layer& layer) {
  if (layer.type->reach) return layer.type->reach(layer);
  const Role role = layer.type->role;
  const bool elementwise =
      role == Role::kActivation || role == Role::kAffine || role == Role::kSum || role == Role::kProduct;
  if (!elementwise || !alike_at_all_positions(layer)) return std::nullopt;
  return Reach{layer};
}

/// Nothing also for a node that broadcasts an input, or gets one that is always whole.
std::optional<Reach> reach_of(const Network& network, int index, const std::vector<std::optional<Reach>>& before) {
  const Node& node = network[index];
  if (node.shape.size() != 3) return std::nullopt;
  if (index == 0) return Reach{node.layer};
  for (const int from : node.inputs) {
    const Shape& shape = network[from].shape;
    if (!before[static_cast<size_t>(from)] || shape.size() != 3) return std::nullopt;
    if (node.inputs.size() > 1 && (shape[1] != node.shape[1] || shape[2] != node.shape[2])) return std::nullopt;
  }
  return reach_of(node.layer);
}

int64_t ceiling(int64_t a, int64_t b) { return a > 0 ? (a + b - 1) / b : a / b; }

/// The positions of an axis of length `size` that look at some of `changed`.
Span looking_at(const Reach& reach, size_t axis, Span changed, int64_t size) {
  const int64_t stride = reach.stride[axis], before = reach.before[axis];
  const int64_t first = std::max<int64_t>(0, ceiling(changed.begin + before - reach.extent[axis] + 1, stride));
  const int64_t end = changed.begin + changed.size - 1 + before;
  const int64_t last = end < 0 ? -1 : std::min(size - 1, end / stride);
  return first > last ? Span{0, 0} : Span{first, last - first + 1};
}

Span hull(Span a, Span b) {
  if (a.size == 0 || b.size == 0) return a.size == 0 ? b : a;
  const int64_t begin = std::min(a.begin, b.begin);
  return {begin, std::max(a.begin + a.size, b.begin + b.size) - begin};
}

}  // namespace

Spread::Spread(const Network& of, const std::vector<int>& nodes) : network(of), needed(of.nodes.size(), false) {
  for (const int node : nodes) {
    const std::vector<bool> before = ancestors(network, node);
    for (size_t i = 0; i < needed.size(); ++i) needed[i] = needed[i] || before[i];
  }
  for (int i = 0; i < network.size(); ++i) {
    reach.push_back(reach_of(network, i, reach));
    whole_work.push_back(static_cast<double>(multiply_adds(network, i)) + move * elements(network[i]));
  }
}

Spans Spread::reached(size_t axis, Span changed) const {
  Spans spans = {changed};
  for (int i = 1; i < network.size(); ++i) {
    const auto& how = reach[static_cast<size_t>(i)];
    const int64_t size = size_of(network[i], axis);
    Span span{0, 0};
    for (const int from : network[i].inputs) {
      const Span input = spans[static_cast<size_t>(from)];
      if (input.size > 0) span = hull(span, how ? looking_at(*how, axis, input, size) : Span{0, size});
    }
    spans.push_back(span);
  }
  return spans;
}

Sizes Spread::no_sizes() const {
  const std::vector<int64_t> none(network.nodes.size(), 0);
  return {{none, none}, {}};
}

void Spread::include(Sizes& sizes, size_t axis, const Spans& reached) {
  for (size_t i = 0; i < reached.size(); ++i) sizes.axes[axis][i] = std::max(sizes.axes[axis][i], reached[i].size);
}

void Spread::choose_whole(Sizes& sizes) const {
  sizes.whole.assign(network.nodes.size(), false);
  for (size_t i = 0; i < network.nodes.size(); ++i) {
    if (!sizes.changed(i)) continue;
    const Node& node = network.nodes[i];
    const auto part = static_cast<double>(sizes.axes[0][i] * sizes.axes[1][i]);
    const auto all = static_cast<double>(size_of(node, 0) * size_of(node, 1));
    sizes.whole[i] = !reach[i] || part > most_of_a_map * all;
    for (const int from : node.inputs) sizes.whole[i] = sizes.whole[i] || sizes.whole[static_cast<size_t>(from)];
  }
}

double Spread::share(const Sizes& sizes, size_t node) const {
  if (!sizes.changed(node) || !needed[node]) return 0;
  if (sizes.whole[node]) return 1;
  const auto part = static_cast<double>(sizes.axes[0][node] * sizes.axes[1][node]);
  return part / static_cast<double>(size_of(network.nodes[node], 0) * size_of(network.nodes[node], 1));
}

double Spread::work(const Sizes& sizes) const {
  double sum = 0;
  for (size_t i = 0; i < whole_work.size(); ++i) sum += share(sizes, i) * whole_work[i];
  return sum;
}

double Spread::batch_work() const {
  double sum = 0;
  for (size_t i = 0; i < needed.size(); ++i) {
    if (!needed[i]) continue;
    sum += call;
    for (const Tensor& parameter : network.nodes[i].layer.parameters)
      if (parameter.defined()) sum += weight * static_cast<double>(parameter.numel());
  }
  return sum;
}

int64_t Spread::bytes(const Sizes& sizes) const {
  double largest = 1;
  for (size_t i = 0; i < needed.size(); ++i) largest = std::max(largest, share(sizes, i) * elements(network.nodes[i]));
  return static_cast<int64_t>(4 * largest) * static_cast<int64_t>(sizeof(double));
}

}  // namespace limpid
