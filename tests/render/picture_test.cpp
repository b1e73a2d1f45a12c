// SPDX-License-Identifier: Apache-2.0
#include "limpid/render/picture.h"

#include "limpid/core/error.h"
#include "render/raster.h"

namespace limpid {
namespace {

Tensor bytes(std::vector<int64_t> values, at::IntArrayRef shape) {
  return at::tensor(values, at::kLong).to(at::kByte).view(shape);
}

bool is_paper(const Tensor& part) { return part.eq(255).all().item<bool>(); }

/// Whether `whole` has `part` with its corner at (x, y).
bool holds(const Tensor& whole, const Tensor& part, int64_t x, int64_t y) {
  return at::equal(whole.slice(1, y, y + part.size(1)).slice(2, x, x + part.size(2)), part);
}

TEST(Picture, EnlargingRepeatsEveryPixelAWholeNumberOfTimes) {
  const Tensor small = at::randint(0, 256, {3, 28, 20}, at::kLong).to(at::kByte);
  const Tensor large = enlarged(small);
  EXPECT_EQ(large.sizes(), (Shape{3, 224, 160}));
  EXPECT_TRUE(at::equal(large, small.repeat_interleave(8, 1).repeat_interleave(8, 2)));
  EXPECT_EQ(enlarged(at::zeros({1, 100, 30}, at::kByte)).sizes(), (Shape{3, 300, 90}));
  EXPECT_EQ(enlarged(at::zeros({3, 224, 500}, at::kByte)).sizes(), (Shape{3, 224, 500}));
}

TEST(Picture, OpacityMixesInputAndHeat) {
  const Tensor input = bytes({0, 100, 200}, {3, 1, 1}), heat = bytes({255, 50, 0}, {3, 1, 1});
  EXPECT_TRUE(at::equal(overlay(input, heat, 0), input));
  EXPECT_TRUE(at::equal(overlay(input, heat, 1), heat));
  EXPECT_TRUE(at::equal(overlay(input, heat, 0.5), bytes({128, 75, 100}, {3, 1, 1})));
  EXPECT_THROW(overlay(input, at::zeros({3, 2, 1}, at::kByte), 0.5), Error);
}

TEST(Picture, WeakValuesLetTheInputThrough) {
  const Tensor values = at::tensor({-2.0f, 0.0f, 1.0f}).view({1, 3});
  EXPECT_TRUE(at::equal(strength(values, {-2, 2}), at::tensor({1.0f, 0.0f, 0.5f}).view({1, 3})));
  EXPECT_TRUE(at::equal(strength(values, {0, 2}), at::tensor({0.0f, 0.0f, 0.5f}).view({1, 3})));
  EXPECT_TRUE(at::equal(strength(values, {0, 0}), at::zeros({1, 3})));
  const Tensor input = at::full({3, 1, 3}, 80, at::kByte), heat = at::full({3, 1, 3}, 240, at::kByte);
  EXPECT_TRUE(at::equal(overlay(input, heat, 1, strength(values, {-2, 2}))[0], bytes({240, 80, 160}, {1, 3})));
}

TEST(Picture, GrayIsTheLuma) {
  const Tensor gray = grayed(bytes({255, 0, 0, 0, 255, 0, 0, 0, 255}, {3, 3, 1}).transpose(0, 1).contiguous());
  EXPECT_TRUE(at::equal(gray[0].flatten(), bytes({76, 150, 29}, {3})));
  EXPECT_TRUE(at::equal(gray[0], gray[2]));
}

TEST(ColorBar, ThePictureStandsBesideTheBarAndNothingReachesTheEdge) {
  const ColorMap& map = find_colormap("signed");
  const Tensor values = at::linspace(-1, 1, 64).view({8, 8});
  for (const double limit : {1.0, 1.23e-7, 987654321.0}) {
    const ColorScale scale{-limit, limit};
    const Tensor picture = enlarged(apply(values * limit, map, scale)),
                 whole = heat_picture(values * limit, map, scale);
    EXPECT_TRUE(holds(whole, picture, 12, 12));
    for (const Tensor& edge :
         {whole.slice(2, whole.size(2) - 8), whole.slice(1, 0, 8), whole.slice(1, whole.size(1) - 8)})
      EXPECT_TRUE(is_paper(edge)) << limit;
    const Tensor bar = whole.select(2, 12 + 224 + 12 + 7).slice(1, 12, 12 + 224);  // upper end first
    EXPECT_TRUE(at::equal(bar.select(1, 0), apply(at::full({1, 1}, limit), map, scale).flatten()));
    EXPECT_TRUE(at::equal(bar.select(1, 223), apply(at::full({1, 1}, -limit), map, scale).flatten()));
  }
}

TEST(ColorBar, NumbersAreShort) {
  EXPECT_EQ(short_number(0), "0");
  EXPECT_EQ(short_number(12.345), "12.3");
  EXPECT_EQ(short_number(-0.0123456), "−0.0123");
  EXPECT_EQ(short_number(4.5e-7), "4.5e−7");
  EXPECT_EQ(short_number(-1.5e12), "−1.5e12");
}

TEST(Grid, PicturesStandInTheirRowsAndColumns) {
  const Tensor a = at::full({3, 50, 100}, 10, at::kByte), b = at::full({3, 40, 120}, 20, at::kByte);
  const Tensor whole = draw_grid({{{{a, ""}, {b, ""}}, {{b, ""}, {{}, "nothing here"}}}, {}, {}});
  EXPECT_TRUE(holds(whole, a, 12 + (120 - 100) / 2, 12));
  EXPECT_TRUE(holds(whole, b, 12 + 120 + 12, 12));
  EXPECT_TRUE(holds(whole, b, 12, 12 + 50 + 12));
  EXPECT_THROW(draw_grid({}), Error);
}

TEST(Grid, LongCaptionsAndHeadingsAreNotCut) {
  const Tensor cell = at::full({3, 30, 30}, 255, at::kByte);
  const std::string longest(90, 'W');
  const PictureGrid grid{
      {{{cell, longest}, {cell, "b"}}, {{cell, "c"}, {cell, longest}}}, {longest, "row"}, {longest, ""}};
  const Tensor whole = draw_grid(grid);
  for (const Tensor& edge : {whole.slice(2, 0, 8), whole.slice(2, whole.size(2) - 8), whole.slice(1, 0, 8),
                             whole.slice(1, whole.size(1) - 8)})
    EXPECT_TRUE(is_paper(edge));
  // As much ink as the same words one by one: nothing is drawn over anything else, nothing is missing.
  const auto ink = [](const Tensor& t) { return at::sum(255 - t.to(at::kLong)).item<int64_t>(); };
  PictureGrid shorter = grid;
  shorter.rows[1][1].caption = "";
  const int64_t one = ink(draw_grid({{{{cell, longest}}}, {}, {}}));
  EXPECT_NEAR(static_cast<double>(ink(whole) - ink(draw_grid(shorter))), static_cast<double>(one),
              0.001 * static_cast<double>(one));
}

TEST(ColorBar, StandsAloneAsItStandsBesideAPicture) {
  const ColorMap& map = find_colormap("signed");
  const ColorScale scale{-2, 2};
  const Tensor picture = at::zeros({3, 60, 50}, at::kByte);
  EXPECT_TRUE(holds(with_color_bar(picture, map, scale), color_bar(map, scale, 60), 12 + 50 + 12 - 1, 12 - 1));
}

TEST(Grid, ANoteStandsBelowAllRows) {
  PictureGrid grid{{{{at::full({3, 40, 400}, 10, at::kByte), ""}}}, {}, {}};
  const Tensor bare = draw_grid(grid);
  grid.note = "50 of 1000 classes";
  const Tensor noted = draw_grid(grid);
  EXPECT_TRUE(holds(noted, bare, 0, 0));
  EXPECT_GT(noted.size(1), bare.size(1) + 12);
  EXPECT_FALSE(is_paper(noted.slice(1, bare.size(1))));
  EXPECT_TRUE(is_paper(noted.slice(1, noted.size(1) - 8)));
}

TEST(Grid, AClassPanelHasOneScale) {
  const Tensor maps = at::stack({at::full({4, 4}, 1.0f), at::full({4, 4}, 2.0f)});
  const ColorMap& map = find_colormap("unsigned");
  const Tensor panel = class_panel(maps, {"one", "two"}, map, 2);
  const Color half = map.at(0.5), full = map.at(1);
  for (int64_t c = 0; c < 3; ++c) {
    EXPECT_EQ(panel[c][12 + 12 + 80][12 + 12 + 80].item<uint8_t>(), half[static_cast<size_t>(c)]);
    EXPECT_EQ(panel[c][12 + 12 + 80][12 + 12 + 160 + 12 + 80].item<uint8_t>(), full[static_cast<size_t>(c)]);
  }
  EXPECT_THROW(class_panel(maps, {"one"}, map), Error);
}

}  // namespace
}  // namespace limpid
