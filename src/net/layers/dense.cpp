// SPDX-License-Identifier: Apache-2.0
#include <ATen/ATen.h>

#include "limpid/net/operator.h"
#include "net/layers.h"

namespace limpid {
namespace {

Tensor forward(const Layer& layer, const std::vector<Tensor>& inputs, Tensor*) {
  const Tensor& bias = layer.parameters[1];
  const Tensor product = at::matmul(inputs[0], layer.parameters[0].t());
  return dense(bias.defined() ? product + bias : product);
}

Step adjoint(const Layer& layer) {
  return [weight = layer.parameters[0]](const Visit& visit) -> std::vector<Tensor> {
    return {dense(at::matmul(visit.signal, weight))};
  };
}

std::optional<Layer> read_gemm(const Operator& op) {
  if (op.attributes.integer("transA", 0)) op.unsupported("transA is not supported");
  Tensor weight = op.constant(1, "weight") * op.attributes.number("alpha", 1);
  if (weight.dim() != 2) op.unsupported("its weight has shape " + shape_text(weight.sizes()));
  if (!op.attributes.integer("transB", 0)) weight = weight.t();
  Tensor bias;
  if (op.has(2)) bias = (op.constant(2, "bias") * op.attributes.number("beta", 1)).reshape(-1).expand(weight.size(0));
  return Layer{&dense_layer, {}, {weight.contiguous(), bias.defined() ? bias.contiguous() : bias}};
}

std::optional<Layer> read(const Operator& op) {
  std::optional<Layer> layer;
  if (op.type == "Gemm") {
    layer = read_gemm(op);
  } else {
    if (op.signals() != 1)
      op.unsupported("a product of two signals (attention) is not supported; one factor must be a constant");
    const Tensor& weight = op.constant(1, "weight");
    layer = Layer{&dense_layer, {}, {weight.t().contiguous(), Tensor()}};
  }
  const Shape& shape = op.inputs.at(0).shape;
  if (shape.empty() || shape.back() != layer->parameters[0].size(1))
    op.unsupported("its weight takes " + std::to_string(layer->parameters[0].size(1)) +
                   " values but its input has shape " + shape_text(shape));
  return layer;
}

void write(const Layer& layer, OperatorWriter& writer) {
  const Tensor& weight = layer.parameters[0];
  const Tensor& bias = layer.parameters[1];
  if (writer.input_shape(0).size() == 1) {
    std::vector<std::string> inputs = {writer.inputs()[0], writer.constant(weight)};
    if (bias.defined()) inputs.push_back(writer.constant(bias));
    writer.add("Gemm", inputs, {{"transB", int64_t{1}}});
    return;
  }
  const std::string product = writer.add("MatMul", {writer.inputs()[0], writer.constant(weight.t().contiguous())});
  if (bias.defined()) writer.add("Add", {product, writer.constant(bias)});
}

}  // namespace

const LayerType dense_layer = {"dense",
                               "fully connected over the last axis",
                               Role::kDense,
                               {"weight", "bias"},
                               forward,
                               adjoint,
                               {"Gemm", "MatMul"},
                               read,
                               write};

}  // namespace limpid
