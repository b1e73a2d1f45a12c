// SPDX-License-Identifier: Apache-2.0
// Elementary functions, which appear where an exporter wrote a layer out in full.
#include <ATen/ATen.h>

#include "limpid/net/operator.h"
#include "net/layers.h"
#include "net/layers/elementwise.h"

namespace limpid {

using namespace elementwise;

namespace {

Tensor erf_value(const Layer&, const Tensor& x) { return at::erf(x); }
Tensor erf_slope(const Layer&, const Tensor& x, const Tensor&) { return at::exp(-x * x) * M_2_SQRTPI; }

Tensor sqrt_value(const Layer&, const Tensor& x) { return at::sqrt(x); }
Tensor sqrt_slope(const Layer&, const Tensor&, const Tensor& y) { return 0.5 / y; }

Tensor exp_value(const Layer&, const Tensor& x) { return at::exp(x); }
Tensor exp_slope(const Layer&, const Tensor&, const Tensor& y) { return y; }

Tensor log_value(const Layer&, const Tensor& x) { return at::log(x); }
Tensor log_slope(const Layer&, const Tensor& x, const Tensor&) { return at::reciprocal(x); }

Tensor abs_value(const Layer&, const Tensor& x) { return at::abs(x); }
Tensor abs_slope(const Layer&, const Tensor& x, const Tensor&) { return at::sign(x); }

Tensor reciprocal_value(const Layer&, const Tensor& x) { return at::reciprocal(x); }
Tensor reciprocal_slope(const Layer&, const Tensor&, const Tensor& y) { return -y * y; }

double exponent(const Layer& layer) { return layer.attributes.number("exponent", 1); }

Tensor pow_value(const Layer& layer, const Tensor& x) { return at::pow(x, exponent(layer)); }
Tensor pow_slope(const Layer& layer, const Tensor& x, const Tensor&) {
  const double power = exponent(layer);
  return power == 0 ? at::zeros_like(x) : at::pow(x, power - 1) * power;
}

std::optional<Layer> read_pow(const Operator& op) {
  const Tensor& power = op.constant(1, "exponent");
  const Tensor first = power.flatten().narrow(0, 0, 1);
  if (!at::equal(power.flatten(), first.expand(power.numel()))) op.unsupported("the exponent is not one number");
  return Layer{&pow, {{"exponent", first.item<double>()}}};
}

void write_pow(const Layer& layer, OperatorWriter& out) {
  out.add("Pow", {out.inputs()[0], number(out, exponent(layer))});
}

}  // namespace

const LayerType erf = {
    "erf", "the error function", Role::kActivation, {}, forward<erf_value>, adjoint<erf_slope>, {"Erf"}, read<erf>,
    write};

const LayerType sqrt = {"sqrt",   "the square root",   Role::kActivation,
                        {},       forward<sqrt_value>, adjoint<sqrt_slope>,
                        {"Sqrt"}, read<sqrt>,          write};

const LayerType exp = {
    "exp", "the exponential", Role::kActivation, {}, forward<exp_value>, adjoint<exp_slope>, {"Exp"}, read<exp>, write};

const LayerType log = {
    "log", "the natural logarithm", Role::kActivation, {}, forward<log_value>, adjoint<log_slope>, {"Log"}, read<log>,
    write};

const LayerType pow = {
    "pow",    "x to a constant power", Role::kActivation, {}, forward<pow_value>, adjoint<pow_slope>, {"Pow"}, read_pow,
    write_pow};

const LayerType abs = {
    "abs", "the absolute value", Role::kActivation, {}, forward<abs_value>, adjoint<abs_slope>, {"Abs"}, read<abs>,
    write};

const LayerType reciprocal = {"reciprocal",
                              "1 / x",
                              Role::kActivation,
                              {},
                              forward<reciprocal_value>,
                              adjoint<reciprocal_slope>,
                              {"Reciprocal"},
                              read<reciprocal>,
                              write};

}  // namespace limpid
