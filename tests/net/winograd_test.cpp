// SPDX-License-Identifier: Apache-2.0
#include "net/kernels/winograd.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "net/kernels/amx.h"
#include "support/networks.h"

namespace limpid {
namespace {

const ConvolutionGeometry same = {{1, 1}, {1, 1}, {1, 1}};

Tensor float_values(const Tensor& values) { return dense(values.to(at::kFloat)); }

/// ‖a − b‖ / ‖b‖ beside the convolution in float64.
double error(const Tensor& x, const Tensor& weight, const Tensor& bias) {
  const Tensor expected = convolve(x.to(at::kDouble), weight.to(at::kDouble), bias.to(at::kDouble), same);
  const Tensor found = WinogradConvolution(weight, same)(x, bias, false).to(at::kDouble);
  return ((found - expected).norm() / expected.norm()).item<double>();
}

class Winograd : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!has_amx()) GTEST_SKIP() << "this CPU has no AMX, or the system does not grant it";
  }
};

TEST_F(Winograd, IsWhatASplitConvolutionRuns) {
  const Tensor weight = float_values(limpid::testing::random({48, 32, 3, 3}, 1));
  const std::string name = WinogradConvolution::implementation();
  EXPECT_EQ(Convolution(weight, same, Precision::kBf16x3).implementation({9, 9}).name, name);
  EXPECT_EQ(ConvolutionAdjoint(weight, same, Precision::kBf16x3).implementation({9, 9}).name, name);
  EXPECT_NE(Convolution(weight, same).implementation({9, 9}).name, name);
  EXPECT_NE(Convolution(weight, {{2, 2}, {1, 1}, {1, 1}}, Precision::kBf16x3).implementation({9, 9}).name, name);
}

TEST_F(Winograd, IsNearAConvolutionInFloat64) {
  const Tensor weight = float_values(limpid::testing::random({96, 96, 3, 3}, 1) / 29),
               bias = float_values(limpid::testing::random({96}, 2));
  const Tensor x = float_values(limpid::testing::random({2, 96, 15, 15}, 3));
  EXPECT_LT(error(x, weight, bias), 1e-5);
  EXPECT_LT(error(x.clamp_min(0), weight, bias), 1e-5);
  EXPECT_LT(error(x.clamp_min(0), weight.clamp_min(0), bias), 2e-6);  // nothing cancels
}

// Whole numbers of up to 8 bits, also after the transforms, have no low halves, and float32 sums of them are exact.
TEST_F(Winograd, IsExactForSmallWholeNumbers) {
  const auto whole = [](at::IntArrayRef shape, uint64_t seed) {
    return float_values((limpid::testing::random(shape, seed) * 3).round().clamp(-8, 8));
  };
  for (const int64_t side : {1, 2, 3, 7, 12, 33}) {
    const Tensor weight = whole({50, 37, 3, 3}, 4), x = whole({3, 37, side, side + 2}, 5), bias = whole({50}, 6);
    const Tensor found = WinogradConvolution(weight, same)(x, bias, true).to(at::kDouble);
    EXPECT_TRUE(found.equal(at::relu(convolve(x.to(at::kDouble), weight.to(at::kDouble), bias.to(at::kDouble), same))));
  }
}

TEST_F(Winograd, KeepsNaNsWhereTheyAre) {
  const Tensor weight = float_values(limpid::testing::random({16, 16, 3, 3}, 1)),
               x = float_values(limpid::testing::random({2, 16, 8, 8}, 2));
  x[0][3][0][0] = std::numeric_limits<float>::quiet_NaN();
  const Tensor found = WinogradConvolution(weight, same)(x, {}, true);
  EXPECT_TRUE(found[0].slice(1, 0, 2).slice(2, 0, 2).isnan().all().item<bool>());
  EXPECT_FALSE(found[1].isnan().any().item<bool>());
}

}  // namespace
}  // namespace limpid
