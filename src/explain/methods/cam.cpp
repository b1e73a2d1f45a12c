// SPDX-License-Identifier: Apache-2.0
#include <ATen/ATen.h>

#include "explain/methods.h"
#include "explain/methods/common.h"
#include "limpid/core/error.h"
#include "limpid/explain/arm.h"
#include "limpid/explain/clear.h"
#include "limpid/net/canonize.h"

namespace limpid {
namespace {

const OptionSpec own_layer_option = {
    "layer", "", "the layer that the class weights belong to; empty: it is", {}, OptionType::layers};

const OptionSpec layer_option = {"layer",
                                 "",
                                 "the layers whose values are weighed, a list (a convolution's are those behind its "
                                 "activation), or all, which are the convolutions; empty: the last of these",
                                 {"all"},
                                 OptionType::layers};

void add_maps(std::vector<Attribution>& all, const Subject& subject, const Tensor& coarse, const std::string& layer) {
  const int64_t targets = coarse.size(1);
  const Tensor fine = upsampled(coarse.flatten(0, 1), subject.network.input_shape()).unflatten(0, {-1, targets});
  for (Attribution& map : per_target(subject, fine, "attribution", layer)) all.push_back(std::move(map));
  for (Attribution& map : per_target(subject, coarse, "coarse", layer)) all.push_back(std::move(map));
}

// A run's layers may be those of other methods; only the option asks cam itself for one.
void check_cam(const Network& given, const Options& options, const std::vector<std::string>&) {
  const Network network = class_convolution(given);
  const auto head = class_maps(network);
  if (!head) return;
  const NamedLayer below = layer_of(network, network[head->convolution].inputs[0]);
  for (const std::string& name : layers_of({}, options)) {
    const NamedLayer layer = layer_named(network, name);
    const bool is_head = layer.node == head->convolution || layer.node == head->maps;
    if (!is_head && layer.name != below.name)
      refuse("cam reads layer '", below.name, "', which the class weights belong to, not '", name,
             "'; use grad-cam for it");
  }
}

// The maps whose mean over positions is the logit, less the bias where no activation stands between (Zhou 2016:
// mean M_c + b_c = S_c). The head is rewritten first where it ends in a dense layer.
std::vector<Attribution> run_cam(const Subject& subject, const Options&) {
  const Network network = class_convolution(subject.network);
  const auto head = class_maps(network);
  if (!head) fail("cam: ", *method("cam").refusal(subject.network));
  const Node& node = network[head->convolution];
  const std::string below = layer_of(network, node.inputs[0]).name;
  const Tensor& features = subject.activations[node_named(subject.network, network[node.inputs[0]].name)];
  Tensor maps = node.layer.type->forward(node.layer, {features}, nullptr);
  if (head->maps != head->convolution) {
    const Layer& activation = network[head->maps].layer;
    maps = activation.type->forward(activation, {maps}, nullptr);
  } else if (const Tensor& bias = node.layer.parameters[1]; bias.defined()) {
    Shape shape(static_cast<size_t>(maps.dim()), 1);
    shape[1] = -1;
    maps = maps - bias.reshape(shape);
  }
  const Tensor targets = subject.targets.to(maps.device());
  std::vector<Tensor> chosen;
  for (int64_t n = 0; n < subject.images(); ++n) chosen.push_back(maps[n].index_select(0, targets[n]));
  std::vector<Attribution> all;
  add_maps(all, subject, at::stack(chosen).unsqueeze(2), below);
  return all;
}

// L = ReLU(Σ_k α_k A^k), α the mean of ∂S_c/∂A over positions (Selvaraju 2017).
void add_grad_cam(std::vector<Attribution>& all, const Subject& subject, const NamedLayer& layer, bool relu) {
  const Tensor gradient = walk_targets(subject, gradient_composite(), layer.node);  // [N, T, K, …]
  std::vector<int64_t> positions;
  for (int64_t axis = 3; axis < gradient.dim(); ++axis) positions.push_back(axis);
  const Tensor maps = values_of(subject.network, subject.activations, layer);
  const Tensor weights = gradient.mean(positions);  // [N, T, K]
  const Tensor coarse = at::matmul(weights, maps.flatten(2)).unsqueeze(2).unflatten(3, maps.sizes().slice(2));
  add_maps(all, subject, relu ? at::relu(coarse) : coarse, layer.name);
}

/// "all" is each convolution that has positions, and of several with one feature map the first.
std::vector<NamedLayer> weighed_layers(const Network& network, const std::vector<std::string>& names) {
  std::vector<NamedLayer> layers;
  if (names.empty()) return {feature_layer(network, last_convolution(network))};
  if (names == std::vector<std::string>{"all"}) {
    for (const int convolution : convolutions(network)) {
      const NamedLayer layer = feature_layer(network, convolution);
      const bool is_new = std::none_of(layers.begin(), layers.end(),
                                       [&layer](const NamedLayer& other) { return other.node == layer.node; });
      if (is_new && network[layer.node].shape.size() > 1) layers.push_back(layer);
    }
    return layers;
  }
  for (const std::string& name : names) {
    layers.push_back(layer_named(network, name));
    const Shape& shape = network[layers.back().node].shape;
    if (shape.size() < 2) refuse("grad-cam needs a layer with positions; '", name, "' has shape ", shape_text(shape));
  }
  return layers;
}

void check_grad_cam(const Network& network, const Options& options, const std::vector<std::string>& layers) {
  weighed_layers(network, layers_of(layers, options));
}

std::vector<Attribution> run_grad_cam(const Subject& subject, const Options& options) {
  std::vector<Attribution> all;
  for (const NamedLayer& layer : weighed_layers(subject.network, layers_of(subject.layers, options)))
    add_grad_cam(all, subject, layer, options.is("relu", "true"));
  return all;
}

std::vector<Attribution> run_guided_grad_cam(const Subject& subject, const Options& options) {
  const Tensor guided = walk_targets(subject, guided_composite());
  std::vector<Attribution> all = run_grad_cam(subject, options);
  int64_t target = 0;
  for (Attribution& map : all)
    if (map.kind == "attribution") map.values = map.values * guided.select(1, target++ % guided.size(1));
  return all;
}

std::optional<std::string> needs_positions(const Network& network) {
  if (network.input_shape().size() > 1) return std::nullopt;
  return "its input has no positions to lay a map over";
}

std::optional<std::string> needs_class_maps(const Network& network) {
  if (const auto reason = needs_positions(network)) return reason;
  if (has_class_maps(network)) return std::nullopt;
  return "its head is not global averaging over maps with one linear weight a class";
}

std::optional<std::string> needs_convolution(const Network& network) {
  if (const auto reason = needs_positions(network)) return reason;
  return needs_maps(network);
}

const OptionSpec relu_option = {"relu", "true", "keep the positive part only", {"true", "false"}};

}  // namespace

const Method cam = {"cam",
                    "the class's weights summed over the last feature maps",
                    "zhou2016",
                    "global averaging before a linear head, or one kernel a class",
                    {own_layer_option},
                    needs_class_maps,
                    run_cam,
                    check_cam};

const Method grad_cam = {"grad-cam",
                         "feature maps weighed by the mean gradient of the logit",
                         "selvaraju2017",
                         "a convolution",
                         {layer_option, relu_option},
                         needs_convolution,
                         run_grad_cam,
                         check_grad_cam};

const Method guided_grad_cam = {"guided-grad-cam",
                                "up-sampled Grad-CAM times guided backprop",
                                "selvaraju2017",
                                "a convolution",
                                {layer_option, relu_option},
                                needs_convolution,
                                run_guided_grad_cam,
                                check_grad_cam};

}  // namespace limpid
