// SPDX-License-Identifier: Apache-2.0
#include "limpid/explain/arm.h"

#include <ATen/ATen.h>

#include "explain/one_channel.h"
#include "limpid/core/error.h"
#include "limpid/core/lookup.h"
#include "limpid/explain/box_walk.h"
#include "limpid/explain/propagate.h"

namespace limpid {
namespace {

/// A unit's sum over positions, and with it the rank of the units: [N, n].
Tensor top_units(const Tensor& features, int64_t top) {
  const Tensor sums = features.flatten(2).sum(2);
  const Tensor order = std::get<1>(at::sort(sums, /*stable=*/true, /*dim=*/1, /*descending=*/true));
  return order.narrow(1, 0, top == 0 ? order.size(1) : std::min(top, order.size(1))).contiguous();
}

/// Each map's largest position alone, the first of equal ones. maps [N, n, …].
Tensor peaks(const Tensor& maps) {
  const Tensor flat = maps.flatten(2);
  const auto [value, place] = flat.max(2, true);
  return at::zeros_like(flat).scatter(2, place, value).reshape(maps.sizes());
}

/// Walks from units [N, n]: [N·n, C, …].
using UnitWalk = std::function<Tensor(const Tensor& units)>;

UnitWalk walk_from_maps(const Network& network, const Activations& activations, const Composite& composite, int start,
                        const Tensor& features, bool peak) {
  const auto maps_of = [=](const Tensor& units) {
    const Tensor maps = chosen(features, units);
    return peak ? peaks(maps) : maps;
  };
  const Node& node = network[start];
  if (node.layer.type->role == Role::kConvolution && rule_for(composite, network, start).name == "gradient")
    return [=, &activations, below = node.inputs[0], adjoint = OneChannelAdjoint(node.layer),
            walk = Walk(network, composite, node.inputs[0])](const Tensor& units) {
      return walk(activations, adjoint(maps_of(units), units, activations[below], activations[start]));
    };
  return [=, &activations, walk = Walk(network, composite, start)](const Tensor& units) {
    return walk(activations, one_channel(maps_of(units), units, features.size(1)));
  };
}

/// The same from peaks, as boxes of one position. features [N, K, H, W].
UnitWalk walk_from_boxes(const Network& network, const Activations& activations, const Composite& composite, int start,
                         const Tensor& features) {
  return [=, &activations, walk = BoxWalk(network, composite, start, 1, 1)](const Tensor& units) {
    const auto [value, place] = chosen(features, units).flatten(2).max(2, true);
    const Tensor position = place.flatten().cpu();
    const int64_t width = features.size(3);
    const Tensor places = at::stack({position.div(width, "floor"), position.remainder(width)}, 1).contiguous();
    return walk.whole(walk(activations, {one_channel(value.unsqueeze(-1), units, features.size(1)), places}));
  };
}

}  // namespace

std::vector<int> convolutions(const Network& network) {
  const std::vector<bool> used = ancestors(network, network.output);
  std::vector<int> found;
  for (int i = 0; i < network.size(); ++i)
    if (used[static_cast<size_t>(i)] && network[i].layer.type->role == Role::kConvolution) found.push_back(i);
  return found;
}

namespace {

int convolution_named(const Network& network, const std::string& name) {
  const NamedLayer layer = layer_named(network, name);
  if (layer.convolution) return *layer.convolution;
  std::vector<std::string> names;
  for (const int convolution : convolutions(network)) names.push_back(network[convolution].name);
  refuse("units are those of convolutions; '", name, "' is of type ", network[layer.node].layer.type->name,
         "; convolutions are: ", listed(names));
}

struct Mode {
  std::string name;
  Composite (*composite)();
};
const std::vector<Mode>& modes() {
  static const std::vector<Mode> all = {{"linear", linear_composite},
                                        {"deconvnet", deconvnet_composite},
                                        {"guided", guided_composite},
                                        {"gradient", gradient_composite},
                                        {"authors", authors_composite}};
  return all;
}

}  // namespace

NamedLayer feature_layer(const Network& network, int convolution) {
  return {network[convolution].name, feature_map(network, convolution), convolution};
}

NamedLayer layer_of(const Network& network, int node) {
  for (const int convolution : convolutions(network))
    if (node == convolution || node == feature_map(network, convolution)) return feature_layer(network, convolution);
  return {network[node].name, node};
}

NamedLayer layer_named(const Network& network, const std::string& name) {
  return layer_of(network, node_named(network, name));
}

Tensor values_of(const Network& network, const Activations& activations, const NamedLayer& layer) {
  return layer.convolution ? features_of(network, activations, *layer.convolution) : activations[layer.node];
}

std::vector<int> convolutions_named(const Network& network, const std::vector<std::string>& names) {
  if (names == std::vector<std::string>{"all"}) return convolutions(network);
  std::vector<int> chosen;
  for (const std::string& name : names) chosen.push_back(convolution_named(network, name));
  return chosen;
}

const std::vector<std::string>& arm_modes() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> all;
    for (const Mode& mode : modes()) all.push_back(mode.name);
    return all;
  }();
  return names;
}

Composite arm_composite(const std::string& mode) { return lookup("mode", mode, modes()).composite(); }

namespace {

/// Squeeze-excitation writes its dense layers as convolutions over one position: they have no map to look at.
bool has_map(const Network& network, int convolution) {
  const Shape& shape = network[convolution].shape;
  return std::any_of(shape.begin() + 1, shape.end(), [](int64_t size) { return size > 1; });
}

}  // namespace

bool has_maps(const Network& network) {
  const std::vector<int> all = convolutions(network);
  return std::any_of(all.begin(), all.end(), [&](int node) { return has_map(network, node); });
}

int last_convolution(const Network& network) {
  const std::vector<int> all = convolutions(network);
  for (auto node = all.rbegin(); node != all.rend(); ++node)
    if (has_map(network, *node)) return *node;
  fail("the network has no convolution with more than one position; this method needs one");
}

int feature_map(const Network& network, int convolution) {
  const auto users = consumers(network);
  int node = convolution;
  while (users[static_cast<size_t>(node)].size() == 1) {
    node = users[static_cast<size_t>(node)][0];
    const Role role = network[node].layer.type->role;
    if (role == Role::kActivation) return node;
    if (role != Role::kAffine && role != Role::kSum) break;
  }
  return convolution;
}

Tensor features_of(const Network& network, const Activations& activations, int convolution) {
  const int node = feature_map(network, convolution);
  if (node != convolution) return activations[node];
  const auto users = consumers(network);
  bool pooled = false;
  for (int here = node; users[static_cast<size_t>(here)].size() == 1;) {
    here = users[static_cast<size_t>(here)][0];
    const LayerType& type = *network[here].layer.type;
    if (type.name == "relu" && pooled) return activations[convolution].clamp_min(0);
    if (type.role != Role::kMaxPool) break;
    pooled = true;
  }
  return activations[convolution];
}

int response_start(const Network& network, int convolution) {
  const int features = feature_map(network, convolution);
  return features == convolution ? convolution : network[features].inputs[0];
}

Responses attentive_responses(const Network& network, const Activations& activations, const Composite& composite,
                              int convolution, const ResponseOptions& options) {
  const Tensor features = features_of(network, activations, convolution);
  Responses responses;
  responses.units = top_units(features, options.top);
  const int start = response_start(network, convolution);
  const bool boxes = options.peak && features.dim() == 4;
  const UnitWalk walk = boxes ? walk_from_boxes(network, activations, composite, start, features)
                              : walk_from_maps(network, activations, composite, start, features, options.peak);
  const int64_t chunk = seeds_within(network, activations, options.memory);
  std::vector<Tensor> parts;
  for (int64_t begin = 0; begin < responses.units.size(1); begin += chunk) {
    const int64_t count = std::min(chunk, responses.units.size(1) - begin);
    const Tensor units = responses.units.narrow(1, begin, count);
    parts.push_back(walk(units).unflatten(0, {-1, count}));
  }
  responses.maps = parts.size() == 1 ? parts[0] : at::cat(parts, 1);
  const auto [level, place] = responses.maps.sum(2).max(1);
  responses.level = level;
  responses.index = responses.units.gather(1, place.flatten(1)).reshape(place.sizes()).to(at::kInt);
  return responses;
}

}  // namespace limpid
