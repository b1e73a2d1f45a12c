// SPDX-License-Identifier: Apache-2.0
#include "limpid/net/canonize.h"

#include <ATen/ATen.h>

#include "net/canonize_edit.h"
#include "net/canonize_linear.h"

namespace limpid {
namespace {

int64_t rank(const Node& node) { return static_cast<int64_t>(node.shape.size()); }

/// Which axis of an image's values a concatenation runs along.
int64_t concat_axis(const Node& concat) {
  const int64_t axis = concat.layer.attributes.integer("axis", 1);
  return axis < 0 ? axis + rank(concat) : axis - 1;
}

bool distinct(std::vector<int> nodes) {
  std::sort(nodes.begin(), nodes.end());
  return std::adjacent_find(nodes.begin(), nodes.end()) == nodes.end();
}

bool keeps_shape(const Network& network, int node) {
  return network[node].shape == network[network[node].inputs[0]].shape;
}

/// scale = γ / √(σ² + ε), shift = β − µ · scale
void make_affine(Node& batch_norm) {
  const double epsilon = batch_norm.layer.attributes.number("epsilon", 1e-5);
  const Tensor scale = parameter(batch_norm, 0) / (parameter(batch_norm, 3) + epsilon).sqrt();
  const Line line{scale, parameter(batch_norm, 1) - parameter(batch_norm, 2) * scale};
  batch_norm.layer = Layer{&layer_type("affine"), {}, parameters_of(line, batch_norm.shape.size(), 0)};
}

/// Whether a line along `axis`, behind a node that only `user` uses, can become part of that node.
bool takes_line(const Network& network, int node, int user, int64_t axis) {
  const Node& taker = network[node];
  if (!used_only_by(network, node, user)) return false;
  if (has_weight(taker)) return axis == channel_axis(taker, taker.shape);
  if (is(taker, "affine")) return true;
  return is(taker, "concat") && concat_axis(taker) == axis && distinct(taker.inputs) &&
         std::all_of(taker.inputs.begin(), taker.inputs.end(),
                     [&](int input) { return takes_line(network, input, node, axis); });
}

void take_line(Network& network, int node, const Line& line, int64_t axis) {
  Node& taker = node_at(network, node);
  if (has_weight(taker)) return append_line(taker, line);
  if (is(taker, "affine")) {
    const auto parameters = parameters_of(line, taker.shape.size(), axis);
    return append_affine(taker, parameters[0], parameters[1]);
  }
  int64_t from = 0;
  for (const int input : taker.inputs) {
    const int64_t channels = network[input].shape[static_cast<size_t>(axis)];
    take_line(network, input, line.part(from, channels), axis);
    from += channels;
  }
}

/// conv → affine, dense → affine, concat of these → affine
bool fold_into_input(Network& network, int affine) {
  const int input = network[affine].inputs[0];
  if (!is(network[affine], "affine") || !keeps_shape(network, affine)) return false;
  for (int64_t axis = 0; axis < rank(network[affine]); ++axis) {
    const auto line = line_along(network[affine], axis);
    if (!line || !takes_line(network, input, affine, axis)) continue;
    take_line(network, input, *line, axis);
    adopt_names(network, input, affine);
    redirect(network, affine, input);
    return true;
  }
  return false;
}

/// affine → affine whose numbers vary along more than one axis
bool join_affine(Network& network, int affine) {
  const int input = network[affine].inputs[0];
  if (!is(network[affine], "affine") || !is(network[input], "affine") || !keeps_shape(network, affine)) return false;
  if (!used_only_by(network, input, affine)) return false;
  append_affine(node_at(network, input), parameter(network[affine], 0), parameter(network[affine], 1));
  adopt_names(network, input, affine);
  redirect(network, affine, input);
  return true;
}

using LineAlong = std::function<std::optional<Line>(int64_t axis)>;

/// Makes a line part of all that use a node; false, and nothing done, unless all are linear layers that can absorb it.
/// The names of `gone` lead to what is in front of them: the same channels, before scale and shift.
bool give_to_users(Network& network, int node, const LineAlong& line_along, const std::vector<int>& gone) {
  const auto readers = users(network, node);
  const auto line_for = [&](int reader) { return line_along(channel_axis(network[reader], network[node].shape)); };
  const bool all = std::all_of(readers.begin(), readers.end(), [&](int reader) {
    if (!has_weight(network[reader])) return false;
    const auto line = line_for(reader);
    return line && absorbs(network[reader], *line);
  });
  if (!all || readers.empty() || node == network.output) return false;
  for (const int reader : readers) prepend_line(node_at(network, reader), *line_for(reader));
  for (const int affine : gone) {
    const int front = network[affine].inputs[0];
    adopt_names(network, front, affine);
    redirect(network, affine, front);
  }
  return true;
}

/// affine → conv, affine → dense
bool fold_into_users(Network& network, int affine) {
  if (!is(network[affine], "affine") || !keeps_shape(network, affine)) return false;
  return give_to_users(network, affine, [&](int64_t axis) { return line_along(network[affine], axis); }, {affine});
}

/// concat of affine nodes and others → conv or dense
bool fold_concat_into_users(Network& network, int concat) {
  if (!is(network[concat], "concat") || !distinct(network[concat].inputs)) return false;
  const int64_t axis = concat_axis(network[concat]);
  std::vector<Line> lines;
  std::vector<int> gone;
  for (const int input : network[concat].inputs) {
    const bool folds = is(network[input], "affine") && used_only_by(network, input, concat) &&
                       keeps_shape(network, input) && line_along(network[input], axis);
    const int64_t channels = network[input].shape[static_cast<size_t>(axis)];
    if (folds) gone.push_back(input);
    lines.push_back(folds ? *line_along(network[input], axis)
                          : Line{at::ones({channels}, at::kDouble), at::zeros({channels}, at::kDouble)});
  }
  const auto line = [&](int64_t along) { return along == axis ? std::optional(concatenated(lines)) : std::nullopt; };
  return !gone.empty() && give_to_users(network, concat, line, gone);
}

bool fold_once(Network& network) {
  bool folded = false;
  for (const auto fold : {fold_into_input, join_affine, fold_into_users, fold_concat_into_users})
    for (int node = 1; node < network.size(); ++node) folded |= !network[node].inputs.empty() && fold(network, node);
  return folded;
}

at::ScalarType scalar_type(const Network& network) {
  for (const Node& node : network.nodes)
    for (const Tensor& parameter : node.layer.parameters)
      if (parameter.defined()) return parameter.scalar_type();
  return at::kFloat;
}

}  // namespace

Network fold_affine(const Network& network) {
  const at::ScalarType type = scalar_type(network);
  Network folded = pruned(network);
  for (Node& node : folded.nodes)
    if (is(node, "batch_norm")) make_affine(node);
  while (fold_once(folded)) {
  }
  for (Node& node : folded.nodes)  // double until here
    for (Tensor& parameter : node.layer.parameters)
      if (parameter.defined()) parameter = parameter.to(type);
  return pruned(folded);
}

}  // namespace limpid
