// SPDX-License-Identifier: Apache-2.0
#include "support/networks.h"

#include <ATen/ATen.h>

namespace limpid::testing {
namespace {

Network features(int64_t channels) {
  Network network = network_with_input("data", {2, 8, 8});
  int node = append(network, "conv1", random_conv(2, 5, 3, 1), {0});
  node = append(network, "relu1", Layer{&layer_type("relu")}, {node});
  node = append(network, "pool1", max_pool_2x2(), {node});
  node = append(network, "conv2", random_conv(5, channels, 3, 2), {node});
  append(network, "relu2", Layer{&layer_type("relu")}, {node});
  return network;
}

void append_flatten(Network& network, int64_t size) {
  const Layer flatten{&layer_type("reshape"), {{"shape", std::vector<int64_t>{size}}}};
  append(network, "flatten", flatten, {network.output});
}

void append_gap(Network& network) {
  const Layer mean{&layer_type("average_pool"), {{"kernel_shape", std::vector<int64_t>{4, 4}}}};
  append(network, "gap", mean, {network.output});
  append_flatten(network, network[network.output].shape[0]);
}

}  // namespace

Tensor random(at::IntArrayRef shape, uint64_t seed) { return normal_noise(shape, seed).to(at::kDouble); }

Layer random_conv(int64_t in, int64_t out, int64_t kernel, uint64_t seed) {
  const int64_t pad = kernel / 2;
  return {&layer_type("conv"),
          {{"pads", std::vector<int64_t>{pad, pad, pad, pad}}},
          {random({out, in, kernel, kernel}, seed) * 0.5, random({out}, seed + 1000) * 0.1}};
}

Layer random_dense(int64_t in, int64_t out, uint64_t seed) {
  return {&layer_type("dense"), {}, {random({out, in}, seed) * 0.5, random({out}, seed + 1000) * 0.1}};
}

Layer max_pool_2x2() {
  const std::vector<int64_t> two = {2, 2};
  return {&layer_type("max_pool"), {{"kernel_shape", two}, {"strides", two}}};
}

Network class_map_network() {
  Network network = features(4);
  append_gap(network);
  return network;
}

Network gap_network() {
  Network network = features(6);
  append_gap(network);
  append(network, "fc", random_dense(6, 4, 3), {network.output});
  return network;
}

Network dense_head_network() {
  Network network = features(6);
  append_flatten(network, 96);
  append(network, "fc1", random_dense(96, 7, 3), {network.output});
  append(network, "relu3", Layer{&layer_type("relu")}, {network.output});
  append(network, "fc2", random_dense(7, 4, 4), {network.output});
  return network;
}

int append_conv_relu(Network& network, const std::string& name, int64_t channels, int64_t kernel, int input,
                     uint64_t seed) {
  const int conv = append(network, name, random_conv(network[input].shape[0], channels, kernel, seed), {input});
  return append(network, name + " relu", Layer{&layer_type("relu")}, {conv});
}

int append_fire(Network& network, const std::string& name, int64_t squeezed, int64_t expanded, int input,
                uint64_t seed) {
  const int squeeze = append_conv_relu(network, name + " squeeze", squeezed, 1, input, seed);
  const int one = append_conv_relu(network, name + " expand1", expanded, 1, squeeze, seed + 1);
  const int three = append_conv_relu(network, name + " expand3", expanded, 3, squeeze, seed + 2);
  return append(network, name, Layer{&layer_type("concat")}, {one, three});
}

double distance(const Tensor& a, const Tensor& b) { return (a - b).abs().max().item<double>(); }

}  // namespace limpid::testing
