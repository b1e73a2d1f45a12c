// SPDX-License-Identifier: Apache-2.0
#include "limpid/net/layer.h"

#include <ATen/ATen.h>

#include "limpid/core/error.h"

namespace limpid {

void Attributes::wrong_type(const std::string& name) { fail("attribute '", name, "' has a value of the wrong type"); }

void prepare(Layer& layer) {
  if (layer.parameters.empty() || prepared(layer)) return;
  layer.prepared = std::make_shared<Prepared>();
  layer.prepared->weight = layer.parameters[0];
  if (layer.type->prepare) layer.prepared->convolution = layer.type->prepare(layer);
}

Prepared* prepared(const Layer& layer) {
  const bool current = layer.prepared && layer.prepared->weight.is_same(layer.parameters[0]);
  return current ? layer.prepared.get() : nullptr;
}

const PreparedConvolution* prepared_convolution(const Layer& layer) {
  const Prepared* all = prepared(layer);
  return all ? all->convolution.get() : nullptr;
}

Tensor times(const Tensor& signal, const Tensor& activation, int64_t seeds) {
  if (seeds == 1 || activation.size(0) == 1) return signal * activation;
  return (signal.unflatten(0, {-1, seeds}) * activation.unsqueeze(1)).flatten(0, 1);
}

Tensor times_in_place(const Tensor& own, const Tensor& activation, int64_t seeds) {
  if (own.scalar_type() != activation.scalar_type()) return times(own, activation, seeds);
  if (seeds == 1 || activation.size(0) == 1) return own.mul_(activation);
  own.unflatten(0, {-1, seeds}).mul_(activation.unsqueeze(1));
  return own;
}

Tensor repeat_seeds(const Tensor& activation, int64_t seeds) {
  return seeds == 1 ? activation : dense(activation.repeat_interleave(seeds, 0));
}

}  // namespace limpid
