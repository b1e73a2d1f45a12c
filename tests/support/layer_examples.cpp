// SPDX-License-Identifier: Apache-2.0
#include "support/layer_examples.h"

#include <ATen/ATen.h>

namespace limpid {
namespace {

using Numbers = std::vector<int64_t>;

const Shape kVector = {6}, kLine = {4, 7}, kPlane = {4, 5, 6};

Tensor noise(const Shape& shape, uint64_t seed) { return normal_noise(shape, seed).to(at::kDouble); }
Tensor positive(const Shape& shape, uint64_t seed) { return noise(shape, seed).abs() + 0.5; }

Layer layer(const char* type, Attributes attributes = {}, std::vector<Tensor> parameters = {}) {
  return {&layer_type(type), std::move(attributes), std::move(parameters)};
}

using Examples = std::vector<LayerExample>;

void add_convolutions(Examples& all) {
  const Tensor none;
  all.push_back({"conv_padded",
                 layer("conv", {{"pads", Numbers{1, 1, 1, 1}}}, {noise({3, 4, 3, 3}, 1), noise({3}, 2)}),
                 {kPlane}});
  all.push_back({"conv_strided_groups",
                 layer("conv", {{"strides", Numbers{2, 1}}, {"group", int64_t{2}}, {"dilations", Numbers{1, 2}}},
                       {noise({6, 2, 2, 3}, 3), none}),
                 {kPlane}});
  all.push_back(
      {"conv_asymmetric", layer("conv", {{"pads", Numbers{0, 1, 2, 1}}}, {noise({3, 4, 3, 3}, 4), none}), {kPlane}});
  all.push_back({"conv_line", layer("conv", {{"pads", Numbers{1, 1}}}, {noise({5, 4, 3}, 5), noise({5}, 6)}), {kLine}});
  all.push_back({"conv_transpose",
                 layer("conv_transpose", {{"strides", Numbers{2, 2}}, {"pads", Numbers{1, 1, 1, 1}}},
                       {noise({4, 3, 3, 3}, 7), noise({3}, 8)}),
                 {kPlane}});
  all.push_back(
      {"conv_transpose_line",
       layer("conv_transpose", {{"strides", Numbers{2}}, {"output_padding", Numbers{1}}}, {noise({4, 2, 3}, 9), none}),
       {kLine}});
  all.push_back({"dense_vector", layer("dense", {}, {noise({3, 6}, 10), noise({3}, 11)}), {kVector}});
  all.push_back({"dense_line", layer("dense", {}, {noise({3, 7}, 12), none}), {kLine}});
}

void add_affine(Examples& all) {
  all.push_back({"affine", layer("affine", {}, {noise({4, 1, 1}, 20), noise({4, 5, 6}, 21)}), {kPlane}});
  all.push_back({"affine_shift", layer("affine", {}, {Tensor(), noise({6}, 22)}), {kVector}});
  for (const auto& [name, shape] : {std::pair{"batch_norm_plane", kPlane}, std::pair{"batch_norm_line", kLine}}) {
    all.push_back(
        {name,
         layer("batch_norm", {{"epsilon", 1e-3}}, {noise({4}, 23), noise({4}, 24), noise({4}, 25), positive({4}, 26)}),
         {shape}});
  }
}

void add_poolings(Examples& all) {
  const Attributes square = {
      {"kernel_shape", Numbers{3, 2}}, {"strides", Numbers{2, 2}}, {"pads", Numbers{1, 0, 1, 0}}};
  const Attributes line = {{"kernel_shape", Numbers{3}}, {"strides", Numbers{2}}, {"ceil_mode", int64_t{1}}};
  for (const char* type : {"max_pool", "average_pool"}) {
    all.push_back({std::string(type) + "_plane", layer(type, square), {kPlane}});
    all.push_back({std::string(type) + "_line", layer(type, line), {kLine}});
  }
  all.push_back({"mean_global", layer("mean", {{"axes", Numbers{2, 3}}}), {kPlane}});
  all.push_back({"mean_global_line", layer("mean", {{"axes", Numbers{2}}}), {kLine}});
  all.push_back({"mean_flat", layer("mean", {{"axes", Numbers{2, 3}}, {"keepdims", int64_t{0}}}), {kPlane}});
  all.push_back({"mean_channels", layer("mean", {{"axes", Numbers{1}}}), {kPlane}});
  all.push_back({"sum_rows", layer("sum", {{"axes", Numbers{2}}}), {kPlane}});
  all.push_back({"sum_line", layer("sum", {{"axes", Numbers{2}}, {"keepdims", int64_t{0}}}), {kLine}});
}

void add_elementwise(Examples& all) {
  for (const char* type : {"relu", "leaky_relu", "elu", "selu", "sigmoid", "tanh", "softplus", "hard_sigmoid",
                           "hard_swish", "silu", "gelu", "mish", "erf", "exp", "abs", "reciprocal"}) {
    all.push_back({std::string(type) + "_plane", layer(type), {kPlane}});
    all.push_back({std::string(type) + "_vector", layer(type), {kVector}});
  }
  all.push_back({"leaky_relu_steep", layer("leaky_relu", {{"alpha", 0.3}}), {kLine}});
  all.push_back({"elu_alpha", layer("elu", {{"alpha", 0.7}}), {kLine}});
  all.push_back({"hard_sigmoid_sixth", layer("hard_sigmoid", {{"alpha", 1.0 / 6}, {"beta", 0.5}}), {kLine}});
  all.push_back({"gelu_tanh", layer("gelu", {{"approximate", std::string("tanh")}}), {kLine}});
  all.push_back({"clip_both", layer("clip", {{"min", 0.0}, {"max", 1.0}}), {kPlane}});
  all.push_back({"clip_above", layer("clip", {{"max", 0.5}}), {kLine}});
  all.push_back({"clip_nowhere", layer("clip"), {kVector}});
  all.push_back({"prelu_plane", layer("prelu", {}, {noise({4, 1, 1}, 30)}), {kPlane}});
  all.push_back({"prelu_vector", layer("prelu", {}, {noise({1}, 31)}), {kVector}});
  for (const char* type : {"sqrt", "log"}) {
    all.push_back({std::string(type) + "_plane", layer(type), {kPlane}, true});
    all.push_back({std::string(type) + "_vector", layer(type), {kVector}, true});
  }
  all.push_back({"pow_square", layer("pow", {{"exponent", 2.0}}), {kPlane}});
  all.push_back({"pow_broken", layer("pow", {{"exponent", -1.5}}), {kVector}, true});
}

void add_joins(Examples& all) {
  const Shape gate = {4, 1, 1}, row = {1, 5, 6};
  for (const char* type : {"add", "sub", "mul", "div"}) {
    const std::vector<Tensor> absent(std::string(type) == "div" ? 1 : 0);
    all.push_back({std::string(type) + "_plane", layer(type, {}, absent), {kPlane, kPlane}});
    all.push_back({std::string(type) + "_gate", layer(type, {}, absent), {kPlane, gate}});
    all.push_back({std::string(type) + "_outer", layer(type, {}, absent), {gate, row}});
    all.push_back({std::string(type) + "_vector", layer(type, {}, absent), {kVector, {1}}});
  }
  all.push_back({"add_three", layer("add"), {kLine, kLine, {4, 1}}});
  all.push_back({"div_constant", layer("div", {}, {noise({4, 1, 1}, 40)}), {kPlane}});
  all.push_back({"concat_channels", layer("concat", {{"axis", int64_t{1}}}), {kPlane, {2, 5, 6}, {1, 5, 6}}});
  all.push_back({"concat_columns", layer("concat", {{"axis", int64_t{3}}}), {kPlane, {4, 5, 2}}});
  all.push_back({"concat_vectors", layer("concat", {{"axis", int64_t{1}}}), {kVector, {2}}});
}

void add_views(Examples& all) {
  all.push_back({"reshape_flat", layer("reshape", {{"shape", Numbers{-1}}}), {kPlane}});
  all.push_back({"reshape_groups", layer("reshape", {{"shape", Numbers{2, 2, 5, 6}}}), {kPlane}});
  all.push_back({"reshape_plane", layer("reshape", {{"shape", Numbers{2, 7, 2}}}), {kLine}});
  all.push_back({"transpose_plane", layer("transpose", {{"perm", Numbers{0, 2, 3, 1}}}), {kPlane}});
  all.push_back({"transpose_five", layer("transpose", {{"perm", Numbers{0, 2, 1, 3, 4}}}), {{2, 2, 5, 6}}});
  all.push_back({"slice_channels",
                 layer("slice", {{"starts", Numbers{1}}, {"ends", Numbers{3}}, {"axes", Numbers{1}}}),
                 {kPlane}});
  all.push_back({"slice_stepped",
                 layer("slice", {{"starts", Numbers{-1, 0}},
                                 {"ends", Numbers{-100, 1000}},
                                 {"axes", Numbers{2, 3}},
                                 {"steps", Numbers{-2, 3}}}),
                 {kPlane}});
  all.push_back(
      {"slice_line", layer("slice", {{"starts", Numbers{2}}, {"ends", Numbers{-1}}, {"axes", Numbers{2}}}), {kLine}});
}

void add_sampling(Examples& all) {
  const Numbers plane = {0, 0, 1, 2, 0, 0, 3, 0};
  all.push_back({"pad_constant", layer("pad", {{"pads", plane}, {"value", 1.5}}), {kPlane}});
  all.push_back({"pad_cropped", layer("pad", {{"pads", Numbers{0, 1, -1, 0, -2, 2}}}), {kLine}});
  for (const char* mode : {"reflect", "edge"}) {
    const Attributes::Value name = std::string(mode);
    all.push_back({std::string("pad_") + mode, layer("pad", {{"pads", plane}, {"mode", name}}), {kPlane}});
    all.push_back({std::string("pad_line_") + mode,
                   layer("pad", {{"pads", Numbers{0, 0, 2, 0, 1, -1}}, {"mode", name}}),
                   {kLine}});
  }
  for (const char* mode : {"nearest", "linear"}) {
    for (const char* way : {"half_pixel", "pytorch_half_pixel", "asymmetric", "align_corners"}) {
      const Attributes modes = {{"mode", std::string(mode)}, {"coordinate_transformation_mode", std::string(way)}};
      Attributes larger = modes, smaller = modes, line = modes;
      larger.set("sizes", Numbers{4, 10, 15});
      smaller.set("sizes", Numbers{4, 3, 6});
      line.set("sizes", Numbers{4, 15});
      line.set("scales", std::vector<double>{1, 2.25});
      const std::string name = std::string("resize_") + mode + "_" + way;
      all.push_back({name + "_larger", layer("resize", larger), {kPlane}});
      all.push_back({name + "_smaller", layer("resize", smaller), {kPlane}});
      all.push_back({name + "_line", layer("resize", line), {kLine}});
    }
  }
  all.push_back({"expand_gate", layer("expand", {{"shape", kPlane}}), {{4, 1, 1}}});
  all.push_back({"expand_vector", layer("expand", {{"shape", Numbers{5}}}), {{1}}});
  all.push_back(
      {"gather_columns", layer("gather", {{"axis", int64_t{3}}, {"indices", Numbers{5, 0, 0, 2}}}), {kPlane}});
  all.push_back({"gather_channel",
                 layer("gather", {{"axis", int64_t{1}}, {"indices", Numbers{2}}, {"keepdims", int64_t{0}}}),
                 {kPlane}});
}

void add_normalizations(Examples& all) {
  const Tensor none;
  for (const auto& [name, shape] : {std::pair{"plane", kPlane}, std::pair{"line", kLine}}) {
    all.push_back({std::string("instance_norm_") + name,
                   layer("instance_norm", {{"epsilon", 1e-3}}, {noise({4}, 50), noise({4}, 51)}),
                   {shape}});
    all.push_back({std::string("group_norm_") + name,
                   layer("group_norm", {{"groups", int64_t{2}}}, {noise({4}, 52), noise({4}, 53)}),
                   {shape}});
    all.push_back({std::string("lrn_") + name,
                   layer("lrn", {{"size", int64_t{3}}, {"alpha", 0.9}, {"beta", 0.75}, {"bias", 2.0}}),
                   {shape}});
  }
  all.push_back({"group_norm_plain", layer("group_norm", {{"groups", int64_t{4}}}, {none, none}), {kPlane}});
  all.push_back(
      {"layer_norm_last", layer("layer_norm", {{"axes", Numbers{3}}}, {noise({6}, 54), noise({6}, 55)}), {kPlane}});
  all.push_back({"layer_norm_channels",
                 layer("layer_norm", {{"axes", Numbers{1}}, {"epsilon", 1e-2}}, {noise({4, 1, 1}, 56), none}),
                 {kPlane}});
  all.push_back({"layer_norm_vector", layer("layer_norm", {{"axes", Numbers{1}}}, {none, none}), {kVector}});
  all.push_back({"lrn_even", layer("lrn", {{"size", int64_t{4}}, {"alpha", 0.5}, {"bias", 1.0}}), {kPlane}});
  for (const char* type : {"softmax", "log_softmax"}) {
    all.push_back({std::string(type) + "_vector", layer(type, {{"axis", int64_t{1}}}), {kVector}});
    all.push_back({std::string(type) + "_columns", layer(type, {{"axis", int64_t{3}}}), {kPlane}});
  }
}

}  // namespace

std::vector<LayerExample> layer_examples() {
  Examples all;
  add_convolutions(all);
  add_affine(all);
  add_poolings(all);
  add_elementwise(all);
  add_joins(all);
  add_views(all);
  add_sampling(all);
  add_normalizations(all);
  return all;
}

std::vector<Tensor> example_inputs(const LayerExample& example, int64_t images, uint64_t seed) {
  std::vector<Tensor> inputs;
  for (Shape shape : example.inputs) {
    shape.insert(shape.begin(), images);
    inputs.push_back(dense(example.positive_only ? positive(shape, seed++) : noise(shape, seed++)));
  }
  return inputs;
}

}  // namespace limpid
