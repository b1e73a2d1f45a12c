// SPDX-License-Identifier: Apache-2.0
#include "limpid/core/error.h"
#include "net/layers.h"

namespace limpid {
namespace {

Tensor forward(const Layer&, const std::vector<Tensor>&, Tensor*) { fail("the input node has nothing to compute"); }

Step adjoint(const Layer&) {
  return [](const Visit&) { return std::vector<Tensor>(); };
}

}  // namespace

const LayerType input = {"input", "the network's input", Role::kInput, {}, forward, adjoint};

}  // namespace limpid
