// SPDX-License-Identifier: Apache-2.0
#include "limpid/net/partial.h"

#include <numeric>

#include "support/layer_examples.h"
#include "support/sketch.h"

namespace limpid {
namespace {

using Numbers = std::vector<int64_t>;

/// Boxes of an image in its corners, at its edges and inside, of one pixel up to all of it.
std::vector<Box> boxes_of(int64_t rows, int64_t columns) {
  std::vector<Box> boxes = {{0, 0, rows, columns}, {rows - 1, columns - 1, 1, 1}, {0, columns / 2, 1, 1}};
  for (const int64_t size : {1, 3, 4}) {
    const int64_t h = std::min(size, rows), w = std::min(size, columns);
    for (const int64_t row : {int64_t{0}, (rows - h) / 3, (rows - h) / 2, rows - h})
      for (const int64_t column : {int64_t{0}, (columns - w) / 2, columns - w}) boxes.push_back({row, column, h, w});
  }
  return boxes;
}

std::vector<Tensor> patches_for(const std::vector<Box>& boxes, int64_t channels, at::ScalarType type) {
  std::vector<Tensor> patches;
  for (const Box& box : boxes)
    patches.push_back(normal_noise({channels, box.rows, box.columns}, patches.size() + 100).abs().to(type));
  return patches;
}

/// The second implementation: every copy goes through the whole network.
std::vector<Tensor> recomputed(const Network& network, const Tensor& image, const std::vector<Box>& boxes,
                               const std::vector<Tensor>& patches, const std::vector<int>& nodes) {
  std::vector<Tensor> copies;
  for (size_t m = 0; m < boxes.size(); ++m) {
    const Box& box = boxes[m];
    const Tensor copy = image.contiguous().clone();
    as_plane(copy).narrow(1, box.row, box.rows).narrow(2, box.column, box.columns).copy_(patches[m]);
    copies.push_back(copy);
  }
  return values_at(network, at::stack(copies), nodes);
}

/// Boxes alone, three of one size at different places, and all in the batches chosen.
std::vector<Numbers> groupings(const PartialForward& partial, const std::vector<Box>& boxes) {
  std::vector<Numbers> all = partial.batches(boxes, 1, 1);
  for (const Numbers& batch : partial.batches(boxes, 1, 1 << 20)) all.push_back(batch);
  for (int64_t first = 3; first + 2 < static_cast<int64_t>(boxes.size()); first += 3)
    all.push_back({first, first + 1, first + 2});
  return all;
}

template <class T>
std::vector<T> chosen(const std::vector<T>& from, const Numbers& numbers) {
  std::vector<T> some;
  for (const int64_t number : numbers) some.push_back(from[static_cast<size_t>(number)]);
  return some;
}

/// The largest difference at any node, relative to the node's largest value.
double worst(const Network& network, at::ScalarType type = at::kDouble) {
  Shape shape = network.input_shape();
  shape.insert(shape.begin(), 2);
  const Tensor input = normal_noise(shape, 5).abs().to(type);
  const Activations activations = forward(network, input);
  std::vector<int> nodes(static_cast<size_t>(network.size()));
  std::iota(nodes.begin(), nodes.end(), 0);
  const PartialForward partial(network, activations, 1, nodes);
  const Tensor plane = as_plane(input[1]);
  const std::vector<Box> boxes = boxes_of(plane.size(1), plane.size(2));
  const std::vector<Tensor> patches = patches_for(boxes, plane.size(0), type);
  const std::vector<Tensor> expected = recomputed(network, input[1], boxes, patches, nodes);
  double largest = 0;
  for (const Numbers& numbers : groupings(partial, boxes)) {
    const std::vector<Tensor> values = partial(chosen(boxes, numbers), chosen(patches, numbers));
    for (size_t i = 0; i < nodes.size(); ++i) {
      const Tensor wanted = expected[i].index_select(0, at::tensor(numbers, at::kLong));
      EXPECT_EQ(values[i].sizes(), wanted.sizes()) << network[nodes[i]].name;
      const double error = ((values[i] - wanted).abs().max() / expected[i].abs().max()).item<double>();
      EXPECT_FALSE(error > 1e-4) << network[nodes[i]].name;
      largest = std::max(largest, error);
    }
  }
  return largest;
}

void classify(Sketch& net, int x) {
  const int mean = net.add("mean", {x}, {{"axes", Numbers{2, 3}}});
  const int flat = net.add("reshape", {mean}, {{"shape", Numbers{net.channels(x)}}});
  net.add("dense", {flat}, {}, {net.noise({5, net.channels(x)}), net.noise({5})});
}

int pool(Sketch& net, const char* type, int x, Numbers kernel, Numbers strides, Numbers pads, bool ceil = false,
         bool count = false) {
  return net.add(type, {x},
                 {{"kernel_shape", kernel},
                  {"strides", strides},
                  {"pads", pads},
                  {"ceil_mode", int64_t{ceil}},
                  {"count_include_pad", int64_t{count}}});
}

TEST(PartialForward, IsExactThroughConvolutionsAndPoolingsOfEveryGeometry) {
  Sketch net({3, 29, 26});
  const auto noise = [&](Shape shape) { return net.noise(shape); };
  int x = net.add("conv", {0}, {{"strides", Numbers{2, 1}}, {"pads", Numbers{0, 2, 3, 1}}}, {noise({6, 3, 5, 4}), {}});
  x = net.add("conv", {net.relu(x)}, {{"dilations", Numbers{2, 3}}, {"pads", Numbers(4, 2)}, {"group", int64_t{2}}},
              {noise({8, 3, 3, 3}), noise({8})});
  x = pool(net, "max_pool", x, {3, 3}, {2, 2}, {0, 0, 0, 0}, true);
  x = pool(net, "average_pool", x, {3, 3}, {1, 1}, {1, 1, 1, 1}, false, true);
  x = net.relu(net.conv(x, 6, 3, 1));
  x = pool(net, "max_pool", x, {2, 3}, {2, 2}, {1, 0, 0, 1}, true);
  x = net.conv(x, 7, 1, 0);
  classify(net, x);
  EXPECT_LT(worst(net.network), 1e-12);
}

TEST(PartialForward, IsExactThroughResidualsConcatenationsAndViews) {
  Sketch net({3, 24, 30});
  int x = net.relu(net.conv(0, 6, 3, 1));
  x = net.add("concat", {net.relu(net.conv(x, 4, 1, 0)), net.relu(net.conv(x, 4, 3, 1))}, {{"axis", int64_t{1}}});
  const int first = net.add("slice", {x}, {{"starts", Numbers{0}}, {"ends", Numbers{4}}, {"axes", Numbers{1}}});
  const int second = net.add("slice", {x}, {{"starts", Numbers{4}}, {"ends", Numbers{8}}, {"axes", Numbers{1}}});
  x = net.add("add", {net.conv(net.relu(net.conv(first, 4, 5, 2)), 4, 3, 1), second});
  x = net.add("pad", {net.batch_norm(x)}, {{"pads", Numbers{0, 0, 1, 2, 0, 0, -2, 1}}, {"value", 1.5}});
  x = net.add("lrn", {net.conv(x, 8, 3, 0)}, {{"size", int64_t{3}}});
  const int narrow = net.add("conv", {x}, {{"strides", Numbers{2, 2}}}, {net.noise({8, 8, 1, 1}), Tensor()});
  const int wide =
      net.add("conv", {x}, {{"strides", Numbers{2, 2}}, {"pads", Numbers(4, 1)}}, {net.noise({8, 8, 3, 3}), Tensor()});
  classify(net, net.add("mul", {narrow, wide}));
  EXPECT_LT(worst(net.network), 1e-12);
}

TEST(PartialForward, IsExactBehindLayersThatLookAtAllPositions) {
  Sketch net({3, 20, 20});
  int x = net.relu(net.conv(0, 4, 3, 1));
  x = pool(net, "average_pool", x, {3, 3}, {1, 1}, {1, 1, 1, 1});
  const int gate =
      net.add("sigmoid", {net.conv(net.add("mean", {x}, {{"axes", Numbers{2, 3}}}), 4, 1, 0)});  // squeeze, excite
  x = net.conv(net.add("mul", {x, gate}), 4, 3, 1);
  x = net.add("resize", {x}, {{"sizes", Numbers{4, 30, 30}}, {"mode", std::string("linear")}});
  x = net.add("conv_transpose", {net.conv(x, 4, 3, 1)}, {{"strides", Numbers{2, 2}}}, {net.noise({4, 3, 2, 2}), {}});
  classify(net, net.relu(x));
  EXPECT_LT(worst(net.network), 1e-12);
}

TEST(PartialForward, TakesSignalsAndVectors) {
  Sketch signal({3, 20});
  signal.relu(signal.add("conv", {0}, {{"pads", Numbers{1, 1}}}, {signal.noise({4, 3, 3}), signal.noise({4})}));
  EXPECT_LT(worst(signal.network), 1e-12);
  Sketch vector({6});
  vector.add("dense", {0}, {}, {vector.noise({3, 6}), vector.noise({3})});
  EXPECT_LT(worst(vector.network), 1e-12);
}

TEST(PartialForward, IsExactForEveryLayerType) {
  for (const LayerExample& example : layer_examples()) {
    if (example.inputs.size() != 1 || example.inputs[0].size() != 3) continue;
    Network network = network_with_input("input", example.inputs[0]);
    const Tensor output = example.layer.type->forward(example.layer, example_inputs(example, 1), nullptr);
    network.nodes.push_back({example.name, example.layer, {0}, output.sizes().slice(1).vec()});
    network.output = 1;
    EXPECT_LT(worst(network), 1e-12) << example.name;
  }
}

/// Eight convolutions of stride 1, one pooling.
Network deep() {
  Sketch net({3, 48, 48});
  int x = 0;
  for (int i = 0; i < 4; ++i) x = net.relu(net.conv(x, 8, 3, 1));
  x = pool(net, "max_pool", x, {3, 3}, {2, 2}, {0, 0, 0, 0});
  for (int i = 0; i < 4; ++i) x = net.relu(net.conv(x, 8, 3, 1));
  classify(net, x);
  return net.network;
}

TEST(PartialForward, OfFloatsIsExactToRounding) { EXPECT_LT(worst(moved(deep(), at::kCPU), at::kFloat), 1e-5); }

int64_t positions_convolved = 0;  // by the layer type below

TEST(PartialForward, ComputesLessThanAThirdForASmallBoxInADeepNetwork) {
  LayerType counting = layer_type("conv");
  counting.forward = [](const Layer& layer, const std::vector<Tensor>& inputs, Tensor* memory) {
    const Tensor result = layer_type("conv").forward(layer, inputs, memory);
    positions_convolved += result.numel();
    return result;
  };
  Network network = deep();
  for (Node& node : network.nodes)
    if (node.layer.type == &layer_type("conv")) node.layer.type = &counting;
  positions_convolved = 0;
  const Activations activations = forward(network, at::ones({1, 3, 48, 48}, at::kDouble));
  const int64_t whole = positions_convolved;
  const PartialForward partial(network, activations, 0, {network.output});
  positions_convolved = 0;
  const std::vector<Box> boxes = {{0, 0, 4, 4}, {21, 20, 4, 4}, {44, 3, 4, 4}};
  partial(boxes, std::vector<Tensor>(3, at::zeros({1, 1, 1}, at::kDouble)));
  EXPECT_GT(positions_convolved, 0);
  EXPECT_LT(positions_convolved, whole);  // three copies
}

TEST(PartialForward, BatchesHoldEveryCopyOnceHoweverLittleMemoryThereIs) {
  const Network network = deep();
  const Activations activations = forward(network, at::ones({1, 3, 48, 48}, at::kDouble));
  const PartialForward partial(network, activations, 0, {network.output});
  std::vector<Box> boxes;
  for (int64_t row = 0; row <= 40; row += 4)
    for (int64_t column = 0; column <= 40; column += 8) boxes.push_back({row, column, 8, 8});
  for (const int64_t bytes : {int64_t{1}, int64_t{1} << 20, int64_t{1} << 30}) {
    Numbers seen;
    for (const Numbers& batch : partial.batches(boxes, 3, bytes)) {
      EXPECT_FALSE(batch.empty());
      EXPECT_TRUE(bytes > 1 || batch.size() == 1);
      seen.insert(seen.end(), batch.begin(), batch.end());
    }
    std::sort(seen.begin(), seen.end());
    Numbers all(boxes.size() * 3);
    std::iota(all.begin(), all.end(), 0);
    EXPECT_EQ(seen, all);
  }
  EXPECT_TRUE(partial.batches({}, 3, 1).empty());
}

}  // namespace
}  // namespace limpid
