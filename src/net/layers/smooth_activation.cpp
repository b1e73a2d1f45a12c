// SPDX-License-Identifier: Apache-2.0
// Activations of the form x times a gate of x, which exporters write as several operators.
#include <ATen/ATen.h>

#include "limpid/net/operator.h"
#include "net/layers.h"
#include "net/layers/elementwise.h"

namespace limpid {

using namespace elementwise;

namespace {

Tensor hard_swish_value(const Layer&, const Tensor& x) { return x * at::clamp(x / 6 + 0.5, 0, 1); }
Tensor hard_swish_slope(const Layer&, const Tensor& x, const Tensor&) {
  return (x / 3 + 0.5).masked_fill_(x < -3, 0).masked_fill_(x > 3, 1);
}
void write_hard_swish(const Layer&, OperatorWriter& out) {
  const std::string x = out.inputs()[0];
  const std::string gate = out.add("HardSigmoid", {x}, {{"alpha", 1.0 / 6}, {"beta", 0.5}});
  out.add("Mul", {x, gate});
}

Tensor silu_value(const Layer&, const Tensor& x) { return at::silu(x); }
Tensor silu_slope(const Layer&, const Tensor& x, const Tensor& y) {
  const Tensor gate = at::sigmoid(x);
  return gate + y * (1 - gate);
}
void write_silu(const Layer&, OperatorWriter& out) {
  const std::string x = out.inputs()[0];
  out.add("Mul", {x, out.add("Sigmoid", {x})});
}

Tensor mish_value(const Layer&, const Tensor& x) { return x * at::tanh(at::softplus(x)); }
Tensor mish_slope(const Layer&, const Tensor& x, const Tensor&) {
  const Tensor gate = at::tanh(at::softplus(x));
  return gate + x * at::sigmoid(x) * (1 - gate * gate);
}
void write_mish(const Layer&, OperatorWriter& out) {
  const std::string x = out.inputs()[0];
  out.add("Mul", {x, out.add("Tanh", {out.add("Softplus", {x})})});
}

// Hendrycks 2016: x Φ(x), or ½ x (1 + tanh u) with u = √(2/π) (x + 0.044715 x³).
constexpr double kRootTwoOverPi = M_2_SQRTPI * M_SQRT1_2;
constexpr double kCubic = 0.044715;

std::string approximation(const Layer& layer) { return layer.attributes.text("approximate", "none"); }

Tensor gelu_value(const Layer& layer, const Tensor& x) { return at::gelu(x, approximation(layer)); }

Tensor gelu_slope(const Layer& layer, const Tensor& x, const Tensor&) {
  const Tensor square = x * x;
  if (approximation(layer) == "none") {
    return 0.5 * (1 + at::erf(x * M_SQRT1_2)) + x * at::exp(square * -0.5) * (0.5 * kRootTwoOverPi);
  }
  const Tensor gate = at::tanh(kRootTwoOverPi * x * (1 + kCubic * square));
  return 0.5 * (1 + gate) + 0.5 * x * (1 - gate * gate) * kRootTwoOverPi * (1 + 3 * kCubic * square);
}

std::optional<Layer> read_gelu(const Operator& op) {
  const std::string form = op.attributes.text("approximate", "none");
  if (form != "none" && form != "tanh") op.unsupported("approximate is '" + form + "'; it may be none or tanh");
  return read<gelu>(op);
}

std::string gelu_argument(const Layer& layer, OperatorWriter& out) {
  const std::string x = out.inputs()[0];
  if (approximation(layer) == "none") return out.add("Erf", {out.add("Div", {x, number(out, M_SQRT2)})});
  const std::string cube = out.add("Mul", {out.add("Pow", {x, number(out, 3)}), number(out, kCubic)});
  return out.add("Tanh", {out.add("Mul", {out.add("Add", {x, cube}), number(out, kRootTwoOverPi)})});
}

void write_gelu(const Layer& layer, OperatorWriter& out) {
  const std::string gate = out.add("Add", {gelu_argument(layer, out), number(out, 1)});
  out.add("Mul", {out.add("Mul", {out.inputs()[0], gate}), number(out, 0.5)});
}

}  // namespace

const LayerType hard_swish = {"hard_swish",
                              "x times (x + 3) / 6 cut off at 0 and 1",
                              Role::kActivation,
                              {},
                              forward<hard_swish_value>,
                              adjoint<hard_swish_slope>,
                              {"HardSwish"},
                              read<hard_swish>,
                              write_hard_swish};

const LayerType silu = {
    "silu",    "x times its sigmoid", Role::kActivation, {}, forward<silu_value>, adjoint<silu_slope>, {}, nullptr,
    write_silu};

const LayerType gelu = {"gelu",
                        "x times the normal distribution function of x",
                        Role::kActivation,
                        {},
                        forward<gelu_value>,
                        adjoint<gelu_slope>,
                        {"Gelu"},
                        read_gelu,
                        write_gelu};

const LayerType mish = {"mish",
                        "x times tanh of its softplus",
                        Role::kActivation,
                        {},
                        forward<mish_value>,
                        adjoint<mish_slope>,
                        {"Mish"},
                        read<mish>,
                        write_mish};

}  // namespace limpid
