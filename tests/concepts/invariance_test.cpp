// SPDX-License-Identifier: Apache-2.0
#include "limpid/concepts/invariance.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>

#include "limpid/explain/receptive_field.h"
#include "support/networks.h"

namespace limpid {
namespace {

using limpid::testing::random;

/// One convolution with this weight [K, C, k, k] and bias, a ReLU behind it.
Network one_layer(const Tensor& weight, const Tensor& bias, int64_t side) {
  Network network = network_with_input("input", {weight.size(1), side, side});
  Layer layer = limpid::testing::random_conv(weight.size(1), weight.size(0), weight.size(2), 1);
  layer.parameters = {weight, bias};
  const int conv = append(network, "conv", layer, {0});
  const int relu = append(network, "relu", {&layer_type("relu")}, {conv});
  append(network, "flatten", {&layer_type("reshape"), {{"shape", Shape{weight.size(0) * side * side}}}}, {relu});
  return moved(network, at::kCPU);
}

/// Invariance of the units over these inputs.
UnitInvariance measured(const Network& network, const std::vector<Probe>& probes, const Tensor& inputs) {
  UnitStatistics statistics(probes, 0, 1);
  statistics.add(probed(network, probes, inputs), {});
  UnitInvariance invariance(network, probes, statistics);
  invariance.add(inputs);
  return invariance;
}

TEST(Invariance, AUnitThatAlwaysFiresIsAsInvariantAsChance) {
  const Network network = one_layer(at::zeros({1, 1, 3, 3}), at::ones({1}), 16);
  const std::vector<Probe> probes = probes_of(network, {});
  const UnitInvariance invariance = measured(network, probes, random({5, 1, 16, 16}, 3).to(at::kFloat));
  EXPECT_DOUBLE_EQ(invariance.global_rate(0, 0), 1);
  EXPECT_TRUE(std::isnan(invariance.score(0, 0, 1))) << "its first peak is the corner, which every rotation takes out";
  for (const size_t kind : {0, 2, 3}) {
    EXPECT_DOUBLE_EQ(invariance.score(0, 0, kind), 1);
    EXPECT_DOUBLE_EQ(invariance.layer_score(0, kind), 1);
  }
}

TEST(Invariance, AUnitThatNeverFiresHasNoScore) {
  const Network network = one_layer(at::zeros({1, 1, 3, 3}), at::zeros({1}), 16);
  const std::vector<Probe> probes = probes_of(network, {});
  EXPECT_TRUE(std::isnan(measured(network, probes, random({5, 1, 16, 16}, 3).to(at::kFloat)).score(0, 0, 0)));
}

TEST(Invariance, AUnitThatFiresMoreRarelyThanTheRateCountsAsIfItDidNot) {
  const Network network = one_layer(at::ones({1, 1, 1, 1}), at::zeros({1}), 40);
  const std::vector<Probe> probes = probes_of(network, {});
  Tensor inputs = at::zeros({3, 1, 40, 40});
  inputs.narrow(2, 19, 2).narrow(3, 19, 2).fill_(1.005);  // .25 % of the positions
  const UnitInvariance invariance = measured(network, probes, inputs);
  EXPECT_DOUBLE_EQ(invariance.global_rate(0, 0), .0025);
  EXPECT_DOUBLE_EQ(invariance.score(0, 0, 0), 100);
}

TEST(Invariance, ADetectorOfBrightDotsFollowsThemButNotWhenTheyAreDarkened) {
  // The unit is the input itself; each input is black with a bright disc in its middle, where 1 % of the positions are.
  const Network network = one_layer(at::ones({1, 1, 1, 1}), at::zeros({1}), 40);
  const std::vector<Probe> probes = probes_of(network, {});
  Tensor inputs = at::zeros({3, 1, 40, 40});
  inputs.narrow(2, 18, 4).narrow(3, 18, 4).fill_(1.005);  // over the threshold of 1 also after interpolation
  const UnitInvariance invariance = measured(network, probes, inputs);
  EXPECT_DOUBLE_EQ(invariance.global_rate(0, 0), .01);
  EXPECT_DOUBLE_EQ(invariance.score(0, 0, 0), 100) << "translation: fires at each moved dot, 1 / .01";
  for (size_t t = 0; t < transformations().size(); ++t) {
    const Transformation& how = transformations()[t];
    if (how.kind == 3) {
      EXPECT_EQ(invariance.layer_rate(0, t), how.amount > 0 ? 1 : 0) << how.amount;
    }
  }
}

TEST(Invariance, TransformedInputsHaveTheirPointsWhereMovedPointSays) {
  for (const Transformation& how : transformations()) {
    if (how.kind == 3) continue;
    Tensor inputs = at::zeros({1, 1, 41, 61});
    const std::vector<std::pair<int64_t, int64_t>> points = {{14, 22}, {25, 38}};
    for (const auto& [row, column] : points) {
      inputs.zero_();
      inputs.narrow(2, row - 1, 3).narrow(3, column - 1, 3).fill_(1);  // a blob about the point
      const Tensor moved = transformed(inputs, how)[0][0].to(at::kDouble);
      const double mass = moved.sum().item<double>();
      const double found_row = (moved.sum(1) * at::arange(41, at::kDouble)).sum().item<double>() / mass;
      const double found_column = (moved.sum(0) * at::arange(61, at::kDouble)).sum().item<double>() / mass;
      const auto [expected_row, expected_column] =
          moved_point(how, static_cast<double>(row), static_cast<double>(column), 41, 61);
      EXPECT_NEAR(found_row, expected_row, .3) << how.kind << ' ' << how.amount;
      EXPECT_NEAR(found_column, expected_column, .3) << how.kind << ' ' << how.amount;
    }
  }
}

TEST(ReceptiveField, IsWhereAChangeOfTheInputReachesTheUnit) {
  Network network = limpid::testing::gap_network();  // conv 3, pool 2, conv 3
  for (Node& node : network.nodes)                   // so that what gets larger stays larger
    for (Tensor& parameter : node.layer.parameters) parameter = parameter.abs();
  for (const std::string& name : {std::string("conv1"), std::string("conv2")}) {
    const int node = node_named(network, name);
    const ReceptiveField field = receptive_field(network, node);
    const Tensor input = random({1, 2, 8, 8}, 9);
    const Tensor plain = forward(network, input)[node];
    for (int64_t pixel = 0; pixel < 64; ++pixel) {
      Tensor changed = input.clone();
      changed[0].select(1, pixel / 8).select(1, pixel % 8).add_(1000);
      const Tensor difference = (forward(network, changed)[node] - plain).abs().amax({0, 1});
      for (int64_t row = 0; row < field.map[0]; ++row)
        for (int64_t column = 0; column < field.map[1]; ++column) {
          const Box box = field.box(row, column);
          const bool inside = pixel / 8 >= box.row && pixel / 8 < box.row + box.rows && pixel % 8 >= box.column &&
                              pixel % 8 < box.column + box.columns;
          const bool whole = box.rows == 8 && box.columns == 8;  // what is as large as the input stands for all of it
          if (inside) {
            EXPECT_TRUE(whole || difference[row][column].item<double>() > 0);
          } else {
            EXPECT_EQ(difference[row][column].item<double>(), 0);
          }
          const auto middle = field.centre(row, column);
          EXPECT_EQ(field.position(middle[0], middle[1]), (std::array<int64_t, 2>{row, column}));
        }
    }
  }
}

}  // namespace
}  // namespace limpid
