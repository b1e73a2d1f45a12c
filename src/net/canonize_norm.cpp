// SPDX-License-Identifier: Apache-2.0
#include "net/canonize_norm.h"

#include "net/canonize_edit.h"
#include "net/canonize_linear.h"

namespace limpid {
namespace {

std::vector<int64_t> axes_of(const Node& mean) { return mean.layer.attributes.integers("axes"); }
bool keeps_axes(const Node& mean) { return mean.layer.attributes.integer("keepdims", 1) != 0; }

}  // namespace

std::optional<Layer> joined_layer_norm(const Network& network, const pattern::Match& match) {
  const Node &mean = network[match.nodes.at("mean")], &variance = network[match.nodes.at("variance")];
  const Node& epsilon = network[match.nodes.at("epsilon")];
  const Tensor shift = parameter(epsilon, 1);
  const bool adds_number = !parameter(epsilon, 0).defined() && shift.defined() && shift.numel() == 1;
  const bool same_axes = axes_of(mean) == axes_of(variance) && keeps_axes(mean) && keeps_axes(variance);
  if (!adds_number || !same_axes) return std::nullopt;
  return Layer{
      &layer_type("layer_norm"), {{"axes", axes_of(mean)}, {"epsilon", shift.item<double>()}}, {Tensor(), Tensor()}};
}

std::optional<Layer> joined_group_norm(const Network& network, const pattern::Match& match) {
  const Shape &image = network[match.nodes.at("x")].shape, &end = network[match.nodes.at("end")].shape;
  const Node& norm = network[match.nodes.at("groups")];
  const int64_t groups = norm.shape.front();
  if (image != end || image.front() % groups != 0) return std::nullopt;
  Layer layer{&layer_type("group_norm"),
              {{"groups", groups}, {"epsilon", norm.layer.attributes.number("epsilon", 1e-5)}},
              norm.layer.parameters};
  for (Tensor& values : layer.parameters)
    if (values.defined()) values = values.repeat_interleave(image.front() / groups);
  return layer;
}

std::optional<Layer> norm_with_affine(const Network& network, const pattern::Match& match) {
  const Node &norm = network[match.nodes.at("norm")], &affine = network[match.nodes.at("affine")];
  if (norm.shape != affine.shape) return std::nullopt;
  Node joined = norm;
  if (is(norm, "layer_norm")) {
    append_affine(joined, parameter(affine, 0), parameter(affine, 1));
  } else {
    const auto line = line_along(affine, 0);
    if (!line) return std::nullopt;
    append_affine(joined, line->scale, line->shift);
  }
  const auto& given = affine.layer.parameters;
  for (Tensor& values : joined.layer.parameters)
    if (values.defined()) values = values.to(given[given[0].defined() ? 0 : 1].scalar_type());
  return joined.layer;
}

}  // namespace limpid
