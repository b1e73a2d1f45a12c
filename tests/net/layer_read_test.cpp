// SPDX-License-Identifier: Apache-2.0
// How layer types read ONNX operators whose form changed between opsets, and what they say to those they cannot read.
#include "limpid/core/error.h"
#include "limpid/net/operator.h"

namespace limpid {
namespace {

using Numbers = std::vector<int64_t>;
using ::testing::HasSubstr;

Operand signal(Shape shape) { return {{}, std::move(shape), true}; }
Operand constant(Tensor value) { return {std::move(value), {}, false}; }
Operand whole(const Numbers& values) { return constant(at::tensor(values, at::kLong)); }

Layer read(const Operator& op) {
  for (const LayerType* type : layer_types()) {
    if (std::count(type->operators.begin(), type->operators.end(), op.type) == 0) continue;
    if (const std::optional<Layer> layer = type->read(op)) return *layer;
  }
  fail("no layer type reads ", op.type);
}

Layer read(std::string type, int64_t opset, std::vector<Operand> inputs, Attributes attributes = {}) {
  return read(Operator{std::move(type), "n", opset, std::move(attributes), std::move(inputs)});
}

std::string message_of(std::string type, int64_t opset, std::vector<Operand> inputs, Attributes attributes = {}) {
  try {
    read(std::move(type), opset, std::move(inputs), std::move(attributes));
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

Shape shape_of(const Layer& layer) { return layer.attributes.integers("shape"); }

TEST(ReadClip, TakesBoundsFromAttributesAndFromInputs) {
  const Layer old = read("Clip", 6, {signal({3})}, {{"min", 0.0}, {"max", 6.0}});
  const Layer now = read("Clip", 11, {signal({3}), constant(at::tensor(0.0f)), constant(at::tensor(6.0f))});
  for (const Layer& layer : {old, now}) {
    EXPECT_EQ(layer.attributes.number("min", -1), 0);
    EXPECT_EQ(layer.attributes.number("max", -1), 6);
  }
}

TEST(ReadClip, LeavesAMissingBoundOpen) {
  const Layer layer = read("Clip", 11, {signal({3}), Operand(), constant(at::tensor(1.0f))});
  EXPECT_FALSE(layer.attributes.has("min"));
  EXPECT_EQ(layer.attributes.number("max", -1), 1);
}

TEST(ReadClip, IsAlsoAMaximumWithANumber) {
  const Layer layer = read("Max", 13, {constant(at::tensor(0.0f)), signal({3})});
  EXPECT_EQ(layer.type->name, "clip");
  EXPECT_EQ(layer.attributes.number("min", -1), 0);
  EXPECT_THAT(message_of("Max", 13, {signal({3}), signal({3})}), HasSubstr("a signal against one number"));
}

TEST(ReadReshape, ResolvesCopiedAndOpenSizes) {
  EXPECT_EQ(shape_of(read("Reshape", 13, {signal({4, 5, 6}), whole({0, 0, -1})})), Shape({4, 30}));
  EXPECT_EQ(shape_of(read("Reshape", 13, {signal({4, 5, 6}), whole({-1, 120})})), Shape({120}));
  EXPECT_EQ(shape_of(read("Reshape", 13, {signal({4, 5, 6}), whole({1, -1})})), Shape({120}));
}

TEST(ReadReshape, RefusesToMixImages) {
  EXPECT_THAT(message_of("Reshape", 13, {signal({4, 6}), whole({8, -1})}), HasSubstr("batch"));
  EXPECT_THAT(message_of("Reshape", 13, {signal({4, 6}), whole({-1, 6})}), HasSubstr("4x6 cannot be reshaped to 6"));
  EXPECT_THAT(message_of("Flatten", 13, {signal({4, 6})}, {{"axis", int64_t{2}}}), HasSubstr("joined with the batch"));
  EXPECT_THAT(message_of("Squeeze", 13, {signal({4, 1}), whole({0})}), HasSubstr("batch"));
}

TEST(ReadReshape, SqueezesAndUnsqueezesByAttributeAndByInput) {
  EXPECT_EQ(shape_of(read("Squeeze", 11, {signal({4, 1, 1})}, {{"axes", Numbers{2, 3}}})), Shape({4}));
  EXPECT_EQ(shape_of(read("Squeeze", 13, {signal({1, 4, 1}), whole({-1})})), Shape({1, 4}));
  EXPECT_EQ(shape_of(read("Unsqueeze", 11, {signal({4})}, {{"axes", Numbers{2, 3}}})), Shape({4, 1, 1}));
  EXPECT_EQ(shape_of(read("Unsqueeze", 13, {signal({4, 5}), whole({-1, 1})})), Shape({1, 4, 5, 1}));
}

TEST(ReadSlice, TakesAttributesOrInputsAndLeavesTheWholeBatchOut) {
  const Layer old = read("Slice", 9, {signal({4, 6})},
                         {{"starts", Numbers{0, 1}}, {"ends", Numbers{INT64_MAX, 3}}, {"axes", Numbers{0, 1}}});
  const Layer now = read("Slice", 13, {signal({4, 6}), whole({1}), whole({3}), whole({-2})});
  for (const Layer& layer : {old, now}) {
    EXPECT_EQ(layer.attributes.integers("starts"), Numbers{1});
    EXPECT_EQ(layer.attributes.integers("axes"), Numbers{1});
  }
  EXPECT_THAT(message_of("Slice", 13, {signal({4, 6}), whole({0}), whole({1}), whole({0})}), HasSubstr("batch"));
}

// From Python: x[:, 5:0:-2], x[:, -3:], x[:, ::-1] and an empty part of x = 0 … 5.
TEST(ReadSlice, PicksWhatPythonPicks) {
  const auto picked = [](int64_t start, int64_t end, int64_t step) {
    const Layer layer = read("Slice", 13, {signal({6}), whole({start}), whole({end}), whole({1}), whole({step})});
    return layer.type->forward(layer, {at::arange(6, at::kFloat).unsqueeze(0)}, nullptr);
  };
  const auto row = [](std::vector<float> values) { return at::tensor(values).unsqueeze(0); };
  EXPECT_TRUE(at::equal(picked(5, 0, -2), row({5, 3, 1})));
  EXPECT_TRUE(at::equal(picked(-3, 100, 1), row({3, 4, 5})));
  EXPECT_TRUE(at::equal(picked(-1, INT64_MIN, -1), row({5, 4, 3, 2, 1, 0})));
  EXPECT_EQ(picked(4, 2, 1).size(1), 0);
}

TEST(ReadResize, KnowsTheFormsOfAllOpsets) {
  const Tensor twice = at::tensor({1.0f, 1.0f, 2.0f, 2.0f});
  const Layer upsample = read("Upsample", 9, {signal({3, 4, 5}), constant(twice)});
  const Layer by_size =
      read("Resize", 13, {signal({3, 4, 5}), Operand(), constant(at::empty({0})), whole({1, 3, 8, 10})});
  EXPECT_EQ(upsample.attributes.text("coordinate_transformation_mode", ""), "asymmetric");
  EXPECT_EQ(upsample.attributes.text("nearest_mode", ""), "floor");
  EXPECT_EQ(by_size.attributes.text("coordinate_transformation_mode", ""), "half_pixel");
  for (const Layer& layer : {upsample, by_size}) EXPECT_EQ(layer.attributes.integers("sizes"), Numbers({3, 8, 10}));
}

TEST(ReadResize, NamesAModeItDoesNotKnow) {
  EXPECT_THAT(message_of("Resize", 13, {signal({3})}, {{"mode", std::string("cubic")}}),
              HasSubstr("mode is 'cubic'; it may be: nearest, linear, bilinear"));
}

// PyTorch's interpolate on the same numbers: align_corners as it says, otherwise pytorch_half_pixel.
TEST(Resize, AgreesWithPyTorchsInterpolation) {
  const Tensor x = normal_noise({2, 3, 5, 7}, 1);
  const Numbers sizes = {8, 4};
  for (const bool corners : {false, true}) {
    const std::string way = corners ? "align_corners" : "pytorch_half_pixel";
    const Layer layer = {
        &layer_type("resize"),
        {{"mode", std::string("linear")}, {"coordinate_transformation_mode", way}, {"sizes", Numbers{3, 8, 4}}}};
    const Tensor expected = at::upsample_bilinear2d(x, sizes, corners);
    EXPECT_TRUE(at::allclose(layer.type->forward(layer, {x}, nullptr), expected, 1e-5, 1e-6)) << way;
  }
  const Layer nearest =
      read("Resize", 13, {signal({3, 5, 7}), Operand(), Operand(), whole({2, 3, 8, 4})},
           {{"coordinate_transformation_mode", std::string("asymmetric")}, {"nearest_mode", std::string("floor")}});
  EXPECT_TRUE(at::equal(nearest.type->forward(nearest, {x}, nullptr), at::upsample_nearest2d(x, sizes)));
}

TEST(Pad, AgreesWithPyTorchsReflectionAndReplication) {
  const Tensor x = normal_noise({2, 3, 5, 7}, 1);
  const Numbers pads = {0, 0, 1, 2, 0, 0, 3, 4};  // rows 1 and 3, columns 2 and 4
  const auto padded = [&](const char* mode) {
    const Layer layer = read("Pad", 11, {signal({3, 5, 7}), whole(pads)}, {{"mode", std::string(mode)}});
    return layer.type->forward(layer, {x}, nullptr);
  };
  EXPECT_TRUE(at::equal(padded("reflect"), at::reflection_pad2d(x, {2, 4, 1, 3})));
  EXPECT_TRUE(at::equal(padded("edge"), at::replication_pad2d(x, {2, 4, 1, 3})));
}

TEST(Normalization, AgreesWithPyTorch) {
  const Tensor x = normal_noise({2, 4, 5, 7}, 1), weight = normal_noise({4}, 2), bias = normal_noise({4}, 3);
  const auto got = [&](const char* type, Attributes attributes, const Tensor& w, const Tensor& b) {
    const Layer layer = {&layer_type(type), std::move(attributes), {w, b}};
    return layer.type->forward(layer, {dense(x)}, nullptr);
  };
  EXPECT_TRUE(at::allclose(got("group_norm", {{"groups", int64_t{2}}}, weight, bias),
                           at::group_norm(x, 2, weight, bias), 1e-4, 1e-5));
  EXPECT_TRUE(at::allclose(got("instance_norm", {}, weight, bias),
                           at::instance_norm(x, weight, bias, {}, {}, true, 0, 1e-5, false), 1e-4, 1e-5));
  const Tensor last = normal_noise({7}, 4);
  EXPECT_TRUE(at::allclose(got("layer_norm", {{"axes", Numbers{3}}}, last, last), at::layer_norm(x, {7}, last, last),
                           1e-4, 1e-5));
}

// d = 1 + 2 / 3 · (sum of squares of a channel and its neighbours), by hand for x = 1, 2, 3.
TEST(Lrn, DividesByThePowerOfNeighbouringSquares) {
  const Layer layer =
      read("LRN", 13, {signal({3, 1})}, {{"size", int64_t{3}}, {"alpha", 2.0}, {"beta", 1.0}, {"bias", 1.0}});
  const Tensor y = layer.type->forward(layer, {at::tensor({1.0f, 2.0f, 3.0f}).reshape({1, 3, 1})}, nullptr);
  const double thirds[] = {1 + 2.0 / 3 * 5, 1 + 2.0 / 3 * 14, 1 + 2.0 / 3 * 13};
  for (int64_t c = 0; c < 3; ++c) EXPECT_NEAR(y[0][c][0].item<double>(), static_cast<double>(c + 1) / thirds[c], 1e-6);
}

TEST(ReadMean, OfAllPositionsAndOfGivenAxes) {
  EXPECT_EQ(read("GlobalAveragePool", 9, {signal({3, 4, 5})}).attributes.integers("axes"), Numbers({2, 3}));
  const Layer layer =
      read("ReduceMean", 13, {signal({3, 4, 5})}, {{"axes", Numbers{-1, -2}}, {"keepdims", int64_t{0}}});
  EXPECT_EQ(layer.attributes.integers("axes"), Numbers({2, 3}));
  EXPECT_EQ(layer.attributes.integer("keepdims", 1), 0);
  EXPECT_THAT(message_of("ReduceMean", 13, {signal({3, 4})}, {{"axes", Numbers{0}}}), HasSubstr("batch"));
}

TEST(ReadMaxPool, OfAllPositionsHasAWindowOfTheWholePlane) {
  const Layer layer = read("GlobalMaxPool", 13, {signal({3, 4, 5})});
  const Tensor x = normal_noise({2, 3, 4, 5}, 1);
  Tensor memory;
  EXPECT_TRUE(at::equal(layer.type->forward(layer, {dense(x)}, &memory), at::amax(x, {2, 3}, true)));
}

TEST(ReadSoftmax, CountsItsAxisFromTheEndSinceOpset13) {
  EXPECT_EQ(read("Softmax", 13, {signal({3, 4})}).attributes.integer("axis", 0), 2);
  EXPECT_THROW(read("Softmax", 13, {signal({3, 4})}, {{"axis", int64_t{0}}}), Error);
}

TEST(ReadDiv, TakesAConstantAboveASignal) {
  const Layer layer = read("Div", 13, {constant(at::tensor(2.0f)), signal({3})});
  EXPECT_EQ(layer.type->name, "div");
  const Tensor y = layer.type->forward(layer, {at::full({1, 3}, 4.0f)}, nullptr);
  EXPECT_TRUE(at::equal(y, at::full({1, 3}, 0.5f)));
}

TEST(ReadOperator, ErrorsNameTheNodeAndTheOperator) {
  EXPECT_THAT(message_of("Transpose", 13, {signal({3, 4})}, {{"perm", Numbers{1, 0, 2}}}),
              HasSubstr("node 'n' (Transpose, opset 13) cannot be read"));
}

}  // namespace
}  // namespace limpid
