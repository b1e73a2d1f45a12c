// SPDX-License-Identifier: Apache-2.0
#include "net/layers/window.h"

#include <ATen/ATen.h>

namespace limpid {
namespace {

constexpr int64_t largest = 1 << 20;  // of a kernel, a stride, a padding: larger ones are damage

void check(const Operator& op, const char* name, const std::vector<int64_t>& values, size_t count, int64_t least) {
  if (values.size() != count) op.unsupported(std::string(name) + " needs " + std::to_string(count) + " numbers");
  for (const int64_t value : values)
    if (value < least || value > largest) op.unsupported(std::string(name) + " has " + std::to_string(value));
}

/// SAME_UPPER and SAME_LOWER: as much padding as gives ceil(size / stride) positions.
std::vector<int64_t> same_padding(const Shape& shape, const std::vector<int64_t>& kernel,
                                  const std::vector<int64_t>& stride, const std::vector<int64_t>& dilation,
                                  bool upper) {
  const size_t axes = kernel.size();
  std::vector<int64_t> pads(2 * axes);
  for (size_t a = 0; a < axes; ++a) {
    const int64_t size = shape[1 + a];
    const int64_t reach = ((size + stride[a] - 1) / stride[a] - 1) * stride[a] + dilation[a] * (kernel[a] - 1) + 1;
    const int64_t all = std::max<int64_t>(reach - size, 0);
    pads[upper ? a : a + axes] = all / 2;
    pads[upper ? a + axes : a] = all - all / 2;
  }
  return pads;
}

std::vector<int64_t> pad_list(const Window& window) {
  std::vector<int64_t> list;  // last axis first, as ATen wants it
  for (size_t a = window.axes(); a-- > 0;) list.insert(list.end(), {window.before[a], window.after[a]});
  return list;
}

bool none(const std::vector<int64_t>& values) {
  return std::all_of(values.begin(), values.end(), [](int64_t value) { return value == 0; });
}

}  // namespace

Window window_of(const Attributes& attributes, std::vector<int64_t> kernel) {
  const size_t axes = kernel.size();
  const std::vector<int64_t> ones(axes, 1);
  const std::vector<int64_t> pads = attributes.integers("pads", std::vector<int64_t>(2 * axes, 0));
  const auto middle = pads.begin() + static_cast<std::ptrdiff_t>(axes);
  return {std::move(kernel),
          attributes.integers("strides", ones),
          attributes.integers("dilations", ones),
          {pads.begin(), middle},
          {middle, pads.end()}};
}

Attributes read_window(const Operator& op, std::vector<int64_t> kernel) {
  const Shape& shape = op.inputs.at(0).shape;
  if (kernel.empty()) kernel = op.attributes.integers("kernel_shape");
  const size_t axes = kernel.size();
  if (axes != 1 && axes != 2) op.unsupported("only 1 and 2 spatial axes are supported");
  if (shape.size() != axes + 1)
    op.unsupported("its input has shape " + shape_text(shape) + " but its kernel " + std::to_string(axes) + " axes");
  Attributes out = op.attributes;
  out.set("kernel_shape", kernel);
  const std::vector<int64_t> ones(axes, 1);
  const auto stride = op.attributes.integers("strides", ones), dilation = op.attributes.integers("dilations", ones);
  auto pads = op.attributes.integers("pads", std::vector<int64_t>(2 * axes, 0));
  check(op, "kernel_shape", kernel, axes, 1);
  check(op, "strides", stride, axes, 1);
  check(op, "dilations", dilation, axes, 1);
  check(op, "pads", pads, 2 * axes, 0);
  const std::string mode = op.attributes.text("auto_pad", "NOTSET");
  if (mode == "SAME_UPPER" || mode == "SAME_LOWER")
    pads = same_padding(shape, kernel, stride, dilation, mode == "SAME_UPPER");
  else if (mode == "VALID")
    pads.assign(2 * axes, 0);
  else if (mode != "NOTSET" && !mode.empty())
    op.unsupported("auto_pad is '" + mode + "'");
  out.set("strides", stride);
  out.set("dilations", dilation);
  out.set("pads", pads);
  return out;
}

void require_position(const Operator& op, const Attributes& attributes) {
  if (op.attributes.integer("ceil_mode", 0) != 0) return;  // a window may then stand partly outside
  const Window window = window_of(attributes, attributes.integers("kernel_shape"));
  Shape extent, given;
  bool fits = true;
  for (size_t a = 0; a < window.axes(); ++a) {
    extent.push_back(window.dilation[a] * (window.kernel[a] - 1) + 1);
    given.push_back(op.inputs[0].shape[1 + a] + window.before[a] + window.after[a]);
    fits = fits && extent[a] <= given[a];
  }
  if (!fits)
    op.unsupported("its window takes " + shape_text(extent) + " positions, and its input has " + shape_text(given) +
                   ", padding included; the model needs larger inputs (--size, where it leaves their size open)");
}

Tensor read_bias(const Operator& op, int64_t outputs) {
  if (!op.has(2)) return {};
  const Tensor& bias = op.constant(2, "bias");
  if (bias.dim() != 1 || bias.size(0) != outputs)
    op.unsupported("its bias has shape " + shape_text(bias.sizes()) + " for " + std::to_string(outputs) + " outputs");
  return bias;
}

Tensor padded(const Tensor& x, const Window& window, double value) {
  if (none(window.before) && none(window.after)) return x;
  return dense(at::constant_pad_nd(x, pad_list(window), value));
}

Tensor unpadded(const Tensor& signal, const Window& window) {
  Tensor middle = signal;
  for (size_t a = 0; a < window.axes(); ++a) {
    const int64_t axis = 2 + static_cast<int64_t>(a);
    middle = middle.narrow(axis, window.before[a], middle.size(axis) - window.before[a] - window.after[a]);
  }
  return dense(middle);
}

std::vector<int64_t> in_plane(const std::vector<int64_t>& sizes, int64_t row) {
  return sizes.size() == 2 ? sizes : std::vector<int64_t>{row, sizes[0]};
}

Tensor as_line(const Tensor& planes, const Tensor& like) { return dense(like.dim() == 4 ? planes : planes.squeeze(2)); }

std::vector<int64_t> positions(const Tensor& x) { return x.sizes().slice(2).vec(); }

std::optional<Reach> window_reach(const Layer& layer, const Window& window, double fill) {
  if (window.axes() != 2) return std::nullopt;
  Reach reach{layer, {}, window.stride, window.before, fill};
  for (size_t a = 0; a < 2; ++a) reach.extent.push_back(window.dilation[a] * (window.kernel[a] - 1) + 1);
  const auto bare = [&layer] {
    Layer inside = layer;
    inside.attributes.set("pads", std::vector<int64_t>(4, 0));
    inside.attributes.set("ceil_mode", int64_t{0});
    inside.prepared = nullptr;
    if (layer.prepared) prepare(inside);
    return inside;
  };
  Prepared* const kept = prepared(layer);
  reach.inside = kept ? *kept->variants.get<Layer>("without padding", bare) : bare();
  return reach;
}

Attributes window_attributes(const Attributes& attributes) {
  Attributes out;
  for (const char* name : {"kernel_shape", "strides", "dilations", "pads"})
    if (attributes.has(name)) out.set(name, attributes.integers(name));
  return out;
}

}  // namespace limpid
