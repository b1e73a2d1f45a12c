// SPDX-License-Identifier: Apache-2.0
#include <ATen/ATen.h>

#include "limpid/net/kernels.h"
#include "net/layers.h"
#include "net/layers/conv.h"
#include "net/layers/window.h"

namespace limpid {
namespace {

Window window_of(const Layer& layer) {
  return limpid::window_of(layer.attributes, layer.parameters[0].sizes().slice(2).vec());
}

ConvolutionGeometry geometry_of(const Layer& layer, const Window& window) {
  const std::vector<int64_t> zeros(window.axes(), 0);
  return {window.stride, window.symmetric() ? window.before : zeros, window.dilation,
          layer.attributes.integer("group", 1)};
}

Tensor forward_of(const Layer& layer, const Tensor& input, bool rectified) {
  const Window window = window_of(layer);
  const Tensor x = window.symmetric() ? input : padded(input, window, 0);
  const Tensor& bias = layer.parameters[1];
  if (const PreparedConvolution* ready = prepared_convolution(layer)) return ready->forward(x, bias, rectified);
  const Tensor values = convolve(x, layer.parameters[0], bias, geometry_of(layer, window));
  return rectified ? at::relu(values) : values;
}

Tensor forward(const Layer& layer, const std::vector<Tensor>& inputs, Tensor*) {
  return forward_of(layer, inputs[0], false);
}

std::shared_ptr<const PreparedConvolution> prepare(const Layer& layer) {
  const Tensor& weight = layer.parameters[0];
  const ConvolutionGeometry geometry = geometry_of(layer, window_of(layer));
  return std::make_shared<PreparedConvolution>(
      PreparedConvolution{Convolution(weight, geometry), ConvolutionAdjoint(weight, geometry, layer.precision)});
}

Step adjoint_of(const Layer& layer, bool rectified) {
  const Window window = window_of(layer);
  const PreparedConvolution* ready = prepared_convolution(layer);
  const ConvolutionAdjoint transposed =
      ready ? ready->adjoint : ConvolutionAdjoint(layer.parameters[0], geometry_of(layer, window), layer.precision);
  return [=](const Visit& visit) -> std::vector<Tensor> {
    std::vector<int64_t> size = positions(visit.inputs[0]);
    if (window.symmetric()) return {transposed(visit.signal, size, rectified)};
    for (size_t a = 0; a < size.size(); ++a) size[a] += window.before[a] + window.after[a];
    return {unpadded(transposed(visit.signal, size, rectified), window)};
  };
}

Step adjoint(const Layer& layer) { return adjoint_of(layer, false); }

std::optional<Layer> read(const Operator& op) {
  const Tensor& weight = op.constant(1, "weight");
  const int64_t groups = op.attributes.integer("group", 1);
  if (weight.dim() < 3) op.unsupported("its weight has shape " + shape_text(weight.sizes()));
  Layer layer{&conv, read_window(op, weight.sizes().slice(2).vec()), {weight, read_bias(op, weight.size(0))}};
  if (groups < 1 || weight.size(0) % groups || weight.size(1) * groups != op.inputs[0].shape[0])
    op.unsupported("its weight " + shape_text(weight.sizes()) + " in " + std::to_string(groups) +
                   " groups does not fit its input " + shape_text(op.inputs[0].shape));
  require_position(op, layer.attributes);
  return layer;
}

void write(const Layer& layer, OperatorWriter& writer) {
  Attributes attributes = window_attributes(layer.attributes);
  attributes.set("kernel_shape", layer.parameters[0].sizes().slice(2).vec());
  attributes.set("group", layer.attributes.integer("group", 1));
  std::vector<std::string> inputs = {writer.inputs()[0], writer.constant(layer.parameters[0])};
  if (layer.parameters[1].defined()) inputs.push_back(writer.constant(layer.parameters[1]));
  writer.add("Conv", inputs, attributes);
}

std::optional<Reach> reach(const Layer& layer) { return window_reach(layer, window_of(layer), 0); }

}  // namespace

Tensor rectified_forward(const Layer& layer, const Tensor& input) { return forward_of(layer, input, true); }

Step rectified_adjoint(const Layer& layer) { return adjoint_of(layer, true); }

const LayerType conv = {"conv",
                        "convolution over 1 or 2 axes",
                        Role::kConvolution,
                        {"weight", "bias"},
                        forward,
                        adjoint,
                        {"Conv"},
                        read,
                        write,
                        reach,
                        prepare};

}  // namespace limpid
