// SPDX-License-Identifier: Apache-2.0
#include "data/npy_rows.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>

#include "limpid/data/npy.h"
#include "support/files.h"

namespace limpid::testing {
namespace {

using ::testing::HasSubstr;

TEST(NpyRows, HoldsWhatWasWrittenInAnyOrderAndZerosElsewhere) {
  const Folder folder;
  const auto path = folder.path / "a.npy";
  const Tensor expected = at::zeros({2, 3, 4, 5}, at::kFloat);
  NpyRows file(path, {2, 3}, {4, 5}, false);
  for (const int64_t row : {4, 0, 3}) {
    expected.flatten(0, 1)[row].copy_(at::arange(20, at::kFloat).reshape({4, 5}) + 100 * row);
    file.write(row, expected.flatten(0, 1)[row]);
  }
  EXPECT_FALSE(std::filesystem::exists(path));
  file.commit();
  EXPECT_TRUE(at::equal(read_npy(path), expected));
  EXPECT_FALSE(std::filesystem::exists(path.string() + ".partial"));
}

TEST(NpyRows, AnotherGoesOnWithWhatIsThere) {
  const Folder folder;
  const auto path = folder.path / "a.npy";
  NpyRows(path, {3}, {2}, false).write(1, at::ones({2}));
  NpyRows later(path, {3}, {2}, true);
  later.write(2, at::full({2}, 2.));
  later.commit();
  EXPECT_TRUE(at::equal(read_npy(path), at::tensor({0.F, 0.F, 1.F, 1.F, 2.F, 2.F}).reshape({3, 2})));
}

TEST(NpyRows, WhatDoesNotFitIsRefused) {
  const Folder folder;
  const auto path = folder.path / "a.npy";
  NpyRows file(path, {3}, {2}, false);
  EXPECT_THAT(error_of([&] { file.write(3, at::ones({2})); }), HasSubstr("not one of the 3 rows of shape 2"));
  EXPECT_THAT(error_of([&] { file.write(0, at::ones({3})); }), HasSubstr("row 0 of shape 3"));
  EXPECT_THAT(error_of([&] { NpyRows(path, {3}, {4}, true); }), HasSubstr("has the shape 3x2; expected 3x4"));
  EXPECT_THAT(error_of([&] { NpyRows(folder.path / "none.npy", {3}, {4}, true); }), HasSubstr("none.npy.partial"));
}

}  // namespace
}  // namespace limpid::testing
