// SPDX-License-Identifier: Apache-2.0
#include <ATen/ATen.h>

#include <cmath>

#include "limpid/net/operator.h"
#include "net/layers.h"
#include "net/layers/axes.h"

namespace limpid {
namespace {

constexpr int64_t kLargest = 1 << 20;  // of one axis: a table as long as that is made

// How one axis is resized; the names of modes are ONNX's.
struct Axis {
  int64_t from, to;
  double scale;  // to / from, up to rounding of `to`
  std::string transformation, rounding;

  double coordinate(int64_t position) const {
    const double x = static_cast<double>(position);
    if (transformation == "asymmetric") return x / scale;
    if (transformation == "align_corners") {
      return to == 1 ? 0 : x * static_cast<double>(from - 1) / static_cast<double>(to - 1);
    }
    if (transformation == "tf_half_pixel_for_nn") return (x + 0.5) / scale;
    if (transformation == "pytorch_half_pixel" && to == 1) return 0;
    return (x + 0.5) / scale - 0.5;
  }

  double rounded(double coordinate) const {
    if (rounding == "floor") return std::floor(coordinate);
    if (rounding == "ceil") return std::ceil(coordinate);
    return rounding == "round_prefer_ceil" ? std::floor(coordinate + 0.5) : std::ceil(coordinate - 0.5);
  }

  int64_t inside(double position) const { return std::clamp(static_cast<int64_t>(position), int64_t{0}, from - 1); }
};

Axis axis_of(const Layer& layer, const Tensor& input, size_t axis) {
  const int64_t from = input.size(static_cast<int64_t>(axis) + 1), to = layer.attributes.integers("sizes")[axis];
  double scale = static_cast<double>(to) / static_cast<double>(from);
  if (const auto found = layer.attributes.values().find("scales"); found != layer.attributes.values().end()) {
    scale = std::get<std::vector<double>>(found->second)[axis];
  }
  return {from, to, scale, layer.attributes.text("coordinate_transformation_mode", "half_pixel"),
          layer.attributes.text("nearest_mode", "round_prefer_floor")};
}

// Every value of the result is (1 − share) · x[first] + share · x[second]; nearest: x[first], no share.
struct Taps {
  Tensor first, second, share;
};

Taps nearest_taps(const Axis& axis, const Tensor& like) {
  std::vector<int64_t> first;
  for (int64_t i = 0; i < axis.to; ++i) first.push_back(axis.inside(axis.rounded(axis.coordinate(i))));
  return {whole_numbers(first, like.device()), {}, {}};
}

Taps linear_taps(const Axis& axis, const Tensor& like, int64_t dimension) {
  std::vector<int64_t> first, second;
  std::vector<double> share;
  for (int64_t i = 0; i < axis.to; ++i) {
    const double x = axis.coordinate(i), below = std::floor(x);
    first.push_back(axis.inside(below));
    second.push_back(axis.inside(below + 1));
    share.push_back(x - below);
  }
  Shape along(static_cast<size_t>(like.dim()), 1);
  along[static_cast<size_t>(dimension)] = axis.to;
  const Tensor shares = at::tensor(share, at::kDouble).to(like.options()).reshape(along);
  return {whole_numbers(first, like.device()), whole_numbers(second, like.device()), shares};
}

// Calls change(dimension, taps) for each axis that is resized; taps in the type of `like`.
template <class Change>
void over_resized_axes(const Layer& layer, const Tensor& input, const Tensor& like, Change change) {
  const bool nearest = layer.attributes.text("mode", "nearest") == "nearest";
  for (int64_t dimension = 1; dimension < input.dim(); ++dimension) {
    const Axis axis = axis_of(layer, input, static_cast<size_t>(dimension) - 1);
    if (axis.from == axis.to && axis.scale == 1) continue;
    change(dimension, nearest ? nearest_taps(axis, like) : linear_taps(axis, like, dimension));
  }
}

Tensor resize_forward(const Layer& layer, const std::vector<Tensor>& inputs, Tensor*) {
  Tensor x = inputs[0];
  over_resized_axes(layer, x, x, [&](int64_t dimension, const Taps& taps) {
    const Tensor first = gathered(x, dimension, taps.first);
    x = taps.share.defined() ? first + taps.share * (gathered(x, dimension, taps.second) - first) : first;
  });
  return dense(x);
}

Step resize_adjoint(const Layer& layer) {
  return [layer](const Visit& visit) {
    Tensor signal = visit.signal;
    over_resized_axes(layer, visit.inputs[0], signal, [&](int64_t dimension, const Taps& taps) {
      const int64_t size = visit.inputs[0].size(dimension);
      if (!taps.share.defined()) {
        signal = scattered(signal, dimension, taps.first, size);
        return;
      }
      const Tensor second = signal * taps.share;
      signal =
          scattered(signal - second, dimension, taps.first, size) + scattered(second, dimension, taps.second, size);
    });
    return std::vector<Tensor>{dense(signal)};
  };
}

std::vector<double> read_scales(const Operator& op, size_t index) {
  if (!op.has(index)) {
    const auto found = op.attributes.values().find("scales");
    return found == op.attributes.values().end() ? std::vector<double>{} : std::get<std::vector<double>>(found->second);
  }
  const Tensor values = op.constant(index, "scales").to(at::kDouble).reshape({-1}).contiguous();
  return {values.data_ptr<double>(), values.data_ptr<double>() + values.numel()};
}

void require_mode(const Operator& op, const char* name, const std::string& value,
                  const std::vector<std::string>& known) {
  if (std::count(known.begin(), known.end(), value)) return;
  std::string listed;
  for (const std::string& one : known) listed += (listed.empty() ? "" : ", ") + one;
  op.unsupported(std::string(name) + " is '" + value + "'; it may be: " + listed);
}

// Before opset 11 there was one way to count coordinates.
Attributes read_modes(const Operator& op) {
  const bool old = op.type == "Upsample" || op.opset < 11;
  const std::string mode = op.attributes.text("mode", "nearest");
  const std::string transformation =
      op.attributes.text("coordinate_transformation_mode", old ? "asymmetric" : "half_pixel");
  const std::string rounding = op.attributes.text("nearest_mode", old ? "floor" : "round_prefer_floor");
  require_mode(op, "mode", mode, {"nearest", "linear", "bilinear"});
  require_mode(op, "coordinate_transformation_mode", transformation,
               {"half_pixel", "pytorch_half_pixel", "asymmetric", "align_corners", "tf_half_pixel_for_nn"});
  require_mode(op, "nearest_mode", rounding, {"round_prefer_floor", "round_prefer_ceil", "floor", "ceil"});
  return {{"mode", mode == "nearest" ? mode : "linear"},
          {"coordinate_transformation_mode", transformation},
          {"nearest_mode", rounding}};
}

std::optional<Layer> read_resize(const Operator& op) {
  Attributes attributes = read_modes(op);
  const bool old = op.type == "Upsample" || op.opset < 11;
  const size_t rank = static_cast<size_t>(rank_of(op));
  std::vector<double> scales = read_scales(op, old ? 1 : 2);
  Shape sizes = scales.empty() ? op.integers(3, "sizes") : Shape();
  if (scales.size() != rank && sizes.size() != rank) op.unsupported("it has neither scales nor sizes for each axis");
  if (!scales.empty()) {
    if (scales[0] != 1) op.unsupported("it resizes the batch");
    for (size_t i = 0; i < rank; ++i) {
      const int64_t from = i == 0 ? 1 : op.inputs[0].shape[i - 1];
      const double size = std::floor(static_cast<double>(from) * scales[i]);
      sizes.push_back(size >= 1 && size <= kLargest ? static_cast<int64_t>(size) : 0);
    }
    attributes.set("scales", std::vector<double>(scales.begin() + 1, scales.end()));
  }
  sizes.erase(sizes.begin());
  for (const int64_t size : sizes) {
    if (size < 1 || size > kLargest) op.unsupported("its output would be empty or absurdly large");
  }
  attributes.set("sizes", sizes);
  return Layer{&resize, attributes};
}

// Sizes have to name the batch's too, which is open: it is taken from the input's shape.
std::string written_sizes(const Shape& sizes, OperatorWriter& out) {
  const auto list = [&out](const std::vector<int64_t>& values) { return out.constant(whole_numbers(values)); };
  const std::string shape = out.add("Shape", {out.inputs()[0]});
  const std::string batch = out.add("Slice", {shape, list({0}), list({1})});
  return out.add("Concat", {batch, list(sizes)}, {{"axis", int64_t{0}}});
}

void write_resize(const Layer& layer, OperatorWriter& out) {
  Attributes modes;
  for (const char* name : {"mode", "coordinate_transformation_mode", "nearest_mode"}) {
    if (layer.attributes.has(name)) modes.set(name, layer.attributes.text(name, ""));
  }
  const auto found = layer.attributes.values().find("scales");
  if (found == layer.attributes.values().end()) {
    out.add("Resize", {out.inputs()[0], "", "", written_sizes(layer.attributes.integers("sizes"), out)}, modes);
    return;
  }
  std::vector<double> scales = std::get<std::vector<double>>(found->second);
  scales.insert(scales.begin(), 1);
  out.add("Resize", {out.inputs()[0], "", out.constant(at::tensor(scales, at::kFloat))}, modes);
}

}  // namespace

const LayerType resize = {"resize",
                          "its positions sampled more or less densely: nearest or linear",
                          Role::kView,
                          {},
                          resize_forward,
                          resize_adjoint,
                          {"Resize", "Upsample"},
                          read_resize,
                          write_resize};

}  // namespace limpid
