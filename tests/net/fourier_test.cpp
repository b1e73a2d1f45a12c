// SPDX-License-Identifier: Apache-2.0
#include "net/kernels/fourier.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "core/vectorized.h"
#include "support/networks.h"

namespace limpid {
namespace {

const ConvolutionGeometry same = {{1, 1}, {3, 3}, {1, 1}};

Tensor floats(const Tensor& values) { return dense(values.to(at::kFloat)); }

Tensor by_aten(const Tensor& x, const Tensor& weight, const Tensor& bias, const ConvolutionGeometry& geometry) {
  return convolve(x.to(at::kDouble), weight.to(at::kDouble), bias.to(at::kDouble), geometry);
}

/// ‖a − b‖ / ‖b‖ beside the convolution in float64.
double error(const Tensor& x, const Tensor& weight, const Tensor& bias, const ConvolutionGeometry& geometry) {
  const Tensor expected = by_aten(x, weight, bias, geometry);
  const Tensor found = FourierConvolution(weight, geometry)(x, bias, false).to(at::kDouble);
  EXPECT_EQ(found.sizes(), expected.sizes());
  return ((found - expected).norm() / expected.norm()).item<double>();
}

class Fourier : public ::testing::Test {
 protected:
  void SetUp() override {
    if (widest_vector_units() == VectorUnits::none) GTEST_SKIP() << "this CPU has no vector units";
  }
};

TEST_F(Fourier, IsWhatALargeKernelRuns) {
  const Tensor weight = floats(limpid::testing::random({16, 32, 7, 7}, 1));
  const std::string name = FourierConvolution::implementation();
  EXPECT_EQ(Convolution(weight, same).implementation({32, 32}).name, name);
  EXPECT_EQ(ConvolutionAdjoint(weight, same).implementation({32, 32}).name, name);
  EXPECT_NE(Convolution(weight, same).implementation({2, 2}).name, name);
  EXPECT_NE(Convolution(weight, {{2, 2}, {3, 3}, {1, 1}}).implementation({32, 32}).name, name);
  EXPECT_NE(Convolution(weight.slice(2, 0, 3), {{1, 1}, {1, 3}, {1, 1}}).implementation({32, 32}).name, name);
}

TEST_F(Fourier, IsNearAConvolutionInFloat64) {
  struct Case {
    int64_t outputs, inputs, rows, columns, height, width, down, across;
  };
  for (const Case& c :
       {Case{32, 32, 7, 7, 64, 64, 3, 3}, Case{16, 32, 7, 7, 32, 32, 3, 3}, Case{24, 40, 5, 9, 21, 33, 0, 2},
        Case{40, 24, 9, 6, 30, 11, 4, 0}, Case{16, 16, 8, 5, 9, 7, 7, 4}}) {
    const Tensor weight = floats(limpid::testing::random({c.outputs, c.inputs, c.rows, c.columns}, 1));
    const Tensor x = floats(limpid::testing::random({3, c.inputs, c.height, c.width}, 2));
    const Tensor bias = floats(limpid::testing::random({c.outputs}, 3));
    const ConvolutionGeometry geometry = {{1, 1}, {c.down, c.across}, {1, 1}};
    ASSERT_TRUE(FourierConvolution::suits(weight, geometry, Precision::kFloat32));
    EXPECT_LT(error(x, weight, bias, geometry), 1e-6);
    EXPECT_LT(error(x.clamp_min(0), weight.clamp_min(0), bias, geometry), 1e-6);
  }
}

TEST_F(Fourier, AMapsValuesDoNotDependOnItsBatch) {
  const Tensor weight = floats(limpid::testing::random({32, 16, 7, 7}, 1)),
               x = floats(limpid::testing::random({5, 16, 40, 25}, 2));
  const FourierConvolution convolution(weight, same);
  const Tensor all = convolution(x, {}, true);
  for (const int64_t i : {0, 4}) EXPECT_TRUE(convolution(x.narrow(0, i, 1), {}, true).equal(all.narrow(0, i, 1)));
}

// A spot's frequencies are everywhere, and their sums outside its reach are not quite 0.
TEST_F(Fourier, WhereAKernelSeesNothingTheResultIsTheBias) {
  const Tensor weight = floats(limpid::testing::random({16, 16, 7, 7}, 1)),
               bias = floats(limpid::testing::random({16}, 2));
  const Tensor x = floats(at::zeros({1, 16, 30, 30}));
  x[0].slice(1, 5, 7).slice(2, 13, 14).fill_(100);
  const Tensor found = FourierConvolution(weight, same)(x, bias, false) - bias.view({1, -1, 1, 1});
  const Tensor reached = at::zeros({30, 30}, at::kBool);
  reached.slice(0, 2, 10).slice(1, 10, 17).fill_(true);
  EXPECT_TRUE((found[0].abs().amax(0) > 0).equal(reached));
}

TEST_F(Fourier, KeepsNaNsWhereTheyAre) {
  const Tensor weight = floats(limpid::testing::random({16, 16, 7, 7}, 1)),
               x = floats(limpid::testing::random({2, 16, 20, 20}, 2));
  x[0][3][0][0] = std::numeric_limits<float>::quiet_NaN();
  const Tensor found = FourierConvolution(weight, same)(x, {}, true);
  EXPECT_TRUE(found[0].slice(1, 0, 4).slice(2, 0, 4).isnan().all().item<bool>());
  EXPECT_FALSE(found[1].isnan().any().item<bool>());
}

}  // namespace
}  // namespace limpid
