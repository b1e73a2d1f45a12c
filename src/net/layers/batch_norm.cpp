// SPDX-License-Identifier: Apache-2.0
#include <ATen/ATen.h>

#include "limpid/net/operator.h"
#include "net/layers.h"

namespace limpid {
namespace {

double epsilon_of(const Layer& layer) { return layer.attributes.number("epsilon", 1e-5); }

Tensor forward(const Layer& layer, const std::vector<Tensor>& inputs, Tensor*) {
  const auto& p = layer.parameters;
  return dense(at::batch_norm(inputs[0], p[0], p[1], p[2], p[3], false, 0, epsilon_of(layer), false));
}

/// The running statistics, float32 also under inputs of lower precision, move by `momentum` toward the batch's.
Tensor train(const Layer& layer, const std::vector<Tensor>& inputs) {
  const auto& p = layer.parameters;
  const double momentum = layer.attributes.number("momentum", 0.1);
  return dense(at::batch_norm(inputs[0], p[0], p[1], p[2], p[3], true, momentum, epsilon_of(layer), false));
}

Step adjoint(const Layer& layer) {
  const auto& p = layer.parameters;
  const Tensor scale =
      (p[0].to(at::kDouble) / at::sqrt(p[3].to(at::kDouble) + epsilon_of(layer))).to(p[0].scalar_type());
  return [scale](const Visit& visit) -> std::vector<Tensor> {
    Shape shape(static_cast<size_t>(visit.signal.dim()), 1);
    shape[1] = -1;
    return {dense(visit.signal * scale.reshape(shape))};
  };
}

std::optional<Layer> read(const Operator& op) {
  if (op.attributes.integer("training_mode", 0))
    op.unsupported("training_mode is set; export the network in eval mode");
  Layer layer{&batch_norm, {{"epsilon", op.attributes.number("epsilon", 1e-5)}}, {}};
  const char* names[] = {"scale", "bias", "mean", "variance"};
  const Shape& shape = op.inputs.at(0).shape;
  for (size_t i = 0; i < 4; ++i) {
    const Tensor& value = op.constant(i + 1, names[i]);
    if (shape.empty() || value.dim() != 1 || value.size(0) != shape[0])
      op.unsupported(std::string("its ") + names[i] + " has shape " + shape_text(value.sizes()) + " but its input " +
                     shape_text(shape));
    layer.parameters.push_back(value);
  }
  return layer;
}

void write(const Layer& layer, OperatorWriter& writer) {
  std::vector<std::string> inputs = writer.inputs();
  for (const Tensor& value : layer.parameters) inputs.push_back(writer.constant(value));
  writer.add("BatchNormalization", inputs, {{"epsilon", epsilon_of(layer)}});
}

std::optional<Reach> reach(const Layer& layer) { return Reach{layer}; }

}  // namespace

const LayerType batch_norm = {"batch_norm",
                              "batch normalisation with fixed statistics",
                              Role::kAffine,
                              {"weight", "bias", "mean", "variance"},
                              forward,
                              adjoint,
                              {"BatchNormalization"},
                              read,
                              write,
                              reach,
                              nullptr,
                              train};

}  // namespace limpid
