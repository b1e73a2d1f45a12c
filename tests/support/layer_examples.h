// SPDX-License-Identifier: Apache-2.0
#pragma once
// Small layers of every type, with the shapes of their inputs, for tests that hold for all of them.

#include <string>
#include <vector>

#include "limpid/net/layer.h"

namespace limpid {

struct LayerExample {
  std::string name;  // letters, digits and underscores: part of a test's name
  Layer layer;
  std::vector<Shape> inputs;   // without the batch axis
  bool positive_only = false;  // where the layer is defined for positive values only
};

/// All examples, parameters in double precision.
std::vector<LayerExample> layer_examples();

/// Inputs of an example for N images, in double precision, dense; other numbers for every seed.
std::vector<Tensor> example_inputs(const LayerExample& example, int64_t images, uint64_t seed = 7);

}  // namespace limpid
