// SPDX-License-Identifier: Apache-2.0
#include "limpid/explain/clear.h"

#include "limpid/core/error.h"
#include "limpid/explain/method.h"
#include "limpid/explain/presets.h"
#include "limpid/explain/propagate.h"
#include "support/networks.h"

namespace limpid {
namespace {

using limpid::testing::distance;
using limpid::testing::random;

Tensor classes(int64_t images, const std::vector<int64_t>& list) {
  return at::tensor(list, at::kLong).expand({images, static_cast<int64_t>(list.size())}).contiguous();
}

struct ClearCase {
  explicit ClearCase(Network n) : network(std::move(n)) {}
  Network network;
  Activations activations = forward(network, random({3, 2, 8, 8}, 7));
  Tensor all = classes(3, {0, 1, 2, 3});
};

/// Equation 3 with ATen's own operations: conv1 relu1 pool1 conv2 relu2 gap.
Tensor by_equation(const ClearCase& c) {
  const Tensor w1 = c.network[1].layer.parameters[0], w2 = c.network[4].layer.parameters[0];
  const auto [pooled, switches] = at::max_pool2d_with_indices(c.activations[2], {2, 2}, {2, 2});
  std::vector<Tensor> maps;
  for (int64_t k = 0; k < 4; ++k) {
    Tensor z = at::zeros_like(c.activations[5]);
    z.select(1, k).copy_(c.activations[5].select(1, k));
    const Tensor at_pool = at::conv_transpose2d(z, w2, {}, 1, 1);
    maps.push_back(
        at::conv_transpose2d(at::max_unpool2d(at_pool.contiguous(), switches.contiguous(), {8, 8}), w1, {}, 1, 1));
  }
  return at::stack(maps, 1);
}

TEST(Clear, FollowsTheEquation) {
  const ClearCase c(limpid::testing::class_map_network());
  const Tensor maps = class_map_response(c.network, c.activations, linear_composite())(c.all);
  EXPECT_LT(distance(maps, by_equation(c)), 1e-12);
}

TEST(Clear, TheDominantClassHasTheLargestResponse) {
  const ClearCase c(limpid::testing::class_map_network());
  const Tensor responses = by_equation(c).sum(2);
  const Clear map = clear(class_map_response(c.network, c.activations, linear_composite()), c.all, {});
  EXPECT_LT(distance(map.level, responses.amax(1)), 1e-12);
  const Tensor none = map.dominant == -1;
  EXPECT_TRUE(at::equal(none, map.level <= 0));
  const Tensor own = responses.gather(1, map.dominant.to(at::kLong).clamp_min(0).unsqueeze(1)).squeeze(1);
  EXPECT_LT(distance(own.masked_fill(none, 0), map.level.masked_fill(none, 0)), 1e-12);
}

TEST(Clear, TheSumOfTheChannelsIsTheSumOfTheirMaps) {
  const ClearCase c(limpid::testing::class_map_network());
  const std::vector<Composite> composites = {linear_composite(), deconvnet_composite(), lrp_preset("epsilon-plus")};
  for (const Composite& composite : composites) {
    SCOPED_TRACE(composite.name);
    const Tensor each = class_map_response(c.network, c.activations, composite)(c.all);
    const Tensor sum = class_map_response(c.network, c.activations, composite, Channels::kSum)(c.all);
    EXPECT_EQ(sum.sizes(), (Shape{3, 4, 1, 8, 8}));
    EXPECT_LT(distance(sum, each.sum(2, true)), 1e-12);
  }
}

TEST(Clear, WalksInLowPrecisionAreNearThoseInDouble) {
  const Network wide = limpid::testing::class_map_network();
  const Tensor input = random({3, 2, 8, 8}, 7), all = classes(3, {0, 1, 2, 3});
  const std::vector<std::pair<Precision, double>> errors = {
      {Precision::kFloat32, 1e-5}, {Precision::kBf16x3, 1e-4}, {Precision::kBfloat16, 3e-2}};
  for (const Composite& composite :
       {linear_composite(), deconvnet_composite(), guided_composite(), gradient_composite()}) {
    const Activations exact = forward(wide, input);
    const Tensor expected = class_map_response(wide, exact, composite)(all);
    for (const auto& [precision, most] : errors) {
      SCOPED_TRACE(composite.name + " in " + precision_names()[static_cast<size_t>(precision)]);
      const Network network = moved(wide, at::kCPU, precision);
      const Activations activations = forward(network, input.to(at::kFloat));
      const Tensor maps = class_map_response(network, activations, composite)(all);
      EXPECT_EQ(maps.scalar_type(), at::kFloat);
      EXPECT_LT(((maps - expected).norm() / expected.norm()).item<double>(), most);
    }
  }
}

TEST(Clear, ChunksOfAnySizeAgree) {
  const ClearCase c(limpid::testing::class_map_network());
  const ClassResponse response = class_map_response(c.network, c.activations, deconvnet_composite());
  const Clear one = clear(response, c.all, {.strongest = 3, .chunk = 1});
  const Clear all = clear(response, c.all, {.strongest = 3, .chunk = 4});
  EXPECT_TRUE(at::equal(one.dominant, all.dominant));
  EXPECT_LT(distance(one.strongest_levels, all.strongest_levels), 1e-12);
  EXPECT_TRUE(at::equal(one.strongest, all.strongest));
}

TEST(Clear, TiesGoToTheLowestClassHoweverTheyAreListed) {
  const ClassResponse same = [](const Tensor& some) { return at::ones({1, some.size(1), 1, 2, 2}); };
  for (const int64_t chunk : {1, 2, 3}) {
    const Clear map = clear(same, classes(1, {2, 0, 1}), {.strongest = 2, .chunk = chunk});
    EXPECT_TRUE((map.dominant == 0).all().item<bool>());
    EXPECT_TRUE((map.strongest.select(1, 1) == 1).all().item<bool>());
  }
}

TEST(Clear, ClassesMayDifferFromImageToImage) {
  const ClearCase c(limpid::testing::class_map_network());
  const Tensor mixed = at::tensor({0, 1, 2, 3, 1, 3}, at::kLong).reshape({3, 2});
  const ClassResponse response = class_map_response(c.network, c.activations, linear_composite());
  const Tensor maps = response(mixed), whole = response(c.all);
  for (int64_t n = 0; n < 3; ++n) EXPECT_LT(distance(maps[n], whole[n].index_select(0, mixed[n])), 1e-13);
}

TEST(Clear, WithOneClassIsItsHeatMap) {
  const ClearCase c(limpid::testing::class_map_network());
  const ClassResponse response = class_map_response(c.network, c.activations, linear_composite());
  const Clear map = clear(response, classes(3, {2}), {});
  EXPECT_LT(distance(map.level, response(classes(3, {2})).sum(2).squeeze(1)), 1e-15);
}

TEST(Clear, ACommonScaleChangesNoClass) {
  const ClearCase c(limpid::testing::class_map_network());
  const ClassResponse response = class_map_response(c.network, c.activations, linear_composite());
  const ClassResponse scaled = [&](const Tensor& some) { return response(some) * 3.5; };
  EXPECT_TRUE(at::equal(clear(response, c.all, {}).dominant, clear(scaled, c.all, {}).dominant));
}

TEST(Clear, ADenseHeadBehindAveragingIsAClassConvolution) {
  const ClearCase c(limpid::testing::gap_network());
  ASSERT_TRUE(has_class_maps(c.network));
  const Network& n = c.network;
  const Tensor features = c.activations[node_named(n, "relu2")];
  const Layer& fc = n[node_named(n, "fc")].layer;
  const Tensor z = at::conv2d(features, fc.parameters[0].unsqueeze(-1).unsqueeze(-1), fc.parameters[1]);
  const Walk walk(n, linear_composite(), node_named(n, "relu2"));
  const Tensor maps = class_map_response(n, c.activations, linear_composite())(c.all);
  for (int64_t k = 0; k < 4; ++k) {
    const Tensor signal = z.narrow(1, k, 1) * fc.parameters[0][k].reshape({1, -1, 1, 1});
    EXPECT_LT(distance(maps.select(1, k), walk(c.activations, signal)), 1e-12);
  }
}

TEST(Clear, AClassMapsPositivePartStartsAsIfAReluFollowedIt) {
  const ClearCase c(limpid::testing::gap_network());
  const Network& n = c.network;
  const Tensor features = c.activations[node_named(n, "relu2")];
  const Layer& fc = n[node_named(n, "fc")].layer;
  const Tensor z = at::conv2d(features, fc.parameters[0].unsqueeze(-1).unsqueeze(-1), fc.parameters[1]).clamp_min(0);
  const Walk walk(n, linear_composite(), node_named(n, "relu2"));
  const Tensor maps = class_map_response(n, c.activations, linear_composite(), Channels::kEach, true)(c.all);
  for (int64_t k = 0; k < 4; ++k) {
    const Tensor signal = z.narrow(1, k, 1) * fc.parameters[0][k].reshape({1, -1, 1, 1});
    EXPECT_LT(distance(maps.select(1, k), walk(c.activations, signal)), 1e-12);
  }
  const ClearCase rectified(limpid::testing::class_map_network());
  const ResponseHow positive{.channels = Channels::kEach, .positive = true};
  EXPECT_LT(distance(named_response("linear", rectified.network, rectified.activations, positive)(rectified.all),
                     by_equation(rectified)),
            1e-12);
}

TEST(Clear, AKernelWithPaddingAndStrideIsCarriedBackExactly) {
  for (const int64_t kernel : {1, 3}) {
    Network network = network_with_input("data", {2, 8, 8});
    Layer layer = limpid::testing::random_conv(2, 4, kernel, 5);
    layer.attributes.set("pads", std::vector<int64_t>{2, 1, 1, 2});
    if (kernel == 3) layer.attributes.set("strides", std::vector<int64_t>{2, 2});
    const int conv = append(network, "conv", layer, {0});
    const Shape shape = network[conv].shape;
    append(network, "gap", Layer{&layer_type("average_pool"), {{"kernel_shape", Shape{shape[1], shape[2]}}}}, {conv});
    append(network, "flatten", Layer{&layer_type("reshape"), {{"shape", Shape{4}}}}, {network.output});
    const ClearCase c(network);
    const Tensor maps = class_map_response(c.network, c.activations, linear_composite())(c.all);
    const Walk walk(c.network, linear_composite(), conv);
    for (int64_t k = 0; k < 4; ++k) {
      Tensor z = at::zeros_like(c.activations[conv]);
      z.select(1, k).copy_(c.activations[conv].select(1, k));
      EXPECT_LT(distance(maps.select(1, k), walk(c.activations, z)), 1e-12) << "kernel " << kernel;
    }
  }
}

TEST(Clear, TheLogitHeadIsTheClassMapHeadUpToAConstantForAveragingNetworks) {
  ClearCase c(limpid::testing::gap_network());
  c.network.nodes[static_cast<size_t>(node_named(c.network, "fc"))].layer.parameters[1].zero_();
  c.activations = forward(c.network, c.activations[0]);
  const Tensor maps = class_map_response(c.network, c.activations, linear_composite())(c.all);
  const Tensor other = logit_response(c.network, c.activations, linear_composite())(c.all);
  EXPECT_LT(distance(maps, other * 16 * 16), 1e-10);  // g and z are each smaller by the 16 positions
}

TEST(Clear, AHeadWithoutClassMapsSaysWhatToSet) {
  const ClearCase c(limpid::testing::dense_head_network());
  EXPECT_FALSE(has_class_maps(c.network));
  EXPECT_THROW(class_map_response(c.network, c.activations, linear_composite()), Error);
  const Clear map = clear(logit_response(c.network, c.activations, linear_composite()), c.all, {});
  EXPECT_GT(map.level.max().item<double>(), 0);
}

TEST(Shares, CountStrengthAndPixelsOfEachClass) {
  const Tensor dominant = at::tensor({2, 2, 0, -1}, at::kInt).reshape({2, 2});
  const Tensor level = at::tensor({1.0, 2.0, 1.0, -5.0}).reshape({2, 2});
  const std::vector<Share> list = shares(dominant, level);
  ASSERT_EQ(list.size(), 2u);
  EXPECT_EQ(list[0].index, 2);
  EXPECT_DOUBLE_EQ(list[0].share, 0.75);
  EXPECT_DOUBLE_EQ(list[0].area, 0.5);
  EXPECT_EQ(list[1].index, 0);
  EXPECT_DOUBLE_EQ(list[1].share, 0.25);
}

}  // namespace
}  // namespace limpid
