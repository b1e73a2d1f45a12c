// SPDX-License-Identifier: Apache-2.0
#include <ATen/ATen.h>

#include "explain/rules/weights.h"

namespace limpid {
namespace {

// R_i = x_i Σ_j ∂z_j/∂x_i R_j / (z_j + ε·sign z_j) (Bach 2015, eq. 58), with z_j the node's own output. Every input of
// a node with several, such as a sum, gets its share.
Step proportional_to_contributions(const Layer& layer, double stabilizer) {
  return [adjoint = layer.type->adjoint(layer), stabilizer](const Visit& visit) {
    const Tensor inverse = visit.once(0, [&] { return reciprocal(visit.output, stabilizer); });
    const Tensor ratio = times(visit.signal, inverse, visit.seeds);
    std::vector<Tensor> parts = adjoint({visit.inputs, visit.output, visit.memory, ratio, visit.seeds});
    for (size_t i = 0; i < parts.size(); ++i) parts[i] = dense(times(parts[i], visit.inputs[i], visit.seeds));
    return parts;
  };
}

Rule named(std::string name, double stabilizer) {
  return {std::move(name), [stabilizer](const Layer& l) { return proportional_to_contributions(l, stabilizer); }};
}

}  // namespace

Rule lrp_zero() { return named("lrp-0", 0); }
Rule epsilon(double epsilon) { return named("epsilon", epsilon); }
Rule norm(double stabilizer) { return named("norm", stabilizer); }

}  // namespace limpid
