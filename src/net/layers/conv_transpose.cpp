// SPDX-License-Identifier: Apache-2.0
#include <ATen/ATen.h>

#include "limpid/net/kernels.h"
#include "net/layers.h"
#include "net/layers/window.h"

namespace limpid {
namespace {

// Padding crops the output here. It is cropped after a transposed convolution without padding, so that the two sides
// may differ; `output_padding` adds rows and columns at the end before.
Window window_of(const Layer& layer) {
  return limpid::window_of(layer.attributes, layer.parameters[0].sizes().slice(2).vec());
}

std::vector<int64_t> output_padding(const Layer& layer, size_t axes) {
  return layer.attributes.integers("output_padding", std::vector<int64_t>(axes, 0));
}

Tensor forward(const Layer& layer, const std::vector<Tensor>& inputs, Tensor*) {
  const Window window = window_of(layer);
  const std::vector<int64_t> zeros(window.axes(), 0);
  const Tensor whole =
      at::convolution(inputs[0], layer.parameters[0], layer.parameters[1], window.stride, zeros, window.dilation, true,
                      output_padding(layer, window.axes()), layer.attributes.integer("group", 1));
  return unpadded(whole, window);
}

Step adjoint(const Layer& layer) {
  const Window window = window_of(layer);
  const std::vector<int64_t> zeros(window.axes(), 0);
  const ConvolutionGeometry geometry = {window.stride, zeros, window.dilation, layer.attributes.integer("group", 1)};
  return [window, geometry, weight = layer.parameters[0]](const Visit& visit) -> std::vector<Tensor> {
    Tensor result = convolve(padded(visit.signal, window, 0), weight, {}, geometry);
    const std::vector<int64_t> size = positions(visit.inputs[0]);  // output_padding can leave one position too many
    for (size_t a = 0; a < size.size(); ++a) result = result.narrow(2 + static_cast<int64_t>(a), 0, size[a]);
    return {dense(result)};
  };
}

std::optional<Layer> read(const Operator& op) {
  const Tensor& weight = op.constant(1, "weight");
  if (weight.dim() < 3) op.unsupported("its weight has shape " + shape_text(weight.sizes()));
  if (op.attributes.has("output_shape")) op.unsupported("output_shape is not supported; use pads and output_padding");
  if (op.attributes.text("auto_pad", "NOTSET").substr(0, 4) == "SAME")
    op.unsupported("auto_pad is not supported for it; use pads and output_padding");
  const int64_t groups = op.attributes.integer("group", 1);
  if (groups < 1 || weight.size(0) != op.inputs[0].shape[0] || weight.size(0) % groups)
    op.unsupported("its weight " + shape_text(weight.sizes()) + " in " + std::to_string(groups) +
                   " groups does not fit its input " + shape_text(op.inputs[0].shape));
  return Layer{&conv_transpose,
               read_window(op, weight.sizes().slice(2).vec()),
               {weight, read_bias(op, weight.size(1) * groups)}};
}

void write(const Layer& layer, OperatorWriter& writer) {
  Attributes attributes = window_attributes(layer.attributes);
  attributes.set("kernel_shape", layer.parameters[0].sizes().slice(2).vec());
  attributes.set("group", layer.attributes.integer("group", 1));
  attributes.set("output_padding", output_padding(layer, static_cast<size_t>(layer.parameters[0].dim() - 2)));
  std::vector<std::string> inputs = {writer.inputs()[0], writer.constant(layer.parameters[0])};
  if (layer.parameters[1].defined()) inputs.push_back(writer.constant(layer.parameters[1]));
  writer.add("ConvTranspose", inputs, attributes);
}

}  // namespace

const LayerType conv_transpose = {"conv_transpose",
                                  "transposed convolution over 1 or 2 axes",
                                  Role::kConvolution,
                                  {"weight", "bias"},
                                  forward,
                                  adjoint,
                                  {"ConvTranspose"},
                                  read,
                                  write};

}  // namespace limpid
