// SPDX-License-Identifier: Apache-2.0
#include <ATen/ATen.h>

#include "net/layers.h"
#include "net/layers/window.h"

namespace limpid {
namespace {

// One axis is pooled as two with a single row. Padding with two different sides, or of more than half a kernel, is
// written out as zeros first; the mean over given values then divides by how many values each window holds.
struct Pooling {
  Window window;
  bool ceil_mode;
  bool count_padding;
  bool explicit_padding;

  std::vector<int64_t> kernel() const { return in_plane(window.kernel, 1); }
  std::vector<int64_t> stride() const { return in_plane(window.stride, 1); }
  std::vector<int64_t> padding() const {
    return in_plane(explicit_padding ? std::vector<int64_t>(window.axes(), 0) : window.before, 0);
  }
};

Pooling pooling_of(const Layer& layer) {
  Pooling pooling{window_of(layer.attributes, layer.attributes.integers("kernel_shape")),
                  layer.attributes.integer("ceil_mode", 0) != 0, layer.attributes.integer("count_include_pad", 0) != 0,
                  false};
  const Window& window = pooling.window;
  for (size_t a = 0; a < window.axes(); ++a) pooling.explicit_padding |= window.before[a] > window.kernel[a] / 2;
  pooling.explicit_padding |= !window.symmetric();
  return pooling;
}

Tensor mean_pool(const Tensor& x, const Pooling& pooling) {
  return at::avg_pool2d(dense(as_planes(x)), pooling.kernel(), pooling.stride(), pooling.padding(), pooling.ceil_mode,
                        pooling.count_padding);
}

/// The share of each window that holds values, where padding was written out and does not count; otherwise undefined.
Tensor filled_share(const Tensor& x, const Pooling& pooling) {
  if (!pooling.explicit_padding || pooling.count_padding) return {};
  const Tensor ones = at::ones_like(x.narrow(0, 0, 1).narrow(1, 0, 1));
  return mean_pool(padded(ones, pooling.window, 0), pooling);
}

Tensor forward(const Layer& layer, const std::vector<Tensor>& inputs, Tensor*) {
  const Pooling pooling = pooling_of(layer);
  const Tensor& x = inputs[0];
  if (!pooling.explicit_padding) return as_line(mean_pool(x, pooling), x);
  const Tensor mean = mean_pool(padded(x, pooling.window, 0), pooling);
  if (pooling.count_padding || x.size(0) == 0) return as_line(mean, x);
  return as_line(mean / filled_share(x, pooling), x);
}

Step adjoint(const Layer& layer) {
  return [pooling = pooling_of(layer)](const Visit& visit) -> std::vector<Tensor> {
    const Tensor& x = visit.inputs[0];
    Shape shape = x.sizes().vec();
    shape[0] = visit.signal.size(0);
    const Window& window = pooling.window;
    if (pooling.explicit_padding)
      for (size_t a = 0; a < window.axes(); ++a) shape[2 + a] += window.before[a] + window.after[a];
    Tensor signal = as_planes(visit.signal);
    if (const Tensor share = filled_share(x, pooling); share.defined()) signal = signal / share;
    // Only the sizes of the input are read.
    const Tensor like = dense(as_planes(at::empty(shape, x.options())));
    const Tensor result = at::avg_pool2d_backward(dense(signal), like, pooling.kernel(), pooling.stride(),
                                                  pooling.padding(), pooling.ceil_mode, pooling.count_padding, {});
    return {pooling.explicit_padding ? unpadded(as_line(result, x), window) : as_line(result, x)};
  };
}

std::optional<Layer> read(const Operator& op) {
  Attributes attributes = read_window(op, {});
  require_position(op, attributes);
  attributes.set("ceil_mode", op.attributes.integer("ceil_mode", 0));
  attributes.set("count_include_pad", op.attributes.integer("count_include_pad", 0));
  for (const int64_t dilation : attributes.integers("dilations"))
    if (dilation != 1) op.unsupported("dilated average pooling is not supported");
  return Layer{&average_pool, attributes};
}

void write(const Layer& layer, OperatorWriter& writer) {
  Attributes attributes;
  for (const char* name : {"kernel_shape", "strides", "pads"})
    if (layer.attributes.has(name)) attributes.set(name, layer.attributes.integers(name));
  attributes.set("ceil_mode", layer.attributes.integer("ceil_mode", 0));
  attributes.set("count_include_pad", layer.attributes.integer("count_include_pad", 0));
  writer.add("AveragePool", writer.inputs(), attributes);
}

// Windows that do not count what lies beyond the border divide by another number there.
std::optional<Reach> reach(const Layer& layer) {
  const Pooling pooling = pooling_of(layer);
  const std::vector<int64_t> none(pooling.window.axes(), 0);
  const bool padded = pooling.window.before != none || pooling.window.after != none;
  if (pooling.ceil_mode || (padded && !pooling.count_padding)) return std::nullopt;
  return window_reach(layer, pooling.window, 0);
}

}  // namespace

const LayerType average_pool = {
    "average_pool", "mean over a window", Role::kAveragePool, {}, forward, adjoint, {"AveragePool"}, read, write,
    reach};

}  // namespace limpid
