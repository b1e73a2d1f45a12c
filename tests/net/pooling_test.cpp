// SPDX-License-Identifier: Apache-2.0
// Max pooling beside ATen, and its adjoint beside autograd, over the shapes of the networks in use.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include "limpid/net/kernels.h"
#include "support/networks.h"

namespace limpid {
namespace {

using limpid::testing::random;
using Numbers = std::vector<int64_t>;

struct PoolingCase {
  std::string name;
  int64_t channels, rows, columns;
  PoolingGeometry geometry;

  /// Small whole numbers, so that there are ties in most windows.
  Tensor input(int64_t images) const { return dense((random({images, channels, rows, columns}, 2) * 2).round()); }
};

PoolingGeometry square(int64_t kernel, int64_t stride, int64_t padding = 0, int64_t dilation = 1, bool ceil = false) {
  const auto two = [](int64_t size) { return Numbers{size, size}; };
  return {two(kernel), two(stride), two(dilation), two(padding), two(padding), ceil};
}

const std::vector<PoolingCase> pooling_cases = {
    {"2x2 stride 2", 64, 16, 16, square(2, 2)},
    {"2x2 stride 2, a rest", 33, 15, 11, square(2, 2)},
    {"3x3 stride 2, hanging over", 96, 15, 14, square(3, 2, 0, 1, true)},
    {"3x3 stride 2, padded", 64, 14, 14, square(3, 2, 1)},
    {"3x3 stride 1, padded", 48, 9, 9, square(3, 1, 1)},
    {"3x3 stride 2, padded and hanging over", 40, 10, 13, square(3, 2, 1, 1, true)},
    {"dilated", 17, 13, 12, square(3, 2, 1, 2)},
    {"stride beyond the window", 8, 13, 12, square(2, 3)},
    {"one channel", 1, 12, 12, square(2, 2)},
    {"one row", 20, 1, 31, {{1, 3}, {1, 2}, {1, 1}, {0, 1}, {0, 1}}},
    {"all positions", 24, 7, 6, {{7, 6}, {1, 1}, {1, 1}, {0, 0}, {0, 0}}},
    {"too many positions for a byte", 4, 20, 19, {{20, 19}, {1, 1}, {1, 1}, {0, 0}, {0, 0}}},
};

/// Padding that ATen does not take.
const std::vector<PoolingCase> uneven = {
    {"padded behind", 16, 8, 9, {{3, 3}, {2, 2}, {1, 1}, {0, 0}, {1, 1}}},
    {"padded by more than half of the window", 16, 8, 9, {{3, 2}, {2, 1}, {1, 1}, {2, 2}, {2, 1}}},
    {"padded by more than the window", 5, 4, 4, {{2, 2}, {1, 2}, {1, 1}, {3, 2}, {3, 2}}},
    {"unevenly padded and hanging over", 12, 9, 8, {{3, 3}, {2, 2}, {1, 1}, {1, 0}, {0, 1}, true}},
};

std::vector<PoolingCase> all_cases() {
  std::vector<PoolingCase> all = pooling_cases;
  all.insert(all.end(), uneven.begin(), uneven.end());
  return all;
}

/// What runs where gradients are asked for: ATen.
Tensor by_aten(const PoolingCase& c, const Tensor& x, Tensor* switches = nullptr) {
  return MaxPooling(c.geometry)(x.detach().clone().requires_grad_(), switches).detach();
}

Tensor by_autograd(const PoolingCase& c, const Tensor& x, const Tensor& signal) {
  const Tensor leaf = x.detach().clone().requires_grad_();
  return torch::autograd::grad({MaxPooling(c.geometry)(leaf)}, {leaf}, {signal})[0];
}

/// The positions in the plane that uint8 switches name.
Tensor in_plane(const PoolingCase& c, const Tensor& switches) {
  const PoolingGeometry& g = c.geometry;
  const auto axis = [&](int64_t a) {
    const auto i = static_cast<size_t>(a);
    const Tensor starts = at::arange(switches.size(2 + a), at::kLong) * g.stride[i] - g.before[i];
    return a == 0 ? starts.unsqueeze(1) : starts;
  };
  const Tensor number = switches.to(at::kLong), row = number.div(g.kernel[1], "floor");
  return (axis(0) + row * g.dilation[0]) * c.columns + axis(1) + (number - row * g.kernel[1]) * g.dilation[1];
}

bool is_fast(const PoolingCase& c) { return c.geometry.kernel[0] * c.geometry.kernel[1] <= 256; }

TEST(Pooling, ValuesAndSwitchesAreThoseOfATen) {
  for (const PoolingCase& c : pooling_cases) {
    for (const at::ScalarType type : {at::kFloat, at::kDouble}) {
      SCOPED_TRACE(c.name + ", " + at::toString(type));
      const Tensor x = c.input(3).to(type);
      Tensor switches;
      const Tensor values = MaxPooling(c.geometry)(x, &switches);
      const PoolingGeometry& g = c.geometry;
      const auto [expected, indices] =
          at::max_pool2d_with_indices(x, g.kernel, g.stride, g.before, g.dilation, g.ceil_mode);
      EXPECT_TRUE(values.equal(expected));
      EXPECT_EQ(switches.scalar_type(), is_fast(c) ? at::kByte : at::kLong);
      EXPECT_TRUE((is_fast(c) ? in_plane(c, switches) : switches).equal(indices));
    }
  }
}

TEST(Pooling, PaddingThatATenDoesNotTakeIsWrittenOutForIt) {
  for (const PoolingCase& c : uneven) {
    SCOPED_TRACE(c.name);
    const Tensor x = c.input(3);
    EXPECT_TRUE(MaxPooling(c.geometry)(x).equal(by_aten(c, x)));
  }
}

TEST(Pooling, OfSeveralNaNsTheSwitchIsATens) {
  for (const PoolingCase& c : pooling_cases) {
    SCOPED_TRACE(c.name);
    const Tensor x = c.input(2).to(at::kFloat).masked_fill(random({2, c.channels, c.rows, c.columns}, 8) > 1, NAN);
    Tensor switches, indices;
    const Tensor values = MaxPooling(c.geometry)(x, &switches), expected = by_aten(c, x, &indices);
    EXPECT_TRUE(at::isnan(expected).any().item<bool>());
    EXPECT_TRUE(values.isnan().equal(expected.isnan()));
    EXPECT_TRUE(values.nan_to_num(9).equal(expected.nan_to_num(9)));
    EXPECT_TRUE((is_fast(c) ? in_plane(c, switches) : switches).equal(indices));
  }
}

TEST(Pooling, NothingButMinusInfinityKeepsTheFirstPosition) {
  const PoolingCase& c = pooling_cases[3];
  const Tensor x = at::full_like(c.input(1), -std::numeric_limits<double>::infinity());
  Tensor switches, indices;
  EXPECT_TRUE(MaxPooling(c.geometry)(x, &switches).equal(by_aten(c, x, &indices)));
  EXPECT_TRUE(in_plane(c, switches).equal(indices));
}

TEST(Pooling, AdjointsAreThoseOfAutograd) {
  for (const PoolingCase& c : all_cases()) {
    SCOPED_TRACE(c.name);
    const Tensor x = c.input(2);
    const MaxPooling pooling(c.geometry);
    Tensor switches, indices;
    const Tensor signal = dense(random(pooling(x, &switches).sizes(), 5)), expected = by_autograd(c, x, signal);
    by_aten(c, x, &indices);
    EXPECT_EQ(indices.scalar_type(), at::kLong);
    for (const Tensor& places : {switches, indices}) {
      const Tensor back = pooling.adjoint(signal, places, {c.rows, c.columns});
      EXPECT_LT(limpid::testing::distance(back, expected), 1e-14);
      EXPECT_TRUE(pooling.adjoint(signal, places, {c.rows, c.columns}, true).equal(at::relu(back)));
    }
  }
}

TEST(Pooling, MaximaInBfloat16AreThoseOfTheSameNumbersInFloat32) {
  for (const PoolingCase& c : all_cases()) {
    SCOPED_TRACE(c.name);
    const MaxPooling pooling(c.geometry);
    const Tensor x = dense(c.input(2).to(at::kBFloat16));
    Tensor switches, expected;
    const Tensor values = pooling(x, &switches);
    EXPECT_EQ(values.scalar_type(), at::kBFloat16);
    EXPECT_TRUE(values.to(at::kFloat).equal(pooling(dense(x.to(at::kFloat)), &expected)));
    EXPECT_TRUE(switches.equal(expected));
  }
}

TEST(Pooling, SignalsInBfloat16GoWhereOthersGo) {
  for (const PoolingCase& c : pooling_cases) {
    SCOPED_TRACE(c.name);
    const MaxPooling pooling(c.geometry);
    Tensor switches;
    const Tensor signal = random(pooling(c.input(2), &switches).sizes(), 5);
    const Tensor exact = pooling.adjoint(dense(signal), switches, {c.rows, c.columns});
    const Tensor back = pooling.adjoint(dense(signal.to(at::kBFloat16)), switches, {c.rows, c.columns});
    EXPECT_EQ(back.scalar_type(), at::kBFloat16);
    EXPECT_LT(((back - exact).norm() / exact.norm()).item<double>(), 1e-2);
  }
}

TEST(Pooling, ResultsDependOnNeitherBatchNorThreads) {
  const int threads = at::get_num_threads();
  for (const PoolingCase& c : all_cases()) {
    SCOPED_TRACE(c.name);
    const MaxPooling pooling(c.geometry);
    const Tensor x = c.input(3).to(at::kFloat);
    Tensor switches, alone;
    const Tensor values = pooling(x, &switches);
    Shape shape = values.sizes().vec();
    shape[0] *= 2;  // seeds
    const Tensor signal = dense(random(shape, 7).to(at::kFloat));
    const Tensor back = pooling.adjoint(signal, switches, {c.rows, c.columns});
    for (const int count : {1, 4}) {
      at::set_num_threads(count);
      for (int64_t i = 0; i < 3; ++i) {
        EXPECT_TRUE(pooling(dense(x.narrow(0, i, 1)), &alone).equal(values.narrow(0, i, 1)));
        EXPECT_TRUE(alone.equal(switches.narrow(0, i, 1)));
        EXPECT_TRUE(pooling.adjoint(dense(signal.narrow(0, 2 * i, 2)), alone, {c.rows, c.columns})
                        .equal(back.narrow(0, 2 * i, 2)));
      }
    }
    at::set_num_threads(threads);
  }
}

TEST(Pooling, AnEmptyBatchGivesAnEmptyBatch) {
  Tensor switches;
  const MaxPooling pooling(square(2, 2));
  EXPECT_EQ(pooling(at::empty({0, 3, 8, 6}), &switches).sizes(), (Shape{0, 3, 4, 3}));
  EXPECT_EQ(pooling.adjoint(at::empty({0, 3, 4, 3}), switches, {8, 6}).sizes(), (Shape{0, 3, 8, 6}));
}

TEST(Pooling, AWindowThatDoesNotFitIsRefused) {
  EXPECT_THROW(MaxPooling(square(3, 1))(at::zeros({1, 1, 2, 2})), c10::Error);
}

TEST(Pooling, TellsWhatRunsItAndWhy) {
  const Implementation large = MaxPooling({{17, 16}, {1, 1}, {1, 1}, {0, 0}, {0, 0}}).implementation(at::kCPU);
  EXPECT_EQ(large.name, "aten");
  EXPECT_NE(large.reason.find("256"), std::string::npos);
  EXPECT_EQ(MaxPooling(square(2, 2)).implementation(at::kCPU).name.find("channels"), 0);
  EXPECT_EQ(MaxPooling(square(2, 2)).implementation(at::kCUDA).name, "aten");
}

}  // namespace
}  // namespace limpid
