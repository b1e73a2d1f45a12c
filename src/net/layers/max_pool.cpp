// SPDX-License-Identifier: Apache-2.0
#include "net/layers/max_pool.h"

#include <ATen/ATen.h>

#include <limits>

#include "net/layers.h"
#include "net/layers/window.h"

namespace limpid {
namespace {

Window window_of(const Layer& layer) {
  return limpid::window_of(layer.attributes, layer.attributes.integers("kernel_shape"));
}

Tensor forward(const Layer& layer, const std::vector<Tensor>& inputs, Tensor* memory) {
  return as_line(max_pooling_of(layer)(as_planes(inputs[0]), memory), inputs[0]);
}

Step adjoint(const Layer& layer) {
  return [pooling = max_pooling_of(layer)](const Visit& visit) -> std::vector<Tensor> {
    return {unpooled(pooling, visit, false)};
  };
}

std::optional<Layer> read(const Operator& op) {
  if (op.type == "GlobalMaxPool") {
    const Shape& shape = op.inputs.at(0).shape;
    if (shape.size() < 2 || shape.size() > 3) op.unsupported("its input has shape " + shape_text(shape));
    return Layer{&max_pool, {{"kernel_shape", Shape(shape.begin() + 1, shape.end())}}};
  }
  Attributes attributes = read_window(op, {});
  require_position(op, attributes);
  attributes.set("ceil_mode", op.attributes.integer("ceil_mode", 0));
  return Layer{&max_pool, attributes};
}

void write(const Layer& layer, OperatorWriter& writer) {
  Attributes attributes = window_attributes(layer.attributes);
  attributes.set("ceil_mode", layer.attributes.integer("ceil_mode", 0));
  writer.add("MaxPool", writer.inputs(), attributes);
}

std::optional<Reach> reach(const Layer& layer) {
  return window_reach(layer, window_of(layer), -std::numeric_limits<double>::infinity());
}

}  // namespace

// One axis is pooled as two with a single row.
MaxPooling max_pooling_of(const Layer& layer) {
  const Window window = window_of(layer);
  return MaxPooling({in_plane(window.kernel, 1), in_plane(window.stride, 1), in_plane(window.dilation, 1),
                     in_plane(window.before, 0), in_plane(window.after, 0),
                     layer.attributes.integer("ceil_mode", 0) != 0});
}

Tensor unpooled(const MaxPooling& pooling, const Visit& visit, bool rectified) {
  const std::vector<int64_t> plane = in_plane(positions(visit.inputs[0]), 1);
  return as_line(pooling.adjoint(as_planes(visit.signal), visit.memory, plane, rectified), visit.signal);
}

const LayerType max_pool = {"max_pool", "maximum over a window",      Role::kMaxPool, {},    forward,
                            adjoint,    {"MaxPool", "GlobalMaxPool"}, read,           write, reach};

}  // namespace limpid
