// SPDX-License-Identifier: Apache-2.0
#include "net/kernels/halves.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <limits>

#include "support/networks.h"

namespace limpid {
namespace {

/// Numbers of all sizes, between two bfloat16 ones too, and 37 of them a position: vectors do not come out even.
Tensor numbers() {
  const Tensor some =
      limpid::testing::random({2, 37, 5, 6}, 1) * at::pow(10., limpid::testing::random({2, 37, 5, 6}, 2) * 6);
  return dense(some.to(at::kFloat));
}

Tensor near(const Tensor& x) { return x.to(at::kBFloat16); }

TEST(Halves, AreTheNearestBfloat16) {
  const Tensor x = numbers();
  EXPECT_TRUE(as_bfloat16(x).equal(near(x)));
  const Tensor slice = x.narrow(1, 3, 20);
  EXPECT_TRUE(as_bfloat16(slice).equal(near(slice)));
  EXPECT_TRUE(as_bfloat16(near(x).narrow(1, 3, 20)).equal(near(slice)));
}

TEST(Halves, SplitANumberIntoTheNearestAndWhatIsLeft) {
  const Tensor x = numbers(), high = near(x), low = near(x - high.to(at::kFloat));
  EXPECT_TRUE(split_in_three(x, false).equal(at::cat({high, low, high}, 1)));
  EXPECT_TRUE(split_in_three(x, true).equal(at::cat({high, high, low}, 1)));
  const Tensor slice = x.narrow(1, 3, 20);
  EXPECT_TRUE(split_in_three(slice, false)
                  .equal(at::cat({high.narrow(1, 3, 20), low.narrow(1, 3, 20), high.narrow(1, 3, 20)}, 1)));
}

TEST(Halves, RowsBeyondTheMapAreZero) {
  const Tensor x = numbers(), all = at::constant_pad_nd(split_in_three(x, false), {0, 0, 2, 1});
  for (int64_t map = 0; map < 2; ++map) {
    const Tensor rows = at::empty({8, 6, 3 * 37}, at::kBFloat16);
    split_rows(x, map, -2, 8, static_cast<uint16_t*>(rows.data_ptr()));
    EXPECT_TRUE(rows.equal(all[map].permute({1, 2, 0})));
  }
}

TEST(Halves, InfiniteStaysInfiniteAndNoNumberNoNumber) {
  const float infinity = std::numeric_limits<float>::infinity(), none = std::numeric_limits<float>::quiet_NaN();
  const Tensor x = at::tensor({infinity, -infinity, none, 1.f}).reshape({1, 4, 1, 1});
  const Tensor back = as_bfloat16(x).to(at::kFloat).flatten();
  EXPECT_EQ(back[0].item<float>(), infinity);
  EXPECT_EQ(back[1].item<float>(), -infinity);
  EXPECT_TRUE(std::isnan(back[2].item<float>()));
  EXPECT_TRUE(std::isnan(split_in_three(x, false).to(at::kFloat).flatten()[2].item<float>()));
}

}  // namespace
}  // namespace limpid
