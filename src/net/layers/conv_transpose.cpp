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

/// auto_pad and output_shape as pads: what the whole result has more than is asked for.
Operator with_pads(Operator op, const std::vector<int64_t>& kernel) {
  const std::string mode = op.attributes.text("auto_pad", "NOTSET");
  const bool same = mode == "SAME_UPPER" || mode == "SAME_LOWER";
  std::vector<int64_t> wanted = op.attributes.integers("output_shape");
  const size_t axes = kernel.size();
  if ((wanted.empty() && !same) || op.inputs[0].shape.size() != axes + 1) return op;
  const std::vector<int64_t> ones(axes, 1), zeros(axes, 0);
  const auto stride = op.attributes.integers("strides", ones), dilation = op.attributes.integers("dilations", ones),
             more = op.attributes.integers("output_padding", zeros);
  if (wanted.size() > axes) wanted.erase(wanted.begin(), wanted.end() - static_cast<std::ptrdiff_t>(axes));
  if ((!wanted.empty() && wanted.size() != axes) || stride.size() != axes || dilation.size() != axes ||
      more.size() != axes)
    op.unsupported("its sizes are not one for each axis");
  std::vector<int64_t> pads(2 * axes);
  for (size_t a = 0; a < axes; ++a) {
    const int64_t size = op.inputs[0].shape[1 + a];
    const int64_t whole = stride[a] * (size - 1) + more[a] + (kernel[a] - 1) * dilation[a] + 1;
    const int64_t all = whole - (wanted.empty() ? stride[a] * size : wanted[a]);
    if (all < 0) op.unsupported("it wants more positions than its input and kernel reach");
    pads[mode == "SAME_UPPER" ? a : a + axes] = all / 2;
    pads[mode == "SAME_UPPER" ? a + axes : a] = all - all / 2;
  }
  op.attributes.set("auto_pad", std::string("NOTSET"));
  op.attributes.set("pads", pads);
  return op;
}

std::optional<Layer> read(const Operator& op) {
  const Tensor& weight = op.constant(1, "weight");
  if (weight.dim() < 3) op.unsupported("its weight has shape " + shape_text(weight.sizes()));
  const int64_t groups = op.attributes.integer("group", 1);
  if (groups < 1 || weight.size(0) != op.inputs[0].shape[0] || weight.size(0) % groups)
    op.unsupported("its weight " + shape_text(weight.sizes()) + " in " + std::to_string(groups) +
                   " groups does not fit its input " + shape_text(op.inputs[0].shape));
  const std::vector<int64_t> kernel = weight.sizes().slice(2).vec();
  return Layer{
      &conv_transpose, read_window(with_pads(op, kernel), kernel), {weight, read_bias(op, weight.size(1) * groups)}};
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
