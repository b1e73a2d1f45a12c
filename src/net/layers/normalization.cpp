// SPDX-License-Identifier: Apache-2.0
// Layers that subtract a mean and divide by a standard deviation of their own input: over the positions of a channel
// (instance), over some axes (layer), over groups of channels and their positions (group).
#include <ATen/ATen.h>

#include "limpid/net/operator.h"
#include "net/layers.h"
#include "net/layers/axes.h"

namespace limpid {
namespace {

using Axes = std::vector<int64_t>;

double epsilon(const Layer& layer) { return layer.attributes.number("epsilon", 1e-5); }

struct Normalized {
  Tensor values;  // mean 0, variance 1 over the axes
  Tensor scale;   // 1 / standard deviation
};

Normalized normalized(const Tensor& x, const Axes& axes, double epsilon) {
  const Tensor centred = x - x.mean(axes, true);
  const Tensor scale = at::rsqrt((centred * centred).mean(axes, true) + epsilon);
  return {centred * scale, scale};
}

// The adjoint of `normalized`, mean and deviation counted as the functions of x that they are.
Tensor through_statistics(const Tensor& signal, const Tensor& x, const Axes& axes, double epsilon, int64_t seeds) {
  const Normalized n = normalized(x, axes, epsilon);
  const Tensor s = split_seeds(signal, seeds), values = n.values.unsqueeze(1);
  Axes behind_seeds = axes;
  for (int64_t& axis : behind_seeds) ++axis;
  const Tensor along = (s * values).mean(behind_seeds, true);
  return ((s - s.mean(behind_seeds, true) - values * along) * n.scale.unsqueeze(1)).flatten(0, 1);
}

Axes axes_from(int64_t first, int64_t rank) {
  Axes axes;
  for (int64_t axis = first; axis < rank; ++axis) axes.push_back(axis);
  return axes;
}

// A parameter as it broadcasts against x: one value a channel, or any shape that fits from the last axis on.
Tensor per_channel(const Tensor& parameter, const Tensor& x) {
  Shape shape(static_cast<size_t>(x.dim() - 1), 1);
  shape[0] = -1;
  return parameter.reshape(shape);
}
Tensor as_given(const Tensor& parameter, const Tensor&) { return parameter; }

// What makes the three types differ: the view of x that is normalised, over which axes, and how parameters broadcast.
struct Form {
  Tensor (*view)(const Layer&, const Tensor& x);
  Axes (*axes)(const Layer&, const Tensor& view);
  Tensor (*fitted)(const Tensor& parameter, const Tensor& x);
};

template <const Form& form>
Tensor forward(const Layer& layer, const std::vector<Tensor>& inputs, Tensor*) {
  const Tensor& x = inputs[0];
  const Tensor view = form.view(layer, x);
  Tensor y = normalized(view, form.axes(layer, view), epsilon(layer)).values.reshape(x.sizes());
  if (layer.parameters[0].defined()) y = y * form.fitted(layer.parameters[0], x);
  if (layer.parameters[1].defined()) y = y + form.fitted(layer.parameters[1], x);
  return dense(y);
}

template <const Form& form>
Step adjoint(const Layer& layer) {
  return [layer](const Visit& visit) {
    const Tensor& x = visit.inputs[0];
    Tensor signal = visit.signal;
    if (layer.parameters[0].defined()) signal = signal * form.fitted(layer.parameters[0], x);
    const Tensor view = form.view(layer, x), seen = form.view(layer, signal);
    const Tensor back = through_statistics(seen, view, form.axes(layer, view), epsilon(layer), visit.seeds);
    return std::vector<Tensor>{dense(back.reshape(signal.sizes()))};
  };
}

Tensor unchanged(const Layer&, const Tensor& x) { return x; }
Axes position_axes(const Layer&, const Tensor& view) { return axes_from(2, view.dim()); }
Axes given_axes(const Layer& layer, const Tensor&) { return layer.attributes.integers("axes"); }

int64_t groups(const Layer& layer) { return layer.attributes.integer("groups", 1); }

// [N, C, …] as [N, groups, C / groups, …].
Tensor grouped(const Layer& layer, const Tensor& x) {
  Shape shape = x.sizes().vec();
  shape[1] /= groups(layer);
  shape.insert(shape.begin() + 1, groups(layer));
  return x.reshape(shape);
}

constexpr Form kInstance = {unchanged, position_axes, per_channel};
constexpr Form kLayer = {unchanged, given_axes, as_given};
constexpr Form kGroup = {grouped, position_axes, per_channel};

Tensor optional_constant(const Operator& op, size_t index, const char* what) {
  return op.has(index) ? op.constant(index, what) : Tensor();
}

std::optional<Layer> read_instance(const Operator& op) {
  if (rank_of(op) < 3) op.unsupported("its input has no positions to take statistics of");
  return Layer{&instance_norm,
               {{"epsilon", op.attributes.number("epsilon", 1e-5)}},
               {op.constant(1, "scale"), op.constant(2, "bias")}};
}

std::optional<Layer> read_layer(const Operator& op) {
  const int64_t first = image_axis(op, op.attributes.integer("axis", -1), rank_of(op));
  return Layer{&layer_norm,
               {{"axes", axes_from(first, rank_of(op))}, {"epsilon", op.attributes.number("epsilon", 1e-5)}},
               {op.constant(1, "scale"), optional_constant(op, 2, "bias")}};
}

// Appends · weight + bias where there are any; `fit` gives a parameter its exported shape.
void write_scale_and_shift(const Layer& layer, OperatorWriter& out, std::string value, const Shape& shape) {
  const char* types[] = {"Mul", "Add"};
  for (size_t i = 0; i < 2; ++i) {
    const Tensor& parameter = layer.parameters[i];
    if (!parameter.defined()) continue;
    value = out.add(types[i], {value, out.constant(shape.empty() ? parameter : parameter.reshape(shape))});
  }
}

std::string scalar(OperatorWriter& out, double value) { return out.constant(at::scalar_tensor(value, at::kFloat)); }

std::string write_instances(OperatorWriter& out, const std::string& x, int64_t channels, double epsilon) {
  const std::string one = out.constant(at::ones({channels})), zero = out.constant(at::zeros({channels}));
  return out.add("InstanceNormalization", {x, one, zero}, {{"epsilon", epsilon}});
}

void write_instance(const Layer& layer, OperatorWriter& out) {
  out.add("InstanceNormalization",
          {out.inputs()[0], out.constant(layer.parameters[0]), out.constant(layer.parameters[1])},
          {{"epsilon", epsilon(layer)}});
}

void write_layer(const Layer& layer, OperatorWriter& out) {
  const Attributes over = {{"axes", layer.attributes.integers("axes")}, {"keepdims", int64_t{1}}};
  const std::string x = out.inputs()[0];
  const std::string centred = out.add("Sub", {x, out.add("ReduceMean", {x}, over)});
  const std::string variance = out.add("ReduceMean", {out.add("Pow", {centred, scalar(out, 2)})}, over);
  const std::string deviation = out.add("Sqrt", {out.add("Add", {variance, scalar(out, epsilon(layer))})});
  write_scale_and_shift(layer, out, out.add("Div", {centred, deviation}), {});
}

void write_group(const Layer& layer, OperatorWriter& out) {
  Shape shape = out.input_shape(0);
  shape.insert(shape.begin(), 0);
  const std::string lines = out.constant(whole_numbers({0, groups(layer), -1}));
  const std::string split = out.add("Reshape", {out.inputs()[0], lines});
  const std::string values = write_instances(out, split, groups(layer), epsilon(layer));
  Shape channel(out.input_shape(0).size(), 1);
  channel[0] = -1;
  write_scale_and_shift(layer, out, out.add("Reshape", {values, out.constant(whole_numbers(shape))}), channel);
}

// Over the channels of a position alone, alike at all positions.
std::optional<Reach> reach_layer(const Layer& layer) {
  if (layer.attributes.integers("axes") != Axes{1}) return std::nullopt;
  for (const Tensor& parameter : layer.parameters)
    if (parameter.defined() && parameter.numel() > parameter.size(0)) return std::nullopt;
  return Reach{layer};
}

}  // namespace

const LayerType instance_norm = {"instance_norm",
                                 "each channel of an image normalised over its positions",
                                 Role::kNormalization,
                                 {"weight", "bias"},
                                 forward<kInstance>,
                                 adjoint<kInstance>,
                                 {"InstanceNormalization"},
                                 read_instance,
                                 write_instance};

const LayerType layer_norm = {
    "layer_norm",    "normalised over some axes", Role::kNormalization, {"weight", "bias"}, forward<kLayer>,
    adjoint<kLayer>, {"LayerNormalization"},      read_layer,           write_layer,        reach_layer};

const LayerType group_norm = {"group_norm",
                              "groups of channels normalised over their positions",
                              Role::kNormalization,
                              {"weight", "bias"},
                              forward<kGroup>,
                              adjoint<kGroup>,
                              {},
                              nullptr,
                              write_group};

}  // namespace limpid
