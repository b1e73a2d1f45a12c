// SPDX-License-Identifier: Apache-2.0
#include "train/convolution.h"

#include <ATen/ATen.h>
#include <torch/csrc/autograd/custom_function.h>

#include "net/layers/window.h"

namespace limpid {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

constexpr int64_t fewest_channels = 8;

Window window_of(const Layer& layer) {
  return limpid::window_of(layer.attributes, layer.parameters[0].sizes().slice(2).vec());
}

/// Weights are packed anew each time, as they change with each step: little beside a batch's products.
struct ByKernels : torch::autograd::Function<ByKernels> {
  static Tensor forward(AutogradContext* context, const Tensor& x, const Tensor& weight, const Tensor& bias,
                        const Layer* layer) {
    context->save_for_backward({x, weight});
    context->saved_data["layer"] = reinterpret_cast<int64_t>(layer);
    return layer->type->prepare(*layer)->forward(x, bias);
  }

  static variable_list backward(AutogradContext* context, const variable_list& signals) {
    const variable_list kept = context->get_saved_variables();
    const auto* layer = reinterpret_cast<const Layer*>(context->saved_data["layer"].toInt());
    const Tensor signal = dense(signals[0]);
    Tensor to_input;
    if (context->needs_input_grad(0)) to_input = layer->type->prepare(*layer)->adjoint(signal, positions(kept[0]));
    const Window window = window_of(*layer);
    const std::vector<int64_t> outputs = {kept[1].size(0)};
    const auto [none, to_weight, to_bias] =
        at::convolution_backward(signal, kept[0], kept[1], at::IntArrayRef(outputs), window.stride, window.before,
                                 window.dilation, false, {0, 0}, 1, {false, true, true});
    return {to_input, to_weight, layer->parameters[1].defined() ? to_bias : Tensor(), Tensor()};
  }
};

}  // namespace

bool has_faster_convolution(const Layer& layer) {
  if (!layer.type->prepare || layer.type->name != "conv") return false;
  const Tensor& weight = layer.parameters[0];
  if (!weight.is_cpu() || weight.scalar_type() != at::kFloat || weight.dim() != 4) return false;
  const Window window = window_of(layer);
  const std::vector<int64_t> ones = {1, 1};
  return layer.attributes.integer("group", 1) == 1 && window.symmetric() && window.kernel[0] > 1 &&
         window.stride == ones && window.dilation == ones && weight.size(0) >= fewest_channels &&
         weight.size(1) >= fewest_channels;
}

Tensor faster_convolution(const Layer& layer, const Tensor& x) {
  return ByKernels::apply(x, layer.parameters[0], layer.parameters[1], &layer);
}

}  // namespace limpid
