// SPDX-License-Identifier: Apache-2.0
#include <ATen/ATen.h>

#include "limpid/net/operator.h"
#include "net/layers.h"
#include "net/layers/axes.h"

namespace limpid {
namespace {

Tensor mul_forward(const Layer&, const std::vector<Tensor>& inputs, Tensor*) { return dense(inputs[0] * inputs[1]); }

Step mul_adjoint(const Layer&) {
  return [](const Visit& visit) {
    const Tensor &a = visit.inputs[0], &b = visit.inputs[1];
    return std::vector<Tensor>{unbroadcast(times(visit.signal, b, visit.seeds), a),
                               unbroadcast(times(visit.signal, a, visit.seeds), b)};
  };
}

std::optional<Layer> read_mul(const Operator& op) {
  if (!all_signals(op)) return std::nullopt;
  return Layer{&mul};
}

void write_mul(const Layer&, OperatorWriter& out) { out.add("Mul", out.inputs()); }

// A quotient of two signals, or of a constant and a signal.

Tensor div_forward(const Layer& layer, const std::vector<Tensor>& inputs, Tensor*) {
  return dense(inputs.size() == 2 ? inputs[0] / inputs[1] : layer.parameters[0] / inputs[0]);
}

Step div_adjoint(const Layer&) {
  return [](const Visit& visit) {
    const Tensor& below = visit.inputs.back();
    std::vector<Tensor> signals;
    if (visit.inputs.size() == 2) {
      signals.push_back(unbroadcast(times(visit.signal, at::reciprocal(below), visit.seeds), visit.inputs[0]));
    }
    signals.push_back(unbroadcast(times(visit.signal, -visit.output / below, visit.seeds), below));
    return signals;
  };
}

std::optional<Layer> read_div(const Operator& op) {
  if (all_signals(op)) return Layer{&div, {}, {Tensor()}};
  if (!op.has(0) || op.inputs[0].is_signal) return std::nullopt;
  const Tensor& above = op.constant(0, "dividend");
  if (above.dim() < rank_of(op, 1)) return Layer{&div, {}, {above}};
  if (above.dim() > rank_of(op, 1) || above.size(0) != 1) op.unsupported("the dividend has a batch axis of its own");
  return Layer{&div, {}, {above.squeeze(0)}};
}

void write_div(const Layer& layer, OperatorWriter& out) {
  if (out.inputs().size() == 2) {
    out.add("Div", out.inputs());
  } else {
    out.add("Div", {out.constant(layer.parameters[0]), out.inputs()[0]});
  }
}

}  // namespace

const LayerType mul = {
    "mul", "the product of two inputs", Role::kProduct, {}, mul_forward, mul_adjoint, {"Mul"}, read_mul, write_mul};

const LayerType div = {"div",          "the first input, or a constant, divided by the other",
                       Role::kProduct, {"dividend"},
                       div_forward,    div_adjoint,
                       {"Div"},        read_div,
                       write_div};

}  // namespace limpid
