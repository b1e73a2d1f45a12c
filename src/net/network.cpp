// SPDX-License-Identifier: Apache-2.0
#include "limpid/net/network.h"

#include <ATen/ATen.h>

#include <nlohmann/json.hpp>

#include "limpid/core/error.h"
#include "limpid/core/lookup.h"
#include "net/layers.h"
#include "net/layers/conv.h"

namespace limpid {
namespace {

std::vector<Tensor> gather(const std::vector<Tensor>& values, const std::vector<int>& indices) {
  std::vector<Tensor> found;
  for (const int index : indices) found.push_back(values[static_cast<size_t>(index)]);
  return found;
}

/// Runs a layer, or a convolution and the ReLU behind it; what ATen finds wrong with its inputs is told of the layer.
Tensor run(const Node& node, const std::vector<Tensor>& inputs, Tensor* memory, bool rectified = false) {
  try {
    if (rectified) return rectified_forward(node.layer, inputs[0]);
    return node.layer.type->forward(node.layer, inputs, memory);
  } catch (const c10::Error& error) {
    std::string shapes;
    for (const Tensor& input : inputs) shapes += (shapes.empty() ? "" : ", ") + shape_text(input.sizes().slice(1));
    const std::string reason = error.what_without_backtrace();
    fail("layer '", node.name, "' (", node.layer.type->name, ") does not fit its input ", shapes, ": ",
         reason.substr(0, reason.find('\n')));
  }
}

Tensor checked_input(const Network& network, const Tensor& input) {
  const Shape& shape = network.input_shape();
  if (input.dim() != static_cast<int64_t>(shape.size()) + 1 || input.sizes().slice(1) != at::IntArrayRef(shape))
    fail("the input has shape ", shape_text(input.sizes()), "; the network takes Nx", shape_text(shape));
  return dense(input);
}

}  // namespace

Network network_with_input(const std::string& name, Shape shape) {
  Network network;
  network.nodes.push_back({name, Layer{&input}, {}, std::move(shape)});
  return network;
}

int append(Network& network, const std::string& name, Layer layer, const std::vector<int>& inputs) {
  Node node{name, std::move(layer), inputs};
  at::TensorOptions where_it_runs = at::kFloat;
  for (const Tensor& parameter : node.layer.parameters)
    if (parameter.defined()) where_it_runs = parameter.options();
  std::vector<Tensor> none;  // a batch of no images has a shape but costs nothing
  for (const int index : inputs) {
    Shape shape = network[index].shape;
    shape.insert(shape.begin(), 0);
    none.push_back(dense(at::empty(shape, where_it_runs)));
  }
  node.shape = run(node, none, nullptr).sizes().slice(1).vec();
  network.nodes.push_back(std::move(node));
  return network.output = network.size() - 1;
}

int node_named(const Network& network, const std::string& name) {
  std::vector<std::string> names;
  for (int i = 0; i < network.size(); ++i) {
    if (network[i].name == name) return i;
    names.push_back(network[i].name);
  }
  for (int i = 0; i < network.size(); ++i)
    for (const std::string& alias : network[i].aliases)
      if (alias == name) return i;
  refuse_name("layer", name, names);
}

std::vector<std::vector<int>> consumers(const Network& network) {
  std::vector<std::vector<int>> users(network.nodes.size());
  for (int i = 0; i < network.size(); ++i)
    for (const int input : network[i].inputs) users[static_cast<size_t>(input)].push_back(i);
  return users;
}

std::vector<bool> ancestors(const Network& network, int to) {
  std::vector<bool> marked(network.nodes.size(), false);
  marked[static_cast<size_t>(to)] = true;
  for (int i = to; i >= 0; --i)
    if (marked[static_cast<size_t>(i)])
      for (const int input : network[i].inputs) marked[static_cast<size_t>(input)] = true;
  return marked;
}

std::vector<std::string> class_names(const Network& network) {
  const auto classes = static_cast<size_t>(network.classes());
  std::vector<std::string> names;
  if (const auto found = network.metadata.find("classes"); found != network.metadata.end()) {
    const auto list = nlohmann::json::parse(found->second, nullptr, false);
    if (list.is_array() && list.size() == classes)
      for (const auto& name : list) names.push_back(name.is_string() ? name.get<std::string>() : name.dump());
  }
  if (names.size() != classes) {
    names.clear();
    for (size_t i = 0; i < classes; ++i) names.push_back(std::to_string(i));
  }
  return names;
}

bool has_independent_scores(const Network& network) {
  const auto found = network.metadata.find(kProbabilities);
  return network.classes() == 1 || (found != network.metadata.end() && found->second == "sigmoid");
}

Tensor probabilities(const Network& network, const Tensor& logits) {
  return has_independent_scores(network) ? at::sigmoid(logits) : at::softmax(logits, 1);
}

Network moved(const Network& network, at::Device device, Precision precision) {
  const at::ScalarType type = precision == Precision::kFloat64 ? at::kDouble : at::kFloat;
  Network copy = network;
  for (Node& node : copy.nodes) {
    Layer& layer = node.layer;
    for (Tensor& parameter : layer.parameters)
      if (parameter.defined()) parameter = dense(parameter.to(device, type));
    layer.precision = precision;
    layer.prepared = nullptr;
    prepare(layer);
  }
  return copy;
}

at::TensorOptions options_of(const Network& network) {
  for (const Node& node : network.nodes)
    for (const Tensor& parameter : node.layer.parameters)
      if (parameter.defined()) return at::TensorOptions(parameter.device()).dtype(parameter.dtype());
  return at::kFloat;
}

void require_finite(const Network& network) {
  for (const Node& node : network.nodes)
    for (size_t i = 0; i < node.layer.parameters.size(); ++i)
      if (node.layer.parameters[i].defined())
        require_finite(node.layer.parameters[i],
                       "the " + node.layer.type->parameters[i] + " of layer '" + node.name + "'");
}

int64_t multiply_adds(const Network& network, int index) {
  const Node& node = network[index];
  const Role role = node.layer.type->role;
  if (role != Role::kConvolution && role != Role::kDense) return 0;
  const Tensor& weight = node.layer.parameters[0];
  // Each weight is used once an output position, or, transposed, once an input position.
  const bool transposed = node.layer.type->name == "conv_transpose";
  const Shape& shape = transposed ? network[node.inputs[0]].shape : node.shape;
  int64_t positions = 1;
  const bool channels_first = role == Role::kConvolution;
  for (size_t axis = channels_first ? 1 : 0; axis < shape.size() - (channels_first ? 0 : 1); ++axis)
    positions *= shape[axis];
  return positions * weight.numel();
}

Activations forward(const Network& network, const Tensor& input) {
  Activations all{std::vector<Tensor>(network.nodes.size()), std::vector<Tensor>(network.nodes.size()), input.size(0)};
  all.values[0] = checked_input(network, input);
  for (size_t i = 1; i < network.nodes.size(); ++i)
    all.values[i] = run(network.nodes[i], gather(all.values, network.nodes[i].inputs), &all.memory[i]);
  return all;
}

namespace {

/// What is computed to have the values at some nodes.
struct Schedule {
  std::vector<bool> needed;
  std::vector<int> last_use;   // the last node that reads a value; network.size() for what is asked for
  std::vector<int> rectifier;  // the ReLU that a convolution is computed with, where nothing else wants its values
};

Schedule schedule(const Network& network, const std::vector<int>& nodes) {
  const auto count = network.nodes.size();
  Schedule plan{std::vector<bool>(count, false), std::vector<int>(count, 0), std::vector<int>(count, -1)};
  std::vector<int> readers(count, 0);
  for (const int node : nodes) {
    const std::vector<bool> before = ancestors(network, node);
    for (size_t i = 0; i < count; ++i) plan.needed[i] = plan.needed[i] || before[i];
  }
  for (int i = 0; i < network.size(); ++i) {
    if (!plan.needed[static_cast<size_t>(i)]) continue;
    for (const int from : network[i].inputs) {
      plan.last_use[static_cast<size_t>(from)] = i;
      ++readers[static_cast<size_t>(from)];
    }
  }
  for (const int node : nodes) plan.last_use[static_cast<size_t>(node)] = network.size();
  for (int i = 0; i < network.size(); ++i) {
    if (network[i].layer.type != &relu || !plan.needed[static_cast<size_t>(i)]) continue;
    const auto from = static_cast<size_t>(network[i].inputs[0]);
    const bool alone = readers[from] == 1 && plan.last_use[from] == i;
    if (alone && network.nodes[from].layer.type == &conv) plan.rectifier[from] = i;
  }
  return plan;
}

}  // namespace

std::vector<Tensor> values_at(const Network& network, const Tensor& input, const std::vector<int>& nodes) {
  std::vector<Tensor> values(network.nodes.size());
  values[0] = checked_input(network, input);
  const Schedule plan = schedule(network, nodes);
  for (int i = 1; i < network.size(); ++i) {
    const auto slot = static_cast<size_t>(i);
    if (!plan.needed[slot] || values[slot].defined()) continue;
    const int rectifier = plan.rectifier[slot];
    Tensor value = run(network[i], gather(values, network[i].inputs), nullptr, rectifier >= 0);
    values[rectifier >= 0 ? static_cast<size_t>(rectifier) : slot] = std::move(value);
    for (const int from : network[i].inputs)
      if (plan.last_use[static_cast<size_t>(from)] <= i) values[static_cast<size_t>(from)] = Tensor();
  }
  return gather(values, nodes);
}

Tensor logits(const Network& network, const Tensor& input) { return values_at(network, input, {network.output})[0]; }

Tensor logits_from(const Network& network, const Activations& activations, int node, const Tensor& replacement) {
  std::vector<Tensor> changed(network.nodes.size());
  changed[static_cast<size_t>(node)] = dense(replacement);
  const int64_t images = replacement.size(0);
  for (int i = node + 1; i <= network.output; ++i) {
    const std::vector<int>& from = network[i].inputs;
    std::vector<Tensor> inputs = gather(changed, from);
    if (std::none_of(inputs.begin(), inputs.end(), [](const Tensor& value) { return value.defined(); })) continue;
    for (size_t k = 0; k < inputs.size(); ++k) {
      if (inputs[k].defined()) continue;
      const Tensor& kept = activations[from[k]];
      inputs[k] = kept.size(0) == images ? kept : repeat_seeds(kept, images);
    }
    changed[static_cast<size_t>(i)] = run(network[i], inputs, nullptr);
  }
  const Tensor& result = changed[static_cast<size_t>(network.output)];
  return result.defined() ? result : repeat_seeds(activations[network.output], images / activations.images);
}

}  // namespace limpid
