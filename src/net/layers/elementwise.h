// SPDX-License-Identifier: Apache-2.0
#pragma once
// Layer types that act element by element, made of two functions: the value and its derivative.

#include "limpid/net/operator.h"

namespace limpid::elementwise {

template <Tensor (*value)(const Layer&, const Tensor& x)>
Tensor forward(const Layer& layer, const std::vector<Tensor>& inputs, Tensor*) {
  return value(layer, inputs[0]);
}

/// `derivative` gets the input x and the output y.
template <Tensor (*derivative)(const Layer&, const Tensor& x, const Tensor& y)>
Step adjoint(const Layer& layer) {
  return [layer](const Visit& visit) {
    const Tensor slope = derivative(layer, visit.inputs[0], visit.output);
    return std::vector<Tensor>{times(visit.signal, slope, visit.seeds)};
  };
}

/// An operator of one signal whose attributes are taken as they are.
template <const LayerType& type>
std::optional<Layer> read(const Operator& op) {
  if (op.inputs.size() != 1 || op.signals() != 1) return std::nullopt;
  return Layer{&type, op.attributes};
}

/// The first of the type's operators, with the layer's attributes.
inline void write(const Layer& layer, OperatorWriter& out) {
  out.add(layer.type->operators.front(), {out.inputs()[0]}, layer.attributes);
}

/// A number as a constant of its own.
std::string number(OperatorWriter& out, double value);

}  // namespace limpid::elementwise
