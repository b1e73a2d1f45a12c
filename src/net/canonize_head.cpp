// SPDX-License-Identifier: Apache-2.0
#include "limpid/net/canonize.h"
#include "net/canonize_edit.h"

namespace limpid {
namespace {

std::vector<int64_t> position_axes(const Shape& image) {
  std::vector<int64_t> axes;
  for (size_t axis = 2; axis <= image.size(); ++axis) axes.push_back(static_cast<int64_t>(axis));
  return axes;
}

/// Whether a node is the mean over all positions.
bool averages_positions(const Network& network, int node) {
  if (node == 0) return false;
  const Attributes& attributes = network[node].layer.attributes;
  const Shape& image = network[network[node].inputs[0]].shape;
  if (image.size() < 2) return false;
  if (is(network[node], "mean")) return attributes.integers("axes") == position_axes(image);
  const auto pads = attributes.integers("pads");
  return is(network[node], "average_pool") &&
         attributes.integers("kernel_shape") == Shape(image.begin() + 1, image.end()) &&
         std::all_of(pads.begin(), pads.end(), [](int64_t pad) { return pad == 0; });
}

/// The first node above `node`, itself included, that is more than another shape of the same values. Those passed are
/// added to `views`, the first of them first.
int behind_views(const Network& network, int node, std::vector<int>* views = nullptr) {
  for (; is(network[node], "reshape"); node = network[node].inputs[0])
    if (views) views->insert(views->begin(), node);
  return node;
}

struct PooledDense {
  int pooling, dense;
  std::vector<int> views;  // between the two and behind
};

/// The head features → mean over positions → dense that nothing else uses.
std::optional<PooledDense> pooled_dense(const Network& network) {
  PooledDense head{};
  std::vector<int> last;
  head.dense = behind_views(network, network.output, &last);
  if (!is(network[head.dense], "dense") || network[head.dense].shape.size() != 1) return std::nullopt;
  head.pooling = behind_views(network, network[head.dense].inputs[0], &head.views);
  if (!averages_positions(network, head.pooling)) return std::nullopt;
  head.views.insert(head.views.end(), last.begin(), last.end());
  // In a network without idle nodes, what comes behind the pooling is the head unless it is used twice.
  const bool nothing_else = network.size() - head.pooling == static_cast<int>(head.views.size()) + 2;
  return nothing_else ? std::optional(head) : std::nullopt;
}

void take_names(Network& network, int node, const Network& old, const std::vector<int>& from) {
  auto& names = node_at(network, node).aliases;
  for (const int gone : from) {
    if (old[gone].name != network[node].name) names.push_back(old[gone].name);
    names.insert(names.end(), old[gone].aliases.begin(), old[gone].aliases.end());
  }
}

}  // namespace

Network class_convolution(const Network& network) {
  const Network old = pruned(network);
  const auto head = pooled_dense(old);
  if (!head) return network;
  const Node &pooling = old[head->pooling], &scores = old[head->dense];
  const int features = pooling.inputs[0];
  Shape kernel = {scores.layer.parameters[0].size(0), old[features].shape[0]};
  kernel.resize(old[features].shape.size() + 1, 1);
  const Tensor weight = dense(scores.layer.parameters[0].reshape(kernel));

  Network result = old;
  result.nodes.resize(static_cast<size_t>(head->pooling));
  const Layer convolution{&layer_type("conv"), {}, {weight, scores.layer.parameters[1]}};
  const int maps = append(result, scores.name, convolution, {features});
  take_names(result, maps, old, {head->dense});
  const Layer mean{&layer_type("mean"),
                   {{"axes", position_axes(old[features].shape)}, {"keepdims", int64_t{!head->views.empty()}}}};
  const int pooled = append(result, pooling.name, mean, {maps});
  take_names(result, pooled, old, {head->pooling});
  if (head->views.empty()) return result;
  const Layer flat{&layer_type("reshape"), {{"shape", Shape{result[maps].shape[0]}}}};
  take_names(result, append(result, old[head->views.front()].name, flat, {pooled}), old, head->views);
  return result;
}

std::optional<ClassMaps> class_maps(const Network& network) {
  const int pooling = behind_views(network, network.output);
  if (!averages_positions(network, pooling)) return std::nullopt;
  const int maps = network[pooling].inputs[0];
  const bool activated = network[maps].layer.type->role == Role::kActivation;
  const int convolution = activated ? network[maps].inputs[0] : maps;
  if (!is(network[convolution], "conv") || network[convolution].shape[0] != network.classes()) return std::nullopt;
  return ClassMaps{convolution, maps, pooling};
}

}  // namespace limpid
