// SPDX-License-Identifier: Apache-2.0
// Rules for the first layer, whose input is no activation: bounded (z-box), or left out of account (w², flat).
#include <ATen/ATen.h>

#include "explain/rules/weights.h"
#include "limpid/explain/bounds.h"

namespace limpid {
namespace {

/// Shape of one image of an input, with a batch axis of 1.
Shape one_image(const Tensor& input) {
  Shape shape = input.sizes().vec();
  shape[0] = 1;
  return shape;
}

Tensor filled(const Tensor& bound, const Tensor& input) {
  return dense(bound.to(input).expand(one_image(input)).clone());
}

// z_ij = x_i w_ij − l_i w_ij⁺ − h_i w_ij⁻ (Montavon 2017, eq. 12).
struct PixelBox {
  Step itself;
  Weights plus, minus;
  Tensor plus_bias, minus_bias, low, high;
  double stabilizer;

  PixelBox(const Layer& layer, const Tensor& low, const Tensor& high, double stabilizer)
      : itself(layer.type->adjoint(layer)),
        plus(layer, "z-box", "positive", positive_part),
        minus(layer, "z-box", "negative", negative_part),
        plus_bias(positive_part(bias_of(layer))),
        minus_bias(negative_part(bias_of(layer))),
        low(low),
        high(high),
        stabilizer(stabilizer) {}

  std::vector<Tensor> operator()(const Visit& visit) const {
    const Tensor& x = visit.inputs[0];
    const Tensor l = filled(low, x), h = filled(high, x);
    const Tensor inverse = visit.once(0, [&] {
      return reciprocal(visit.output - plus.forward(l, plus_bias) - minus.forward(h, minus_bias), stabilizer);
    });
    const Tensor ratio = times(visit.signal, inverse, visit.seeds);
    const std::vector<Tensor> back = itself({visit.inputs, visit.output, visit.memory, ratio, visit.seeds});
    const Tensor own = times(back[0], x, visit.seeds);
    return {dense(own - plus.adjoint(visit, ratio) * l - minus.adjoint(visit, ratio) * h)};
  }
};

/// Shares that depend on weights alone, as of an input of ones.
Step without_input(const Weights& weights, double stabilizer) {
  return [=](const Visit& visit) -> std::vector<Tensor> {
    const Tensor& x = visit.inputs[0];
    const Tensor inverse = visit.once(
        0, [&] { return reciprocal(weights.forward(dense(at::ones(one_image(x), x.options())), {}), stabilizer); });
    return {weights.adjoint(visit, times(visit.signal, inverse, visit.seeds))};
  };
}

}  // namespace

Rule z_box(const Tensor& low, const Tensor& high, double stabilizer) {
  return {"z-box", [=](const Layer& layer) -> Step { return PixelBox(layer, low, high, stabilizer); }};
}

Rule input_box(const Tensor& low, const Tensor& high, double stabilizer) {
  Rule box = z_box(low, high, stabilizer);
  box.placed = [=](const Network& network, int node) {
    const Bounds bounds = bounds_before(network, node, {low, high});
    return z_box(bounds.low, bounds.high, stabilizer);
  };
  return box;
}

Rule w_square(double stabilizer) {
  return {"w-square", [=](const Layer& layer) {
            const Weights squared(layer, "w-square", "squared", [](const Tensor& weight) { return weight.square(); });
            return without_input(squared, stabilizer);
          }};
}

Rule flat(double stabilizer) {
  return {"flat", [=](const Layer& layer) {
            const Weights ones(layer, "flat", "ones", [](const Tensor& weight) { return at::ones_like(weight); });
            return without_input(ones, stabilizer);
          }};
}

}  // namespace limpid
