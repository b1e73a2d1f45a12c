// SPDX-License-Identifier: Apache-2.0
#include "limpid/explain/bounds.h"

#include <ATen/ATen.h>

#include "limpid/core/error.h"

namespace limpid {
namespace {

/// A bound for every element of the input, [1, …].
Tensor for_each_element(const Tensor& bound, const Shape& image) {
  Shape shape = image, of_bound(image.size() + 1, 1);
  shape.insert(shape.begin(), 1);
  if (bound.numel() > 1) of_bound[1] = bound.numel();
  return dense(bound.reshape(of_bound).expand(shape));
}

/// Of the output of a node whose inputs lie within bounds.
Bounds carried(const Network& network, int index, const std::vector<Bounds>& all, int to) {
  const Node& node = network[index];
  std::vector<Tensor> lows, highs;
  for (const int input : node.inputs) {
    lows.push_back(all[static_cast<size_t>(input)].low);
    highs.push_back(all[static_cast<size_t>(input)].high);
  }
  const auto at = [&node](const std::vector<Tensor>& inputs) {
    return node.layer.type->forward(node.layer, inputs, nullptr);
  };
  switch (node.layer.type->role) {
    case Role::kAffine:  // a negative scale turns them round
      return {at::minimum(at(lows), at(highs)), at::maximum(at(lows), at(highs))};
    case Role::kView:
    case Role::kConcat:
    case Role::kMaxPool:
    case Role::kAveragePool:  // none falls where its input rises
      return {at(lows), at(highs)};
    default:
      refuse("the z-box rule needs the bounds of what enters layer '", network[to].name, "', and '", node.name, "' (",
             node.layer.type->name,
             ") before it hands on none; take a preset without a box, for deep-taylor low=none and high=none");
  }
}

}  // namespace

Bounds bounds_before(const Network& network, int node, const Bounds& input) {
  const int last = network[node].inputs[0];
  const std::vector<bool> on_way = ancestors(network, last);
  const at::TensorOptions options = network[node].layer.parameters[0].options();
  std::vector<Bounds> all(network.nodes.size());
  all[0] = {for_each_element(input.low.to(options), network.input_shape()),
            for_each_element(input.high.to(options), network.input_shape())};
  for (int i = 1; i <= last; ++i)
    if (on_way[static_cast<size_t>(i)]) all[static_cast<size_t>(i)] = carried(network, i, all, node);
  return all[static_cast<size_t>(last)];
}

}  // namespace limpid
