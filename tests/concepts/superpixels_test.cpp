// SPDX-License-Identifier: Apache-2.0
#include "limpid/concepts/superpixels.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <set>

#include "limpid/core/error.h"
#include "limpid/data/glyphs.h"

namespace limpid {
namespace {

int64_t number_of(const Tensor& labels) { return labels.max().item<int64_t>() + 1; }

/// A picture of flat colours from a map of numbers.
Tensor flat_picture(const Tensor& numbers, const std::vector<std::array<int64_t, 3>>& colours) {
  Tensor picture = at::zeros({3, numbers.size(0), numbers.size(1)}, at::kByte);
  for (size_t i = 0; i < colours.size(); ++i)
    for (int64_t channel = 0; channel < 3; ++channel)
      picture[channel].masked_fill_(numbers == static_cast<int64_t>(i), colours[i][static_cast<size_t>(channel)]);
  return picture;
}

TEST(Superpixels, ColoursInCielabAreThoseOfPrintedTables) {
  const auto of = [](int64_t red, int64_t green, int64_t blue) {
    return cielab(at::tensor({red, green, blue}, at::kByte).reshape({3, 1, 1})).flatten();
  };
  const auto near = [](const Tensor& lab, double l, double a, double b) {
    return at::allclose(lab, at::tensor({l, a, b}, at::kFloat), 0, .02);
  };
  EXPECT_TRUE(near(of(255, 255, 255), 100, 0, 0));
  EXPECT_TRUE(near(of(0, 0, 0), 0, 0, 0));
  EXPECT_TRUE(near(of(255, 0, 0), 53.24, 80.09, 67.20)) << of(255, 0, 0);
  EXPECT_TRUE(near(of(0, 255, 0), 87.73, -86.18, 83.18)) << of(0, 255, 0);
  EXPECT_TRUE(near(of(0, 0, 255), 32.30, 79.19, -107.86)) << of(0, 0, 255);
}

TEST(Superpixels, APictureOfOneColourGivesAGrid) {
  const Tensor labels = superpixels(at::full({3, 40, 60}, 90, at::kByte), 24);
  EXPECT_EQ(number_of(labels), 24);
  const Tensor areas = at::bincount(labels.flatten().to(at::kLong));
  EXPECT_LE(areas.max().item<int64_t>(), 11 * 11);
  EXPECT_GE(areas.min().item<int64_t>(), 9 * 9);
}

TEST(Superpixels, NoneReachesOverASharpEdge) {
  Tensor numbers = at::zeros({48, 48}, at::kLong);
  numbers.narrow(0, 5, 24).narrow(1, 9, 24).fill_(1);
  numbers.narrow(0, 31, 15).narrow(1, 3, 38).fill_(2);
  SuperpixelOptions sharp;
  sharp.blur = 0;
  const Tensor labels = superpixels(flat_picture(numbers, {{30, 30, 30}, {230, 60, 40}, {60, 200, 90}}), 36, sharp);
  for (int64_t number = 0; number < number_of(labels); ++number) {
    const Tensor below = numbers.masked_select(labels == number);
    EXPECT_EQ(below.min().item<int64_t>(), below.max().item<int64_t>()) << number;
  }
}

TEST(Superpixels, EachIsOneConnectedRegionAndAllTogetherAreThePicture) {
  for (uint64_t seed = 0; seed < 4; ++seed)
    for (const int64_t count : {5, 20, 80}) {
      const Tensor labels = superpixels(draw_glyphs({"star"}, seed).picture, count);
      EXPECT_GE(labels.min().item<int64_t>(), 0);
      EXPECT_TRUE(at::equal(connected_regions(labels), labels)) << "numbered in reading order, each once";
      EXPECT_NEAR(static_cast<double>(number_of(labels)), static_cast<double>(count), .5 * static_cast<double>(count));
      EXPECT_GE(at::bincount(labels.flatten().to(at::kLong)).min().item<int64_t>(), 64 * 64 / count / 4 - 1);
    }
}

TEST(Superpixels, MoreCompactOnesFollowColoursLess) {
  const Tensor picture = draw_glyphs({"ring", "cross"}, 3).picture;
  const auto border = [&](double compactness) {
    SuperpixelOptions how;
    how.compactness = compactness;
    const Tensor labels = superpixels(picture, 30, how);
    return (labels.narrow(0, 1, 63) != labels.narrow(0, 0, 63)).sum().item<int64_t>() +
           (labels.narrow(1, 1, 63) != labels.narrow(1, 0, 63)).sum().item<int64_t>();
  };
  EXPECT_GT(border(2), border(100));
  EXPECT_GT(border(100), 400) << "30 squares have borders of about 600 pixels";
}

TEST(Superpixels, RegionsOfEqualLabelsAreThoseFoundByEye) {
  const auto grid = [](std::initializer_list<int64_t> numbers) {
    return at::tensor(std::vector<int64_t>(numbers), at::kInt).reshape({4, 5});
  };
  const Tensor labels = grid({0, 0,  -1, 4,  4,  //
                              0, -1, -1, -1, 4,  //
                              4, 4,  0,  4,  4,  //
                              0, 4,  4,  4,  -1});
  EXPECT_TRUE(at::equal(connected_regions(labels), grid({0, 0,  -1, 1,  1,  //
                                                         0, -1, -1, -1, 1,  //
                                                         1, 1,  2,  1,  1,  //
                                                         3, 1,  1,  1,  -1})));
}

TEST(Superpixels, WhatCannotBeDividedIsRefused) {
  EXPECT_THROW(superpixels(at::zeros({1, 4, 4}, at::kByte), 2), Error);
  EXPECT_THROW(superpixels(at::zeros({3, 4, 4}, at::kByte), 17), Error);
}

}  // namespace
}  // namespace limpid
