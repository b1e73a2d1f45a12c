// SPDX-License-Identifier: Apache-2.0
#pragma once
// The network that speed is measured on: an All-CNN with pooling, random weights (He), 32x32 colour inputs, ten
// classes.

#include "limpid/net/network.h"

namespace limpid::benchmarks {

inline int conv_relu(Network& network, const std::string& name, int64_t in, int64_t out, int64_t kernel) {
  const int64_t pad = kernel / 2;
  const double deviation = std::sqrt(2.0 / static_cast<double>(in * kernel * kernel));
  const Tensor weight =
      dense(normal_noise({out, in, kernel, kernel}, static_cast<uint64_t>(network.size())) * deviation);
  const Layer conv{
      &layer_type("conv"), {{"pads", std::vector<int64_t>{pad, pad, pad, pad}}}, {weight, at::zeros({out})}};
  append(network, name, conv, {network.output});
  return append(network, name + "/relu", Layer{&layer_type("relu")}, {network.output});
}

inline int pool(Network& network, const std::string& name) {
  const std::vector<int64_t> three = {3, 3}, two = {2, 2};
  const Layer layer{&layer_type("max_pool"), {{"kernel_shape", three}, {"strides", two}}};
  return append(network, name, layer, {network.output});
}

/// Nine convolutions, 96 and 192 channels, one kernel a class, global averaging.
inline Network all_cnn() {
  Network network = network_with_input("data", {3, 32, 32});
  conv_relu(network, "conv1", 3, 96, 3);
  conv_relu(network, "conv2", 96, 96, 3);
  conv_relu(network, "conv3", 96, 96, 3);
  pool(network, "pool1");
  conv_relu(network, "conv4", 96, 192, 3);
  conv_relu(network, "conv5", 192, 192, 3);
  conv_relu(network, "conv6", 192, 192, 3);
  pool(network, "pool2");
  conv_relu(network, "conv7", 192, 192, 3);
  conv_relu(network, "conv8", 192, 192, 1);
  conv_relu(network, "conv9", 192, 10, 1);
  append(network, "gap", Layer{&layer_type("average_pool"), {{"kernel_shape", std::vector<int64_t>{7, 7}}}},
         {network.output});
  append(network, "flatten", Layer{&layer_type("reshape"), {{"shape", std::vector<int64_t>{10}}}}, {network.output});
  return network;
}

}  // namespace limpid::benchmarks
