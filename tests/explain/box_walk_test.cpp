// SPDX-License-Identifier: Apache-2.0
#include "limpid/explain/box_walk.h"

#include "limpid/explain/presets.h"
#include "limpid/net/canonize.h"
#include "support/networks.h"

namespace limpid {
namespace {

using limpid::testing::distance;
using limpid::testing::random;

Layer conv(int64_t in, int64_t out, std::vector<int64_t> kernel, std::vector<int64_t> pads, int64_t stride,
           int64_t dilation, int64_t groups, uint64_t seed) {
  return {&layer_type("conv"),
          {{"pads", std::move(pads)},
           {"strides", std::vector<int64_t>{stride, stride}},
           {"dilations", std::vector<int64_t>{dilation, dilation}},
           {"group", groups}},
          {random({out, in / groups, kernel[0], kernel[1]}, seed) * 0.5, random({out}, seed + 100) * 0.1}};
}

Layer max_pool(int64_t kernel, int64_t stride, std::vector<int64_t> pads, int64_t ceil) {
  return {&layer_type("max_pool"),
          {{"kernel_shape", std::vector<int64_t>{kernel, kernel}},
           {"strides", std::vector<int64_t>{stride, stride}},
           {"pads", std::move(pads)},
           {"ceil_mode", ceil}}};
}

int append_relu(Network& network) {
  return append(network, "relu" + std::to_string(network.size()), Layer{&layer_type("relu")}, {network.output});
}

/// Strides, dilation, groups, two different sides of padding, overlapping and padded pooling; input [2, 41, 37].
Network plain_network() {
  Network network = network_with_input("data", {2, 41, 37});
  append(network, "conv1", conv(2, 6, {3, 4}, {1, 2, 1, 0}, 1, 1, 1, 1), {0});
  append(network, "pool1", max_pool(3, 2, {1, 1, 1, 1}, 0), {append_relu(network)});
  append(network, "conv2", conv(6, 8, {3, 3}, {2, 2, 2, 2}, 1, 2, 2, 2), {network.output});
  append(network, "pool2", max_pool(3, 2, {0, 0, 0, 0}, 1), {append_relu(network)});
  append(network, "conv3", conv(8, 5, {3, 3}, {1, 1, 1, 1}, 2, 1, 1, 3), {network.output});
  return network;
}

/// Branches of different reach, added and concatenated; input [3, 31, 33].
Network branched_network() {
  Network network = network_with_input("data", {3, 31, 33});
  append(network, "conv1", conv(3, 6, {3, 3}, {1, 1, 1, 1}, 1, 1, 1, 1), {0});
  const int stem = append_relu(network);
  append(network, "one", conv(6, 4, {1, 1}, {0, 0, 0, 0}, 1, 1, 1, 2), {stem});
  const int one = append_relu(network);
  append(network, "three", conv(6, 4, {3, 3}, {1, 1, 1, 1}, 1, 1, 1, 3), {stem});
  const int three = append_relu(network);
  append(network, "concat", Layer{&layer_type("concat")}, {one, three});
  const int both = append(network, "pool", max_pool(2, 2, {0, 0, 0, 0}, 0), {network.output});
  const int inner = append(network, "inner", conv(8, 8, {5, 5}, {2, 2, 2, 2}, 1, 1, 1, 4), {both});
  append(network, "sum", Layer{&layer_type("add")}, {both, inner});
  append(network, "conv2", conv(8, 5, {3, 3}, {1, 1, 1, 1}, 1, 1, 1, 5), {append_relu(network)});
  return network;
}

/// All is looked at halfway; input [2, 21, 20].
Network normalised_network() {
  Network network = network_with_input("data", {2, 21, 20});
  append(network, "conv1", conv(2, 4, {3, 3}, {1, 1, 1, 1}, 1, 1, 1, 1), {0});
  append(network, "norm", Layer{&layer_type("instance_norm"), {}, {random({4}, 3), random({4}, 4)}}, {network.output});
  append(network, "conv2", conv(4, 5, {3, 3}, {1, 1, 1, 1}, 1, 1, 1, 5), {append_relu(network)});
  return network;
}

/// Holds boxes at the corners, borders and inside, of two images, against the walk of whole maps.
void expect_as_whole(const Network& network, const Composite& composite, int from, int64_t rows, int64_t columns) {
  Shape shape = network.input_shape();
  shape.insert(shape.begin(), 2);
  const Activations activations = forward(network, random(shape, 11));
  const Tensor& map = activations[from];
  const int64_t bottom = map.size(2) - rows, right = map.size(3) - columns;
  const Tensor places = at::tensor({int64_t{0}, int64_t{0}, bottom, right, int64_t{0}, right, bottom / 2, right / 2,
                                    bottom, int64_t{1}, bottom / 3, right},
                                   at::kLong)
                            .reshape({6, 2});
  const Tensor signal = random({6, map.size(1), rows, columns}, 12);
  const Tensor all = at::zeros({6, map.size(1), map.size(2), map.size(3)}, at::kDouble);
  for (int64_t m = 0; m < 6; ++m)
    all[m]
        .narrow(1, places[m][0].item<int64_t>(), rows)
        .narrow(2, places[m][1].item<int64_t>(), columns)
        .copy_(signal[m]);
  const Tensor expected = Walk(network, composite, from)(activations, all);
  const BoxWalk walk(network, composite, from, rows, columns);
  const Tensor found = walk.whole(walk(activations, {signal, places}));
  EXPECT_GT(expected.abs().max().item<double>(), 0);
  EXPECT_LT(distance(found, expected), 1e-12 * expected.abs().max().item<double>());
}

const std::vector<Composite>& composites() {
  static const std::vector<Composite> all = {linear_composite(), gradient_composite(), deconvnet_composite(),
                                             guided_composite(), authors_composite(),  lrp_preset("epsilon")};
  return all;
}

TEST(BoxWalk, GivesWhatTheWholeWalkGivesThroughWindowsOfAllKinds) {
  const Network network = plain_network();
  for (const Composite& composite : composites())
    for (const char* layer : {"conv3", "pool2", "conv2", "conv1"}) {
      SCOPED_TRACE(composite.name + " from " + layer);
      expect_as_whole(network, composite, node_named(network, layer), 1, 1);
      expect_as_whole(network, composite, node_named(network, layer), 2, 3);
    }
}

TEST(BoxWalk, GivesWhatTheWholeWalkGivesThroughBranches) {
  const Network network = branched_network();
  for (const Composite& composite : composites()) {
    SCOPED_TRACE(composite.name);
    expect_as_whole(network, composite, network.output, 1, 1);
  }
}

TEST(BoxWalk, WalksPreparedNetworksToo) {
  const Network network = moved(plain_network(), at::kCPU, Precision::kFloat64);
  expect_as_whole(network, linear_composite(), network.output, 1, 1);
}

TEST(BoxWalk, GivesTheWholeMapWhereALayerLooksAtAllOfIt) {
  const Network network = normalised_network();
  expect_as_whole(network, gradient_composite(), network.output, 1, 1);
  const Activations activations = forward(network, random({1, 2, 21, 20}, 2));
  const BoxWalk walk(network, gradient_composite(), network.output, 1, 1);
  const Crops crops = walk(activations, {random({1, 5, 1, 1}, 3), at::zeros({1, 2}, at::kLong)});
  EXPECT_EQ(shape_text(crops.values.sizes()), "1x2x21x20");
}

TEST(BoxWalk, GivesNoMoreThanTheBoxDependsOn) {
  const Network network = plain_network();
  const Activations activations = forward(network, random({2, 2, 41, 37}, 11));
  const BoxWalk walk(network, linear_composite(), node_named(network, "conv2"), 1, 1);
  const Tensor places = at::tensor({0, 0, 7, 5}, at::kLong).reshape({2, 2});
  const Crops crops = walk(activations, {random({2, 8, 1, 1}, 3), places});
  // A kernel of reach 5, pooling of 3 by 2, a kernel of 3 rows and 4 columns.
  EXPECT_EQ(shape_text(crops.values.sizes()), "2x2x13x14");
  EXPECT_TRUE(at::equal(crops.places, at::tensor({-6, -7, 8, 3}, at::kLong).reshape({2, 2})));
  EXPECT_EQ(crops.values[0].narrow(1, 0, 6).abs().max().item<double>(), 0);  // beyond the map
}

}  // namespace
}  // namespace limpid
