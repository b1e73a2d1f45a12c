// SPDX-License-Identifier: Apache-2.0
#include "limpid/render/colormap.h"

#include "limpid/core/error.h"

namespace limpid {
namespace {

Color pixel(const Tensor& picture, int64_t y, int64_t x) {
  Color color;
  for (int64_t c = 0; c < 3; ++c) color[static_cast<size_t>(c)] = picture[c][y][x].item<uint8_t>();
  return color;
}

ColorMap blue_white_red() { return colormap("blue-white-red", "signed 0000ff ffffff ff0000"); }

TEST(ColorMap, StopsAreTakenExactlyAndBetweenThemColorsAreLinear) {
  const ColorMap map = colormap("test", "0:000000 0.25:6440c8 1:ffffff");
  EXPECT_FALSE(map.is_signed);
  EXPECT_EQ(map.at(0), (Color{0, 0, 0}));
  EXPECT_EQ(map.at(0.25), (Color{100, 64, 200}));
  EXPECT_EQ(map.at(0.125), (Color{50, 32, 100}));
  EXPECT_EQ(map.at(0.625), (Color{178, 160, 228}));  // half way: 100 + 77.5, 64 + 95.5, 200 + 27.5
  EXPECT_EQ(map.at(1), (Color{255, 255, 255}));
}

TEST(ColorMap, WithoutPositionsStopsAreEvenlySpaced) {
  EXPECT_EQ(colormap("a", "ff0000 00ff00 0000ff").table, colormap("b", "0:ff0000 .5:00ff00 1:0000ff").table);
}

TEST(ColorMap, WrongNotationsAreRefusedWithTheReason) {
  for (const char* notation : {"", "signed", "ff0000", "0:ff0000 1:00ff0", "0:ff0000 0:00ff00 1:000000",
                               "0.1:ff0000 1:00ff00", "0:ff0000 x:00ff00", "0:gg0000 1:00ff00", "0:ff0000 nan:00ff00"})
    EXPECT_THROW(colormap("x", notation), UsageError) << notation;
  EXPECT_THROW(find_colormap("sined"), UsageError);
}

TEST(ColorMap, TheSignedMapIsWhiteAtZeroRedAboveAndBlueBelow) {
  const ColorMap& map = find_colormap("signed");
  ASSERT_TRUE(map.is_signed);
  const Tensor picture = apply(at::tensor({-2.0f, -1.0f, 0.0f, 1.0f, 4.0f}).view({1, 5}), map, {-4, 4});
  EXPECT_EQ(pixel(picture, 0, 2), (Color{255, 255, 255}));
  EXPECT_EQ(pixel(picture, 0, 4), map.at(1));
  const Color below = pixel(picture, 0, 0), above = pixel(picture, 0, 3);
  EXPECT_GT(below[2], below[0]);
  EXPECT_GT(above[0], above[2]);
}

TEST(ColorMap, HandComputedValuesOfBlueWhiteRed) {
  const Tensor picture = apply(at::tensor({-1.0f, -0.5f, 0.5f, 1.0f}).view({2, 2}), blue_white_red(), {-1, 1});
  EXPECT_EQ(pixel(picture, 0, 0), (Color{0, 0, 255}));
  EXPECT_EQ(pixel(picture, 0, 1), (Color{128, 128, 255}));
  EXPECT_EQ(pixel(picture, 1, 0), (Color{255, 128, 128}));
  EXPECT_EQ(pixel(picture, 1, 1), (Color{255, 0, 0}));
}

TEST(ColorMap, TheUnsignedMapGrowsBrighterAllTheWay) {
  double before = -1;
  for (const Color& c : find_colormap("unsigned").table) {
    const double luminance = 0.2126 * c[0] + 0.7152 * c[1] + 0.0722 * c[2];
    EXPECT_GE(luminance, before - 0.8);  // rounding of three channels
    before = luminance;
  }
}

TEST(ColorScale, ASignedScaleIsSymmetricAndAnUnsignedOneStartsAtZero) {
  const Tensor values = at::tensor({-3.0f, 0.5f, 2.0f, 1.0f}).view({2, 2});
  const ColorScale signed_scale = scale_of(values, find_colormap("signed"));
  EXPECT_EQ(signed_scale.low, -3);
  EXPECT_EQ(signed_scale.high, 3);
  const ColorScale unsigned_scale = scale_of(values, find_colormap("unsigned"));
  EXPECT_EQ(unsigned_scale.low, 0);
  EXPECT_EQ(unsigned_scale.high, 2);
  EXPECT_EQ(scale_of(-values.abs(), find_colormap("unsigned")).high, 0);
  EXPECT_THROW(scale_of(at::full({1, 1}, NAN), find_colormap("signed")), Error);
}

TEST(ColorScale, AQuantileLeavesOutliersBeyondTheEnd) {
  Tensor values = at::zeros({40, 40});
  values.view({-1}).slice(0, 0, 1000).copy_(at::arange(1, 1001));
  values[0][0] = -1e6;
  const ColorScale scale = quantile_scale(values, find_colormap("signed"), 0.99);
  EXPECT_TRUE(scale.clipped);
  EXPECT_EQ(scale.high, 992);  // of 2 … 1000 and 1e6, the 991st: rank ⌈0.99 · 999⌉ = 990 from 0
  EXPECT_EQ(scale.low, -992);
  EXPECT_FALSE(quantile_scale(values, find_colormap("unsigned"), 1).clipped);
  EXPECT_EQ(quantile_scale(values, find_colormap("unsigned"), 1).high, 1000);
  EXPECT_EQ(quantile_scale(at::zeros({2, 2}), find_colormap("signed")).high, 0);
}

TEST(ColorScale, AMapOfZerosHasTheColorOfZero) {
  const Tensor zeros = at::zeros({2, 2});
  for (const ColorMap& map : colormaps()) {
    const Tensor picture = apply(zeros, map, scale_of(zeros, map));
    EXPECT_EQ(pixel(picture, 1, 1), map.at(map.is_signed ? 0.5 : 0)) << map.name;
  }
}

TEST(ColorScale, ValuesBeyondItTakeTheColorOfItsEnd) {
  const ColorMap& map = find_colormap("signed");
  const Tensor picture = apply(at::tensor({-9.0f, 9.0f, NAN, 1e30f}).view({2, 2}), map, {-1, 1});
  EXPECT_EQ(pixel(picture, 0, 0), map.at(0));
  EXPECT_EQ(pixel(picture, 0, 1), map.at(1));
  EXPECT_EQ(pixel(picture, 1, 1), map.at(1));
}

TEST(ColorScale, TheTiniestValuesAreStillTold) {
  const Tensor values = at::tensor({-1e-38f, 0.0f, 1e-38f}).view({1, 3});
  const Tensor picture = apply(values, blue_white_red(), scale_of(values, find_colormap("signed")));
  EXPECT_EQ(pixel(picture, 0, 0), (Color{0, 0, 255}));
  EXPECT_EQ(pixel(picture, 0, 1), (Color{255, 255, 255}));
  EXPECT_EQ(pixel(picture, 0, 2), (Color{255, 0, 0}));
}

}  // namespace
}  // namespace limpid
