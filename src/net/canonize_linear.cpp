// SPDX-License-Identifier: Apache-2.0
#include "net/canonize_linear.h"

#include <ATen/ATen.h>

#include "net/canonize_edit.h"

namespace limpid {
namespace {

/// A tensor that broadcasts against `shape` as one number for each place along `axis`; nothing where it varies along
/// another axis.
std::optional<Tensor> along(const Tensor& values, const Shape& shape, int64_t axis, double fallback) {
  const int64_t places = shape[static_cast<size_t>(axis)];
  if (!values.defined()) return at::full({places}, fallback, at::kDouble);
  const int64_t missing = static_cast<int64_t>(shape.size()) - values.dim();
  for (int64_t i = 0; i < values.dim(); ++i)
    if (i + missing != axis && values.size(i) != 1) return std::nullopt;
  return values.flatten().expand({places});
}

Tensor sum(const Tensor& a, const Tensor& b) { return !a.defined() ? b : b.defined() ? a + b : a; }
Tensor product(const Tensor& a, const Tensor& b) { return !a.defined() ? b : b.defined() ? a * b : a; }
bool is_zero(const Tensor& values) { return values.count_nonzero().item<int64_t>() == 0; }

int64_t groups(const Node& linear) { return linear.layer.attributes.integer("group", 1); }
int64_t input_axis(const Node& linear) { return is(linear, "conv_transpose") ? 1 : 2; }
int64_t output_axis(const Node& linear) { return 3 - input_axis(linear); }

/// The weight as [groups, outputs, inputs, positions], or inputs before outputs where it is transposed.
Tensor blocks(const Node& linear) {
  const Tensor weight = parameter(linear, 0);
  return weight.reshape({groups(linear), weight.size(0) / groups(linear), weight.size(1), -1});
}

/// Numbers for the channels on `axis` of the blocks, to broadcast against them.
Tensor against_blocks(const Node& linear, const Tensor& channels, int64_t axis) {
  Shape shape{groups(linear), 1, 1, 1};
  shape[static_cast<size_t>(axis)] = -1;
  return channels.reshape(shape);
}

void set_parameters(Node& linear, const Tensor& blocks, const Tensor& bias) {
  const Tensor weight = dense(blocks.reshape(linear.layer.parameters[0].sizes()));
  linear.layer.parameters = {weight, bias};
}

}  // namespace

Line Line::part(int64_t from, int64_t size) const { return {scale.narrow(0, from, size), shift.narrow(0, from, size)}; }

Line concatenated(const std::vector<Line>& lines) {
  std::vector<Tensor> scales, shifts;
  for (const Line& line : lines) {
    scales.push_back(line.scale);
    shifts.push_back(line.shift);
  }
  return {at::cat(scales), at::cat(shifts)};
}

std::optional<Line> line_along(const Node& affine, int64_t axis) {
  const auto scale = along(parameter(affine, 0), affine.shape, axis, 1);
  const auto shift = along(parameter(affine, 1), affine.shape, axis, 0);
  return scale && shift ? std::optional(Line{*scale, *shift}) : std::nullopt;
}

std::vector<Tensor> parameters_of(const Line& line, size_t axes, int64_t axis) {
  Shape broadcast(axes, 1);
  broadcast[static_cast<size_t>(axis)] = -1;
  return {line.scale.reshape(broadcast), line.shift.reshape(broadcast)};
}

void append_affine(Node& affine, const Tensor& scale, const Tensor& shift) {
  const Tensor first_scale = parameter(affine, 0), first_shift = parameter(affine, 1);
  const Tensor scaled = first_shift.defined() ? product(first_shift, scale) : Tensor();
  affine.layer.parameters = {product(first_scale, scale), sum(scaled, shift)};
}

bool has_weight(const Node& node) { return is(node, "conv") || is(node, "conv_transpose") || is(node, "dense"); }

int64_t channel_axis(const Node& linear, const Shape& shape) {
  return is(linear, "dense") ? static_cast<int64_t>(shape.size()) - 1 : 0;
}

void append_line(Node& linear, const Line& line) {
  Tensor bias = parameter(linear, 1);
  if (bias.defined()) bias = bias * line.scale;
  if (!is_zero(line.shift)) bias = sum(bias, line.shift);
  set_parameters(linear, blocks(linear) * against_blocks(linear, line.scale, output_axis(linear)), bias);
}

bool absorbs(const Node& linear, const Line& line) {
  if (is_zero(line.shift)) return true;
  const auto pads = linear.layer.attributes.integers("pads");
  return !is(linear, "conv_transpose") && std::all_of(pads.begin(), pads.end(), [](int64_t pad) { return pad == 0; });
}

void prepend_line(Node& linear, const Line& line) {
  const Tensor weight = blocks(linear);
  Tensor bias = parameter(linear, 1);
  if (!is_zero(line.shift))
    bias = sum(bias, (weight * against_blocks(linear, line.shift, input_axis(linear))).sum({2, 3}).flatten());
  set_parameters(linear, weight * against_blocks(linear, line.scale, input_axis(linear)), bias);
}

}  // namespace limpid
