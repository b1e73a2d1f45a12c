// SPDX-License-Identifier: Apache-2.0
#include "limpid/net/training.h"

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>

#include "limpid/core/random.h"

namespace limpid {
namespace {

std::vector<Tensor> inputs_of(const Node& node, const std::vector<Tensor>& values) {
  std::vector<Tensor> inputs;
  for (const int index : node.inputs) {
    const Tensor& value = values[static_cast<size_t>(index)];
    const bool has_weight = !node.layer.type->train && !node.layer.parameters.empty();
    inputs.push_back(has_weight ? value.to(node.layer.parameters[0].scalar_type()) : value);
  }
  return inputs;
}

Tensor left_out(const Tensor& values, double share, uint64_t seed) {
  at::Generator generator = at::detail::createCPUGenerator(seed);
  Tensor mask = at::empty(values.sizes(), at::kFloat).bernoulli_(1 - share, generator);
  mask = dense(mask.div_(1 - share).to(values.device(), values.scalar_type()));
  return values * mask;
}

}  // namespace

Tensor training_logits(const Network& network, const Tensor& input, uint64_t seed) {
  std::vector<Tensor> values(network.nodes.size());
  values[0] = dense(input);
  for (int i = 1; i <= network.output; ++i) {
    const Layer& layer = network[i].layer;
    const std::vector<Tensor> inputs = inputs_of(network[i], values);
    Tensor value = layer.type->train ? layer.type->train(layer, inputs) : layer.type->forward(layer, inputs, nullptr);
    const double share = layer.attributes.number("dropout", 0);
    if (share > 0) value = left_out(value, share, mixed_seed({seed, static_cast<uint64_t>(i)}));
    values[static_cast<size_t>(i)] = value;
  }
  return values[static_cast<size_t>(network.output)];
}

Network trainable(const Network& network) {
  Network copy = network;
  for (Node& node : copy.nodes) {
    for (Tensor& parameter : node.layer.parameters)
      if (parameter.defined()) parameter = dense(parameter.detach().clone());
    node.layer.prepared = nullptr;
  }
  return copy;
}

bool is_learned(const Layer& layer, size_t parameter) {
  const std::string& name = layer.type->parameters[parameter];
  return layer.parameters[parameter].defined() && name != "mean" && name != "variance";
}

}  // namespace limpid
