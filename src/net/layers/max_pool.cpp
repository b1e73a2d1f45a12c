// SPDX-License-Identifier: Apache-2.0
#include <ATen/ATen.h>

#include <limits>

#include "limpid/net/kernels.h"
#include "net/layers.h"
#include "net/layers/window.h"

namespace limpid {
namespace {

// One axis is pooled as two with a single row. Padding that ATen does not take (two different sides, more than half a
// kernel) is written out as −∞ first; the switches then count positions of the padded plane.
struct Pooling {
  Window window;
  bool explicit_padding;
  bool ceil_mode;
};

Pooling pooling_of(const Layer& layer) {
  Pooling pooling{window_of(layer.attributes, layer.attributes.integers("kernel_shape")), false,
                  layer.attributes.integer("ceil_mode", 0) != 0};
  Window& window = pooling.window;
  for (size_t a = 0; a < window.axes(); ++a) pooling.explicit_padding |= window.before[a] > window.kernel[a] / 2;
  pooling.explicit_padding |= !window.symmetric();
  return pooling;
}

std::vector<int64_t> in_plane(const std::vector<int64_t>& sizes, int64_t first) {
  return sizes.size() == 2 ? sizes : std::vector<int64_t>{first, sizes[0]};
}

Tensor as_plane(const Tensor& x) { return x.dim() == 4 ? x : dense(x.unsqueeze(2)); }

Tensor forward(const Layer& layer, const std::vector<Tensor>& inputs, Tensor* memory) {
  const Pooling pooling = pooling_of(layer);
  const Window& window = pooling.window;
  const std::vector<int64_t> zeros(window.axes(), 0);
  const Tensor x = as_plane(
      pooling.explicit_padding ? padded(inputs[0], window, -std::numeric_limits<double>::infinity()) : inputs[0]);
  const auto [values, switches] = at::max_pool2d_with_indices(
      x, in_plane(window.kernel, 1), in_plane(window.stride, 1),
      in_plane(pooling.explicit_padding ? zeros : window.before, 0), in_plane(window.dilation, 1), pooling.ceil_mode);
  if (memory) *memory = switches;
  return inputs[0].dim() == 4 ? dense(values) : values.squeeze(2).contiguous();
}

Step adjoint(const Layer& layer) {
  return [pooling = pooling_of(layer)](const Visit& visit) -> std::vector<Tensor> {
    const Window& window = pooling.window;
    std::vector<int64_t> size = positions(visit.inputs[0]);
    if (pooling.explicit_padding)
      for (size_t a = 0; a < size.size(); ++a) size[a] += window.before[a] + window.after[a];
    const std::vector<int64_t> plane = in_plane(size, 1);
    Tensor result = unpool(as_plane(visit.signal), visit.memory, visit.seeds, plane[0], plane[1]);
    if (visit.signal.dim() == 3) result = result.squeeze(2).contiguous();
    return {pooling.explicit_padding ? unpadded(result, window) : result};
  };
}

std::optional<Layer> read(const Operator& op) {
  if (op.type == "GlobalMaxPool") {
    const Shape& shape = op.inputs.at(0).shape;
    if (shape.size() < 2 || shape.size() > 3) op.unsupported("its input has shape " + shape_text(shape));
    return Layer{&max_pool, {{"kernel_shape", Shape(shape.begin() + 1, shape.end())}}};
  }
  Attributes attributes = read_window(op, {});
  attributes.set("ceil_mode", op.attributes.integer("ceil_mode", 0));
  return Layer{&max_pool, attributes};
}

void write(const Layer& layer, OperatorWriter& writer) {
  Attributes attributes = window_attributes(layer.attributes);
  attributes.set("ceil_mode", layer.attributes.integer("ceil_mode", 0));
  writer.add("MaxPool", writer.inputs(), attributes);
}

std::optional<Reach> reach(const Layer& layer) {
  return window_reach(layer, pooling_of(layer).window, -std::numeric_limits<double>::infinity());
}

}  // namespace

const LayerType max_pool = {"max_pool", "maximum over a window",      Role::kMaxPool, {},    forward,
                            adjoint,    {"MaxPool", "GlobalMaxPool"}, read,           write, reach};

}  // namespace limpid
