// SPDX-License-Identifier: Apache-2.0
// The activations that ONNX has an operator for.
#include <ATen/ATen.h>

#include "limpid/net/operator.h"
#include "net/layers.h"
#include "net/layers/elementwise.h"

namespace limpid {

using namespace elementwise;

std::string elementwise::number(OperatorWriter& out, double value) {
  return out.constant(at::scalar_tensor(value, at::kFloat));
}

namespace {

double alpha(const Layer& layer, double fallback) { return layer.attributes.number("alpha", fallback); }

// Where x is exactly 0, derivatives are those that PyTorch's autograd takes.

Tensor leaky_relu_value(const Layer& layer, const Tensor& x) { return at::leaky_relu(x, alpha(layer, 0.01)); }
Tensor leaky_relu_slope(const Layer& layer, const Tensor& x, const Tensor&) {
  return at::ones_like(x).masked_fill(x <= 0, alpha(layer, 0.01));
}

Tensor elu_value(const Layer& layer, const Tensor& x) { return at::elu(x, alpha(layer, 1)); }
Tensor elu_slope(const Layer& layer, const Tensor& x, const Tensor&) {
  return at::exp(at::clamp_max(x, 0)).mul_(alpha(layer, 1)).masked_fill_(x > 0, 1);
}

// Defaults of ONNX, which are those of Klambauer 2017.
double selu_alpha(const Layer& layer) { return alpha(layer, 1.67326319217681884765625); }
double selu_gamma(const Layer& layer) { return layer.attributes.number("gamma", 1.05070102214813232421875); }

Tensor selu_value(const Layer& layer, const Tensor& x) { return at::elu(x, selu_alpha(layer), selu_gamma(layer)); }
Tensor selu_slope(const Layer& layer, const Tensor& x, const Tensor&) {
  const double gamma = selu_gamma(layer);
  return at::exp(at::clamp_max(x, 0)).mul_(gamma * selu_alpha(layer)).masked_fill_(x > 0, gamma);
}

Tensor sigmoid_value(const Layer&, const Tensor& x) { return at::sigmoid(x); }
Tensor sigmoid_slope(const Layer&, const Tensor&, const Tensor& y) { return y * (1 - y); }

Tensor tanh_value(const Layer&, const Tensor& x) { return at::tanh(x); }
Tensor tanh_slope(const Layer&, const Tensor&, const Tensor& y) { return 1 - y * y; }

Tensor softplus_value(const Layer&, const Tensor& x) { return at::softplus(x); }
Tensor softplus_slope(const Layer&, const Tensor& x, const Tensor&) { return at::sigmoid(x); }

double beta(const Layer& layer) { return layer.attributes.number("beta", 0.5); }

Tensor hard_sigmoid_value(const Layer& layer, const Tensor& x) {
  return at::clamp(x * alpha(layer, 0.2) + beta(layer), 0, 1);
}
Tensor hard_sigmoid_slope(const Layer& layer, const Tensor&, const Tensor& y) {
  return at::mul(at::logical_and(y > 0, y < 1).to(y.scalar_type()), alpha(layer, 0.2));
}

}  // namespace

const LayerType leaky_relu = {"leaky_relu",
                              "x where positive, else alpha x",
                              Role::kActivation,
                              {},
                              forward<leaky_relu_value>,
                              adjoint<leaky_relu_slope>,
                              {"LeakyRelu"},
                              read<leaky_relu>,
                              write};

const LayerType elu = {"elu",
                       "x where positive, else alpha (exp x − 1)",
                       Role::kActivation,
                       {},
                       forward<elu_value>,
                       adjoint<elu_slope>,
                       {"Elu"},
                       read<elu>,
                       write};

const LayerType selu = {"selu",
                        "elu scaled to keep unit variance",
                        Role::kActivation,
                        {},
                        forward<selu_value>,
                        adjoint<selu_slope>,
                        {"Selu"},
                        read<selu>,
                        write};

const LayerType sigmoid = {"sigmoid",   "1 / (1 + exp −x)",     Role::kActivation,
                           {},          forward<sigmoid_value>, adjoint<sigmoid_slope>,
                           {"Sigmoid"}, read<sigmoid>,          write};

const LayerType tanh = {"tanh",   "hyperbolic tangent", Role::kActivation,
                        {},       forward<tanh_value>,  adjoint<tanh_slope>,
                        {"Tanh"}, read<tanh>,           write};

const LayerType softplus = {"softplus",   "log(1 + exp x)",        Role::kActivation,
                            {},           forward<softplus_value>, adjoint<softplus_slope>,
                            {"Softplus"}, read<softplus>,          write};

const LayerType hard_sigmoid = {"hard_sigmoid",
                                "alpha x + beta, cut off at 0 and 1",
                                Role::kActivation,
                                {},
                                forward<hard_sigmoid_value>,
                                adjoint<hard_sigmoid_slope>,
                                {"HardSigmoid"},
                                read<hard_sigmoid>,
                                write};

}  // namespace limpid
