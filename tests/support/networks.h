// SPDX-License-Identifier: Apache-2.0
#pragma once
// Small networks with random weights for tests, float64.

#include "limpid/net/network.h"

namespace limpid::testing {

/// Reproducible normal numbers, float64.
Tensor random(at::IntArrayRef shape, uint64_t seed);

/// conv with "same" padding and a bias; weight [out, in, kernel, kernel].
Layer random_conv(int64_t in, int64_t out, int64_t kernel, uint64_t seed);
Layer random_dense(int64_t in, int64_t out, uint64_t seed);
Layer max_pool_2x2();

/// conv1 relu1 pool1 conv2 relu2 (one kernel a class) gap flatten; input [2, 8, 8], four classes.
Network class_map_network();

/// conv1 relu1 pool1 conv2 relu2 gap flatten fc; input [2, 8, 8], four classes.
Network gap_network();

/// conv1 relu1 pool1 conv2 relu2 flatten fc1 relu3 fc2; input [2, 8, 8], four classes.
Network dense_head_network();

/// A convolution and the ReLU behind it; gives the latter.
int append_conv_relu(Network& network, const std::string& name, int64_t channels, int64_t kernel, int input,
                     uint64_t seed);

/// squeeze, expand1 beside expand3, joined.
int append_fire(Network& network, const std::string& name, int64_t squeezed, int64_t expanded, int input,
                uint64_t seed);

/// Largest absolute difference.
double distance(const Tensor& a, const Tensor& b);

}  // namespace limpid::testing
