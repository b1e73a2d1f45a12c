// SPDX-License-Identifier: Apache-2.0
#pragma once
// Small networks in double precision, with weights of fixed noise, written down layer by layer.

#include "limpid/net/network.h"

namespace limpid {

constexpr double kRounding = 1e-12;  // of what equals but for the order of sums

/// Each function appends a node and returns its index; names are the type and the index ("conv_3").
struct Sketch {
  explicit Sketch(Shape shape) : network(network_with_input("input", std::move(shape))) {}

  Network network;
  uint64_t seed = 1;

  Tensor noise(at::IntArrayRef shape) { return normal_noise(shape, seed++).to(at::kDouble); }

  int add(const std::string& type, const std::vector<int>& inputs, Attributes attributes = {},
          std::vector<Tensor> parameters = {}) {
    const std::string name = type + "_" + std::to_string(network.size());
    return append(network, name, Layer{&layer_type(type), std::move(attributes), std::move(parameters)}, inputs);
  }

  int64_t channels(int node) const { return network[node].shape.front(); }

  int conv(int x, int64_t kernels, int64_t size, int64_t padding, int64_t groups = 1) {
    return add("conv", {x}, {{"pads", std::vector<int64_t>(4, padding)}, {"group", groups}},
               {noise({kernels, channels(x) / groups, size, size}), noise({kernels})});
  }

  int batch_norm(int x) {
    const int64_t n = channels(x);
    return add("batch_norm", {x}, {{"epsilon", 1e-3}}, {noise({n}), noise({n}), noise({n}), noise({n}).square() + 0.1});
  }

  int relu(int x) { return add("relu", {x}); }

  /// scale · x + shift with single numbers; undefined where they are 1 and 0.
  int line(int x, double scale, double shift) {
    const auto number = [](double value, double none) {
      return value == none ? Tensor() : at::full({}, value, at::kDouble);
    };
    return add("affine", {x}, {}, {number(scale, 1), number(shift, 0)});
  }

  /// How many nodes are of a type.
  static int64_t count(const Network& network, const std::string& type) {
    return std::count_if(network.nodes.begin(), network.nodes.end(),
                         [&](const Node& node) { return node.layer.type->name == type; });
  }
};

/// The largest difference between the scores of two networks on one batch of noise, relative to the largest score.
inline double difference(const Network& a, const Network& b) {
  Shape shape = a.input_shape();
  shape.insert(shape.begin(), 3);
  const Tensor input = normal_noise(shape, 99).to(at::kDouble);
  const Tensor one = logits(a, input), other = logits(b, input);
  if (one.sizes() != other.sizes()) return INFINITY;
  return ((one - other).abs().max() / one.abs().max()).item<double>();
}

}  // namespace limpid
