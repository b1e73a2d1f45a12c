// SPDX-License-Identifier: Apache-2.0
#include "limpid/net/canonize.h"
#include "support/sketch.h"

namespace limpid {
namespace {

Attributes mean_over_positions(int64_t keepdims) {
  return {{"axes", std::vector<int64_t>{2, 3}}, {"keepdims", keepdims}};
}

int add_dense(Sketch& sketch, int x, int64_t classes) {
  return sketch.add("dense", {x}, {}, {sketch.noise({classes, sketch.channels(x)}), sketch.noise({classes})});
}

Sketch features() {
  Sketch sketch({3, 6, 5});
  sketch.relu(sketch.conv(0, 4, 3, 1));
  return sketch;
}

void expect_class_convolution(const Network& network, const std::string& dense_name) {
  const Network rewritten = class_convolution(network);
  EXPECT_LE(difference(network, rewritten), kRounding);
  EXPECT_EQ(rewritten[rewritten.output].shape, network[network.output].shape);
  const auto maps = class_maps(rewritten);
  ASSERT_TRUE(maps);
  EXPECT_EQ(rewritten[maps->convolution].name, dense_name);
  EXPECT_EQ(maps->maps, maps->convolution);
  EXPECT_EQ(rewritten[maps->convolution].shape, (Shape{7, 6, 5}));
  for (const Node& node : network.nodes) EXPECT_NO_THROW(node_named(rewritten, node.name)) << node.name;
}

TEST(ClassConvolution, MovesTheDenseLayerBeforeTheMean) {
  Sketch sketch = features();
  const int mean = sketch.add("mean", {2}, mean_over_positions(1));
  add_dense(sketch, sketch.add("reshape", {mean}, {{"shape", std::vector<int64_t>{4}}}), 7);
  expect_class_convolution(sketch.network, "dense_5");
}

TEST(ClassConvolution, WorksWithoutAFlatteningLayer) {
  Sketch sketch = features();
  add_dense(sketch, sketch.add("mean", {2}, mean_over_positions(0)), 7);
  expect_class_convolution(sketch.network, "dense_4");
}

TEST(ClassConvolution, TakesAnAveragePoolingOfTheWholePlaneAndSeveralViews) {
  Sketch sketch = features();
  int x = sketch.add("average_pool", {2}, {{"kernel_shape", std::vector<int64_t>{6, 5}}});
  x = sketch.add("reshape", {x}, {{"shape", std::vector<int64_t>{4, 1}}});
  x = add_dense(sketch, sketch.add("reshape", {x}, {{"shape", std::vector<int64_t>{4}}}), 7);
  sketch.add("reshape", {x}, {{"shape", std::vector<int64_t>{7}}});
  expect_class_convolution(sketch.network, "dense_6");
}

TEST(ClassConvolution, LeavesOtherHeadsAsTheyAre) {
  Sketch pooled = features();
  int x = pooled.add("average_pool", {2}, {{"kernel_shape", std::vector<int64_t>{3, 5}}});
  add_dense(pooled, pooled.add("reshape", {x}, {{"shape", std::vector<int64_t>{16}}}), 7);
  Sketch hidden = features();
  add_dense(hidden, hidden.relu(add_dense(hidden, hidden.add("mean", {2}, mean_over_positions(0)), 5)), 7);
  Sketch shared = features();
  x = shared.add("mean", {2}, mean_over_positions(0));
  shared.add("add", {add_dense(shared, x, 4), x});
  for (const Sketch* sketch : {&pooled, &hidden, &shared}) {
    EXPECT_EQ(class_convolution(sketch->network).size(), sketch->network.size());
    EXPECT_FALSE(class_maps(class_convolution(sketch->network)));
  }
}

TEST(ClassMaps, AreFoundBehindAnActivation) {
  Sketch sketch = features();
  const int conv = sketch.conv(2, 10, 1, 0);
  const int mean = sketch.add("mean", {sketch.relu(conv)}, mean_over_positions(1));
  sketch.add("reshape", {mean}, {{"shape", std::vector<int64_t>{10}}});
  const auto maps = class_maps(sketch.network);
  ASSERT_TRUE(maps);
  EXPECT_EQ(maps->convolution, conv);
  EXPECT_EQ(maps->maps, conv + 1);
  EXPECT_EQ(maps->pooling, mean);
}

}  // namespace
}  // namespace limpid
