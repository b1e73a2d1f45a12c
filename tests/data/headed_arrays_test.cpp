// SPDX-License-Identifier: Apache-2.0
#include "data/headed_arrays.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>

#include "limpid/data/npy.h"
#include "support/files.h"

namespace limpid::testing {
namespace {

using ::testing::HasSubstr;

TEST(HeadedArrays, GiveTheTextAndTheArraysInTheirOrder) {
  const Tensor one = at::arange(6, at::kFloat).reshape({2, 3}), other = at::tensor({7, 8}, at::kLong);
  const std::string first = npy_bytes(one), second = npy_bytes(other), bytes = "kind 1\n{}\n" + first + second;
  HeadedArrays parts = headed_arrays(bytes, "kind 1\n");
  EXPECT_EQ(parts.text, "{}");
  EXPECT_TRUE(at::equal(parts.take(static_cast<int64_t>(first.size()), "a"), one));
  EXPECT_TRUE(at::equal(parts.take(static_cast<int64_t>(second.size()), "a"), other));
  EXPECT_TRUE(parts.arrays.empty());
}

TEST(HeadedArrays, AnotherKindAndATornFileAreTold) {
  EXPECT_THAT(error_of([] { headed_arrays("kind 2\n{}\n", "kind 1\n"); }), HasSubstr("begins otherwise"));
  EXPECT_THAT(error_of([] { headed_arrays("kind 1\n{}", "kind 1\n"); }), HasSubstr("begins otherwise"));
  const std::string bytes = "kind 1\n{}\n" + npy_bytes(at::ones({3}));
  HeadedArrays parts = headed_arrays(bytes, "kind 1\n");
  EXPECT_THAT(error_of([&] { parts.take(static_cast<int64_t>(bytes.size()), "a"); }),
              HasSubstr("ends inside an array"));
  EXPECT_THAT(error_of([&] { parts.take(-1, "a"); }), HasSubstr("ends inside an array"));
}

}  // namespace
}  // namespace limpid::testing
