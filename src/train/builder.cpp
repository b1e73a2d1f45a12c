// SPDX-License-Identifier: Apache-2.0
#include "train/builder.h"

#include <ATen/ATen.h>

#include "limpid/core/error.h"
#include "limpid/core/random.h"

namespace limpid {
namespace {

using Numbers = std::vector<int64_t>;

Initializer initializer_of(const Options& options) {
  if (options.is("init", "orthogonal")) return Initializer::orthogonal;
  return options.is("init", "glorot") ? Initializer::glorot : Initializer::he;
}

}  // namespace

Builder::Builder(const ArchitectureSize& size, Initializer convolutions, Initializer dense)
    : size_(size), convolutions_(convolutions), dense_(dense), network_(network_with_input("input", size.input)) {
  if (size.input.size() != 3)
    fail("the input has shape ", shape_text(size.input), "; architectures take channels, rows and columns");
  if (size.classes < 2) fail("there is ", size.classes, " class; a classifier needs at least 2");
}

Builder::Builder(const ArchitectureSize& size, const Options& options)
    : Builder(size, initializer_of(options),
              options.is("init", "orthogonal") ? Initializer::glorot : initializer_of(options)) {}

Builder& Builder::layer(const std::string& type, const std::string& name, Attributes attributes,
                        std::vector<Tensor> parameters) {
  append(network_, name + std::to_string(++counts_[name]),
         Layer{&layer_type(type), std::move(attributes), std::move(parameters)}, {here()});
  return *this;
}

Tensor Builder::weight(Initializer how, const Shape& shape) {
  return initial_weight(how, shape, mixed_seed({size_.seed, weights_++}));
}

Builder& Builder::conv(int64_t units, int64_t kernel, int64_t stride) {
  const int64_t pad = kernel / 2;
  return layer("conv", "conv", {{"pads", Numbers{pad, pad, pad, pad}}, {"strides", Numbers{stride, stride}}},
               {weight(convolutions_, {units, channels(), kernel, kernel}), at::zeros({units})});
}

Builder& Builder::relu() { return layer("relu", "relu", {}); }

Builder& Builder::norm(double epsilon, double momentum) {
  const Shape each = {channels()};
  return layer("batch_norm", "norm", {{"epsilon", epsilon}, {"momentum", momentum}},
               {at::ones(each), at::zeros(each), at::zeros(each), at::ones(each)});
}

Builder& Builder::pool(int64_t kernel, int64_t stride) {
  return layer("max_pool", "pool", {{"kernel_shape", Numbers{kernel, kernel}}, {"strides", Numbers{stride, stride}}});
}

Builder& Builder::dropout(double share) {
  network_.nodes.back().layer.attributes.set("dropout", share);
  return *this;
}

Builder& Builder::flatten() {
  int64_t count = 1;
  for (const int64_t size : network_[here()].shape) count *= size;
  return layer("reshape", "flatten", {{"shape", Numbers{count}}});
}

Builder& Builder::dense(int64_t units) {
  return layer("dense", "dense", {}, {weight(dense_, {units, channels()}), at::zeros({units})});
}

Builder& Builder::gap() { return layer("mean", "gap", {{"axes", Numbers{2, 3}}, {"keepdims", int64_t{1}}}).flatten(); }

Builder& Builder::add(int other) {
  append(network_, "add" + std::to_string(++counts_["add"]), Layer{&layer_type("add")}, {here(), other});
  return *this;
}

Builder& Builder::from(int node) {
  network_.output = node;
  return *this;
}

}  // namespace limpid
