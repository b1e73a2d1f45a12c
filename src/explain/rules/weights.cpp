// SPDX-License-Identifier: Apache-2.0
#include "explain/rules/weights.h"

#include <ATen/ATen.h>

#include "limpid/core/error.h"

namespace limpid {
namespace {

void require_weight(const Layer& layer, const std::string& rule) {
  const Role role = layer.type->role;
  if (role != Role::kConvolution && role != Role::kDense)
    fail("rule '", rule, "' cannot explain a layer of type '", layer.type->name,
         "'; it needs a convolution or dense layer, others take gradient, pass or norm");
}

}  // namespace

Tensor reciprocal(const Tensor& z, double stabilizer) {
  const Tensor inverse = at::reciprocal(at::where(z < 0, z - stabilizer, z + stabilizer));
  return inverse.masked_fill(at::isinf(inverse), 0);
}

Weights::Weights(const Layer& layer, const std::string& rule, std::string variant,
                 std::function<Tensor(const Tensor& weight)> change)
    : layer_(layer), name_(std::move(variant)), change_(std::move(change)) {
  require_weight(layer, rule);
}

std::shared_ptr<const Weights::Variant> Weights::made() const {
  Prepared* kept = prepared(layer_);
  return (kept ? kept->variants : *own_).get<Variant>(name_, [this] {
    Layer changed = layer_;
    changed.parameters = {change_(layer_.parameters[0]), Tensor()};
    prepare(changed);
    const Step adjoint = changed.type->adjoint(changed);
    return Variant{std::move(changed), adjoint};
  });
}

Tensor Weights::forward(const Tensor& input, const Tensor& bias) const {
  Layer biased = made()->layer;
  biased.parameters[1] = bias;
  return biased.type->forward(biased, {input}, nullptr);
}

Tensor Weights::adjoint(const Visit& visit, const Tensor& signal) const {
  return made()->adjoint({visit.inputs, visit.output, visit.memory, signal, visit.seeds})[0];
}

const Tensor& bias_of(const Layer& layer) {
  static const Tensor none;
  return layer.parameters.size() < 2 ? none : layer.parameters[1];
}

Tensor positive_part(const Tensor& t) { return t.defined() ? t.clamp_min(0) : t; }
Tensor negative_part(const Tensor& t) { return t.defined() ? t.clamp_max(0) : t; }

Parts parts_of(const Tensor& input) {
  if (at::min(input).item<double>() >= 0) return {input, Tensor()};
  return {positive_part(input), negative_part(input)};
}

Tensor shared_out(const Weights& of_positive, const Weights& of_negative, const Tensor& bias, const Parts& x,
                  const Visit& visit, const Tensor& signal, double stabilizer, size_t slot) {
  const Tensor inverse = visit.once(slot, [&] {
    Tensor z = of_positive.forward(x.positive, bias);
    if (x.negative.defined()) z = z + of_negative.forward(x.negative, {});
    return reciprocal(z, stabilizer);
  });
  const Tensor ratio = times(signal, inverse, visit.seeds);
  const Tensor relevance = times(of_positive.adjoint(visit, ratio), x.positive, visit.seeds);
  if (!x.negative.defined()) return dense(relevance);
  return dense(relevance + times(of_negative.adjoint(visit, ratio), x.negative, visit.seeds));
}

}  // namespace limpid
