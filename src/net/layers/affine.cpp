// SPDX-License-Identifier: Apache-2.0
#include <ATen/ATen.h>

#include "limpid/net/operator.h"
#include "net/layers.h"

namespace limpid {
namespace {

// y = scale · x + shift; either may be undefined (1 and 0). Both broadcast against the shape of one image.

Tensor forward(const Layer& layer, const std::vector<Tensor>& inputs, Tensor*) {
  const Tensor &scale = layer.parameters[0], &shift = layer.parameters[1];
  Tensor y = inputs[0];
  if (scale.defined()) y = y * scale;
  if (shift.defined()) y = y + shift;
  return dense(y);
}

Step adjoint(const Layer& layer) {
  return [scale = layer.parameters[0]](const Visit& visit) -> std::vector<Tensor> {
    return {scale.defined() ? dense(visit.signal * scale) : visit.signal};
  };
}

/// The operator's constant against the shape of one image. Growing the signal is not for this layer.
Tensor per_image(const Operator& op, const Tensor& constant, const Shape& shape) {
  Tensor value = constant;
  const int64_t rank = static_cast<int64_t>(shape.size());
  while (value.dim() > rank && value.size(0) == 1) value = value.squeeze(0);
  bool fits = value.dim() <= rank;
  for (int64_t axis = 1; fits && axis <= value.dim(); ++axis)
    fits = value.size(-axis) == 1 || value.size(-axis) == shape[static_cast<size_t>(rank - axis)];
  if (!fits)
    op.unsupported("its constant " + shape_text(constant.sizes()) + " does not fit its input " + shape_text(shape));
  return value;
}

std::optional<Layer> read(const Operator& op) {
  if (op.signals() != 1 || op.inputs.size() != 2) return std::nullopt;
  const bool constant_first = !op.inputs[0].is_signal;
  if (op.type == "Div" && constant_first) return std::nullopt;
  const Tensor value =
      per_image(op, op.constant(constant_first ? 0 : 1, "operand"), op.inputs[constant_first ? 1 : 0].shape);
  if (op.type == "Mul") return Layer{&affine, {}, {value, Tensor()}};
  if (op.type == "Div") return Layer{&affine, {}, {1 / value, Tensor()}};
  if (op.type == "Add") return Layer{&affine, {}, {Tensor(), value}};
  if (constant_first) return Layer{&affine, {}, {at::full({}, -1, value.options()), value}};
  return Layer{&affine, {}, {Tensor(), -value}};
}

std::optional<Layer> read_negative(const Operator& op) {
  if (op.type != "Neg") return read(op);
  return Layer{&affine, {}, {at::full({}, -1, at::kFloat), Tensor()}};
}

void write(const Layer& layer, OperatorWriter& writer) {
  std::string value = writer.inputs()[0];
  const Tensor &scale = layer.parameters[0], &shift = layer.parameters[1];
  if (scale.defined()) value = writer.add("Mul", {value, writer.constant(scale)});
  if (shift.defined()) value = writer.add("Add", {value, writer.constant(shift)});
  if (!scale.defined() && !shift.defined()) writer.add("Identity", {value});
}

}  // namespace

const LayerType affine = {"affine",
                          "scale and shift by constants",
                          Role::kAffine,
                          {"scale", "shift"},
                          forward,
                          adjoint,
                          {"Add", "Sub", "Mul", "Div", "Neg"},
                          read_negative,
                          write};

}  // namespace limpid
