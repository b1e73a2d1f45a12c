// SPDX-License-Identifier: Apache-2.0
#include "limpid/net/training.h"

#include <ATen/ATen.h>

namespace limpid {

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
