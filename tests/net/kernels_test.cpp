// SPDX-License-Identifier: Apache-2.0
// Every implementation of the hot operations beside ATen in double precision, over the shapes of the networks in use.
#include "limpid/net/kernels.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "core/parallel.h"
#include "support/networks.h"

namespace limpid {
namespace {

using limpid::testing::random;

struct KernelCase {
  std::string name;
  int64_t inputs, outputs, rows, columns;
  int64_t kernel, stride = 1, padding = 0, dilation = 1, groups = 1;

  ConvolutionGeometry geometry() const { return {{stride, stride}, {padding, padding}, {dilation, dilation}, groups}; }
  Tensor weight() const {
    const auto fan_in = static_cast<double>(inputs / groups * kernel * kernel);
    return random({outputs, inputs / groups, kernel, kernel}, 1) / std::sqrt(fan_in);
  }
  Tensor input(int64_t images) const { return random({images, inputs, rows, columns}, 2); }
  Tensor signal(int64_t images) const {
    Shape shape = convolve(input(1), weight(), {}, geometry()).sizes().vec();
    shape[0] = images;
    return random(shape, 3);
  }
};

const std::vector<KernelCase> cases = {
    {"first layer, 3x3", 3, 96, 32, 32, 3, 1, 1},
    {"first layer, 7x7 stride 2", 3, 96, 65, 65, 7, 2},
    {"one channel", 1, 32, 28, 28, 5, 1, 2},
    {"3x3", 96, 96, 32, 32, 3, 1, 1},
    {"3x3, wider", 96, 192, 15, 15, 3, 1, 1},
    {"3x3, small map", 192, 192, 7, 7, 3, 1, 1},
    {"3x3 without padding", 32, 48, 14, 11, 3},
    {"3x3, odd channels", 17, 33, 13, 9, 3, 1, 1},
    {"3x3 dilated", 32, 32, 16, 16, 3, 1, 2, 2},
    {"3x3 stride 2", 64, 128, 28, 28, 3, 2, 1},
    {"3x3 with more padding than it reaches", 16, 16, 9, 9, 3, 1, 3},
    {"3x3 in groups", 64, 64, 14, 14, 3, 1, 1, 1, 4},
    {"depthwise", 48, 48, 14, 14, 3, 1, 1, 1, 48},
    {"depthwise, 5x5 stride 2", 48, 48, 15, 15, 5, 2, 2, 1, 48},
    {"depthwise, 7x7", 32, 32, 14, 14, 7, 1, 3, 1, 32},
    {"1x1", 64, 16, 27, 27, 1},
    {"1x1, class maps", 192, 10, 8, 8, 1},
    {"1x1 on one position", 96, 24, 1, 1, 1},
    {"1x1 stride 2", 64, 128, 14, 14, 1, 2},
    {"5x5", 32, 64, 14, 14, 5, 1, 2},
    {"11x11 stride 4", 3, 64, 63, 63, 11, 4, 2},
    {"2x2 stride 3, which leaves gaps", 16, 24, 13, 11, 2, 3},
    {"3x3 stride 2 with uneven rest", 24, 32, 14, 15, 3, 2},
    {"3x3 in several strips", 64, 32, 90, 60, 3, 1, 1},
    {"7x7", 32, 32, 40, 33, 7, 1, 3},
    {"7x7 to few channels", 32, 16, 32, 32, 7, 1, 3},
    {"3x3 on one position", 32, 48, 1, 1, 3, 1, 1},
    {"3x3 on one row, odd channels", 40, 72, 1, 21, 3, 1, 1},
    {"3x3 to few channels", 64, 16, 27, 26, 3, 1, 1},
};

/// ‖a − b‖ / ‖b‖.
double error(const Tensor& a, const Tensor& b) {
  return ((a.to(at::kDouble) - b).norm() / b.norm().clamp_min(1e-300)).item<double>();
}

struct Level {
  Precision precision;
  double tolerance;
};
const std::vector<Level> levels = {{Precision::kFloat64, 1e-12},
                                   {Precision::kFloat32, 1e-5},
                                   {Precision::kBf16x3, 3e-5},
                                   {Precision::kBfloat16, 1e-2}};

Tensor as(const Tensor& tensor, Precision precision) {
  return dense(tensor.to(precision == Precision::kFloat64 ? at::kDouble : at::kFloat));
}

/// ∂⟨signal, convolution(x)⟩/∂x by ATen.
Tensor reference_adjoint(const KernelCase& c, const Tensor& signal, const Tensor& weight) {
  const ConvolutionGeometry g = c.geometry();
  return std::get<0>(at::convolution_backward(signal, c.input(signal.size(0)), weight, c10::nullopt, g.stride,
                                              g.padding, g.dilation, false, {0, 0}, g.groups, {true, false, false}));
}

TEST(Kernels, ForwardPassesAgreeWithTheReference) {
  for (const KernelCase& c : cases) {
    const Tensor bias = random({c.outputs}, 4), x = c.input(3);
    const Tensor expected = convolve(x, c.weight(), bias, c.geometry());
    for (const Level& level : levels) {
      SCOPED_TRACE(c.name + ", " + precision_names()[static_cast<size_t>(level.precision)]);
      const Convolution convolution(as(c.weight(), level.precision), c.geometry(), level.precision);
      const Tensor bias_as = as(bias, level.precision);
      EXPECT_LT(error(convolution(as(x, level.precision), bias_as), expected), level.tolerance);
      EXPECT_LT(error(convolution(as(x, level.precision)), convolve(x, c.weight(), {}, c.geometry())), level.tolerance);
    }
  }
}

TEST(Kernels, AdjointsAgreeWithTheReference) {
  for (const KernelCase& c : cases) {
    const Tensor signal = c.signal(3);
    const Tensor expected = reference_adjoint(c, signal, c.weight());
    for (const Level& level : levels) {
      SCOPED_TRACE(c.name + ", " + precision_names()[static_cast<size_t>(level.precision)]);
      const ConvolutionAdjoint adjoint(as(c.weight(), level.precision), c.geometry(), level.precision);
      const Tensor result = adjoint(as(signal, level.precision), {c.rows, c.columns});
      EXPECT_EQ(result.sizes(), expected.sizes());
      EXPECT_LT(error(result, expected), level.tolerance);
    }
  }
}

TEST(Kernels, RectifyAsAReLUWould) {
  for (const KernelCase& c : cases) {
    for (const Level& level : levels) {
      SCOPED_TRACE(c.name + ", " + precision_names()[static_cast<size_t>(level.precision)]);
      const Tensor weight = as(c.weight(), level.precision), x = as(c.input(2), level.precision);
      const Convolution convolution(weight, c.geometry(), level.precision);
      const ConvolutionAdjoint adjoint(weight, c.geometry(), level.precision);
      EXPECT_TRUE(convolution(x, {}, true).equal(at::relu(convolution(x))));
      const Tensor signal = as(c.signal(2), level.precision), back = adjoint(signal, {c.rows, c.columns});
      EXPECT_TRUE(adjoint(signal, {c.rows, c.columns}, true).equal(at::relu(back)));
    }
  }
}

// As the signal of a concatenation comes.
TEST(Kernels, TakeSlicesOfChannels) {
  const KernelCase& c = cases[3];
  for (const Precision precision : {Precision::kFloat32, Precision::kBf16x3, Precision::kBfloat16}) {
    for (const at::ScalarType type : {at::kFloat, at::kBFloat16}) {
      if (type == at::kBFloat16 && precision != Precision::kBfloat16) continue;
      const Tensor whole = dense(random({2, 3 * c.inputs, c.rows, c.columns}, 6).to(type));
      const Tensor slice = whole.narrow(1, c.inputs, c.inputs);
      const Convolution convolution(as(c.weight(), precision), c.geometry(), precision);
      EXPECT_TRUE(convolution(slice).equal(convolution(dense(slice.contiguous()))));
    }
  }
}

/// Bit for bit, but of ATen, which rounds as its batch has it.
void expect_same(const Implementation& implementation, const Tensor& alone, const Tensor& of_batch) {
  if (implementation.name == "aten")
    EXPECT_LT(error(alone, of_batch.to(at::kDouble)), 1e-6);
  else
    EXPECT_TRUE(alone.equal(of_batch));
}

// A map's values are those of the map alone.
TEST(Kernels, ResultsDoNotDependOnTheBatch) {
  for (const KernelCase& c : cases) {
    for (const Precision precision : {Precision::kFloat32, Precision::kBf16x3, Precision::kBfloat16}) {
      SCOPED_TRACE(c.name + ", " + precision_names()[static_cast<size_t>(precision)]);
      const Tensor weight = as(c.weight(), precision), x = as(c.input(5), precision), s = as(c.signal(5), precision);
      const Convolution convolution(weight, c.geometry(), precision);
      const ConvolutionAdjoint adjoint(weight, c.geometry(), precision);
      const Tensor all = convolution(x), back = adjoint(s, {c.rows, c.columns});
      for (int64_t i : {0, 4}) {
        expect_same(convolution.implementation(x.sizes().slice(2)), convolution(dense(x.narrow(0, i, 1))),
                    all.narrow(0, i, 1));
        expect_same(adjoint.implementation(s.sizes().slice(2)), adjoint(dense(s.narrow(0, i, 1)), {c.rows, c.columns}),
                    back.narrow(0, i, 1));
      }
    }
  }
}

TEST(Kernels, OneConvolutionServesSeveralThreads) {
  for (const KernelCase& c : cases) {
    for (const Precision precision : {Precision::kFloat32, Precision::kBf16x3}) {
      SCOPED_TRACE(c.name + ", " + precision_names()[static_cast<size_t>(precision)]);
      const Tensor x = as(c.input(4), precision);
      const Convolution convolution(as(c.weight(), precision), c.geometry(), precision);
      std::vector<Tensor> parts(4);
      for_each_parallel(parts.size(),
                        [&](size_t i) { parts[i] = convolution(x.narrow(0, static_cast<int64_t>(i), 1)); });
      EXPECT_LT(error(at::cat(parts), convolution(x).to(at::kDouble)), 1e-6);
    }
  }
}

// oneDNN falls back to loops a hundred times slower where it has no code for a shape or a layout.
TEST(Kernels, NoShapeFallsToOneDnnsReferenceLoops) {
  for (const KernelCase& c : cases) {
    for (const Precision precision : {Precision::kFloat32, Precision::kBf16x3, Precision::kBfloat16}) {
      const Tensor weight = as(c.weight(), precision);
      const Implementation forward = Convolution(weight, c.geometry(), precision).implementation({c.rows, c.columns});
      const Tensor signal = c.signal(1);
      const Implementation back =
          ConvolutionAdjoint(weight, c.geometry(), precision).implementation(signal.sizes().slice(2));
      for (const Implementation& implementation : {forward, back}) {
        EXPECT_EQ(implementation.name.find("ref"), std::string::npos) << c.name << ": " << implementation.name;
        EXPECT_EQ(implementation.name.find("gemm:"), std::string::npos) << c.name << ": " << implementation.name;
        EXPECT_TRUE(implementation.name != "aten" || !implementation.reason.empty()) << c.name;
      }
    }
  }
}

TEST(Kernels, GradientsGoThroughAPreparedConvolution) {
  const KernelCase& c = cases[3];
  const Tensor x = as(c.input(1), Precision::kFloat32).requires_grad_();
  const Convolution convolution(as(c.weight(), Precision::kFloat32), c.geometry());
  convolution(x).sum().backward();
  const Tensor expected = reference_adjoint(c, at::ones_like(c.signal(1)), c.weight());
  EXPECT_LT(error(x.grad(), expected), 1e-5);
}

TEST(Kernels, AnEmptyBatchGivesAnEmptyBatch) {
  const KernelCase& c = cases[3];
  const Convolution convolution(as(c.weight(), Precision::kFloat32), c.geometry());
  EXPECT_EQ(convolution(at::empty({0, c.inputs, c.rows, c.columns})).sizes(), (Shape{0, c.outputs, 32, 32}));
}

}  // namespace
}  // namespace limpid
