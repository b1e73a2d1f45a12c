// SPDX-License-Identifier: Apache-2.0
#include "net/layers.h"

#include "limpid/core/lookup.h"

namespace limpid {

const std::vector<const LayerType*>& layer_types() {
  static const std::vector<const LayerType*> types = {
      &input,        &conv,          &conv_transpose,
      &dense_layer,  &affine,        &batch_norm,
      &relu,         &max_pool,      &average_pool,
      &leaky_relu,   &prelu,         &elu,
      &selu,         &sigmoid,       &tanh,
      &softplus,     &hard_sigmoid,  &hard_swish,
      &silu,         &gelu,          &mish,
      &clip,         &erf,           &sqrt,
      &exp,          &log,           &pow,
      &abs,          &reciprocal,    &add,
      &sub,          &mul,           &div,
      &concat,       &reshape,       &transpose,
      &slice,        &mean,          &sum,
      &pad,          &resize,        &expand,
      &gather_layer, &instance_norm, &layer_norm,
      &group_norm,   &lrn,           &softmax,
      &log_softmax,
  };
  return types;
}

const LayerType& layer_type(const std::string& name) {
  std::vector<std::string> names;
  for (const LayerType* type : layer_types()) {
    if (type->name == name) return *type;
    names.push_back(type->name);
  }
  refuse_name("layer type", name, names);
}

}  // namespace limpid
