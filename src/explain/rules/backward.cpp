// SPDX-License-Identifier: Apache-2.0
#include <ATen/ATen.h>

#include "limpid/explain/rule.h"

namespace limpid {

Rule gradient() {
  return {"gradient", [](const Layer& layer) { return layer.type->adjoint(layer); }};
}

Rule pass() {
  return {"pass",
          [](const Layer&) -> Step { return [](const Visit& visit) { return std::vector<Tensor>{visit.signal}; }; }};
}

Rule deconvnet() {
  return {"deconvnet", [](const Layer&) -> Step {
            return [](const Visit& visit) { return std::vector<Tensor>{at::relu(visit.signal)}; };
          }};
}

Rule guided() {
  return {"guided", [](const Layer& layer) -> Step {
            return [adjoint = layer.type->adjoint(layer)](const Visit& visit) {
              const Tensor positive = at::relu(visit.signal);
              return adjoint({visit.inputs, visit.output, visit.memory, positive, visit.seeds});
            };
          }};
}

}  // namespace limpid
