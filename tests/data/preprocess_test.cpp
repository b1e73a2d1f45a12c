// SPDX-License-Identifier: Apache-2.0
#include "limpid/data/preprocess.h"

#include <cmath>

#include "support/files.h"

namespace limpid {
namespace {
using limpid::testing::error_of;
using ::testing::HasSubstr;

Tensor random_image(at::IntArrayRef shape, uint64_t seed = 3) {
  return (normal_noise(shape, seed) * 60 + 128).clamp(0, 255).to(at::kByte);
}

/// One line of the resize, written as its definition: a triangle around each output's centre, as wide as the shrinking.
std::vector<double> resized_line(const std::vector<double>& line, int64_t size) {
  const auto count = static_cast<int64_t>(line.size());
  const double step = static_cast<double>(count) / static_cast<double>(size), reach = std::max(step, 1.0);
  std::vector<double> out;
  for (int64_t o = 0; o < size; ++o) {
    double sum = 0, weights = 0;
    for (int64_t i = 0; i < count; ++i) {
      const double distance = std::abs(static_cast<double>(i) + .5 - (static_cast<double>(o) + .5) * step) / reach;
      const double weight = std::max(0.0, 1 - distance);
      sum += weight * line[static_cast<size_t>(i)];
      weights += weight;
    }
    out.push_back(sum / weights);
  }
  return out;
}

Tensor resized_rows(const Tensor& plane, int64_t width) {
  std::vector<Tensor> rows;
  for (int64_t y = 0; y < plane.size(0); ++y) {
    const Tensor row = plane[y].to(at::kDouble).contiguous();
    const std::vector<double> line(row.data_ptr<double>(), row.data_ptr<double>() + row.numel());
    rows.push_back(at::tensor(resized_line(line, width)));
  }
  return at::stack(rows);
}

Tensor resized(const Tensor& image, int64_t height, int64_t width) {
  std::vector<Tensor> planes;
  for (int64_t c = 0; c < image.size(0); ++c)
    planes.push_back(resized_rows(resized_rows(image[c], width).t(), height).t());
  return at::stack(planes);
}

void expect_near(const Tensor& got, const Tensor& expected, double tolerance) {
  ASSERT_EQ(got.sizes(), expected.sizes());
  EXPECT_LE((got.to(at::kDouble) - expected.to(at::kDouble)).abs().max().item<double>(), tolerance);
}

TEST(Preprocess, ResizingIsTheAntialiasedTriangleWithHalfPixelCentres) {
  const Tensor image = random_image({3, 13, 19});
  for (const auto& [height, width] : {std::pair{5, 7}, {40, 31}, {13, 6}, {29, 19}, {1, 1}}) {
    const Preprocess how{.height = height, .width = width};
    expect_near(preprocess(image, how), resized(image, height, width), 1e-3);
  }
}

TEST(Preprocess, AnImageOfTheNetworksSizeKeepsItsValues) {
  const Tensor image = random_image({3, 6, 8});
  const Tensor input = preprocess(image, {.height = 6, .width = 8, .crop = true});
  EXPECT_TRUE(at::equal(input, image.to(at::kFloat)));
}

TEST(Preprocess, WithoutASizeThePicturesOwnIsKept) {
  const Tensor image = random_image({3, 6, 8});
  EXPECT_TRUE(at::equal(preprocess(image, {}), image.to(at::kFloat)));
}

TEST(Preprocess, CropTakesTheCentreOfTheShortSideAt256) {
  const Tensor image = random_image({1, 300, 401});
  const Preprocess how{.channels = ChannelOrder::gray, .height = 224, .width = 224, .crop = true};
  // ATen computes positions in float32, which shows on hundreds of pixels. 256·401/300 = 342.2; offsets (256 − 224)/2
  // and (342 − 224)/2
  expect_near(preprocess(image, how), resized(image, 256, 342).narrow(1, 16, 224).narrow(2, 59, 224), .02);
}

TEST(Preprocess, CropOfOtherSizesResizesToEightSevenths) {
  const Tensor image = random_image({1, 41, 50});
  const Preprocess how{.channels = ChannelOrder::gray, .height = 28, .width = 28, .crop = true};
  expect_near(preprocess(image, how), resized(image, 32, 39).narrow(1, 2, 28).narrow(2, 5, 28), 1e-3);
}

TEST(Preprocess, AShortSideThatFitsIsOnlyCropped) {
  const Tensor image = random_image({3, 32, 37});
  const Tensor input = preprocess(image, {.height = 28, .width = 28, .crop = true});
  EXPECT_TRUE(at::equal(input, image.narrow(1, 2, 28).narrow(2, 4, 28).to(at::kFloat)));
}

TEST(Preprocess, PresetsDoTheirArithmetic) {
  const Tensor image = at::tensor({51, 102, 204}, at::kByte).view({3, 1, 1});
  const auto value = [&](const char* name) { return preprocess(image, preprocess_preset(name, 3, 1, 1)).flatten(); };
  expect_near(value("none"), at::tensor({51., 102., 204.}), 0);
  expect_near(value("unit"), at::tensor({.2, .4, .8}), 1e-6);
  expect_near(value("imagenet"), at::tensor({(.2 - .485) / .229, (.4 - .456) / .224, (.8 - .406) / .225}), 1e-5);
  expect_near(value("caffe"), at::tensor({204. - 104, 102. - 117, 51. - 123}), 1e-4);
  EXPECT_THAT(preprocess_presets(), ::testing::ElementsAre("unit", "imagenet", "caffe", "none"));
}

TEST(Preprocess, APresetForOneChannelAveragesTheThree) {
  const Preprocess how = preprocess_preset("imagenet", 1, 28, 28);
  EXPECT_EQ(how.channels, ChannelOrder::gray);
  EXPECT_THAT(how.mean, ::testing::ElementsAre(::testing::DoubleNear(.449, 1e-12)));
  EXPECT_THAT(how.std, ::testing::ElementsAre(::testing::DoubleNear(.226, 1e-12)));
}

TEST(Preprocess, AnUnknownPresetNamesTheNearest) {
  EXPECT_THAT(error_of([] { preprocess_preset("imagnet", 3, 1, 1); }), HasSubstr("did you mean 'imagenet'"));
  EXPECT_THAT(error_of([] { preprocess_preset("unit", 5, 1, 1); }), HasSubstr("the network has 5"));
}

TEST(Preprocess, GreyAndColourAreConverted) {
  const Tensor grey = at::tensor({10, 20}, at::kByte).view({1, 1, 2});
  EXPECT_TRUE(at::equal(preprocess(grey, {}), grey.to(at::kFloat).expand({3, 1, 2})));
  const Tensor colour = at::tensor({100, 50, 200}, at::kByte).view({3, 1, 1});
  EXPECT_NEAR(preprocess(colour, {.channels = ChannelOrder::gray}).item<double>(), 29.9 + 29.35 + 22.8, 1e-4);
}

TEST(Preprocess, WhatIsNoPictureIsRefused) {
  EXPECT_THAT(error_of([] { preprocess(at::zeros({3, 4, 4}), {}); }), HasSubstr("Float 3x4x4"));
  EXPECT_THAT(error_of([] { preprocess(at::zeros({2, 4, 4}, at::kByte), {}); }), HasSubstr("2x4x4"));
  EXPECT_THAT(error_of([] { preprocess(at::zeros({4, 4}, at::kByte), {}); }), HasSubstr("expected uint8"));
}

TEST(Preprocess, ANarrowStripIsRefusedInsteadOfBlownUp) {
  const Preprocess how{.height = 224, .width = 224, .crop = true};
  EXPECT_THAT(error_of([&] {
                preprocess(at::zeros({1, 1, 2'000'000}, at::kByte), how);
              }),
              HasSubstr("is too long to be resized"));
}

TEST(Unprocess, GivesThePictureBack) {
  const Tensor image = random_image({3, 9, 11});
  for (const std::string& name : preprocess_presets()) {
    const Preprocess how = preprocess_preset(name, 3, 9, 11);
    EXPECT_TRUE(at::equal(unprocess(preprocess(image, how), how), image)) << name;
    const Preprocess gray = preprocess_preset(name, 1, 9, 11);
    const Tensor first = image.narrow(0, 0, 1);
    EXPECT_TRUE(at::equal(unprocess(preprocess(first, gray), gray), first.expand({3, 9, 11}))) << name;
  }
}

TEST(Unprocess, GivesBlackAndPlainPicturesBack) {
  for (const int level : {0, 7, 255}) {
    const Tensor image = at::full({3, 4, 4}, level, at::kByte);
    const Preprocess how = preprocess_preset("imagenet", 3, 4, 4);
    EXPECT_TRUE(at::equal(unprocess(preprocess(image, how), how), image)) << level;
  }
}

TEST(Unprocess, StretchesArraysMadeElsewhere) {
  const Tensor array = at::tensor({-3., 0., 1., 2.}, at::kFloat).view({1, 2, 2});
  const Tensor expected = at::tensor({0, 153, 204, 255}, at::kByte).view({1, 2, 2}).expand({3, 2, 2});
  EXPECT_TRUE(at::equal(unprocess(array, {.channels = ChannelOrder::gray}), expected));
  EXPECT_TRUE(at::equal(unprocess(array.expand({5, 2, 2}), {}), expected));
  const Tensor constant = unprocess(at::full({4, 2, 2}, 9.f), {});
  EXPECT_EQ(shape_text(constant.sizes()), "3x2x2");
}

TEST(Unprocess, RefusesAnInputThatIsNoPicture) {
  EXPECT_THAT(error_of([] { unprocess(at::zeros({3, 9}), {}); }), HasSubstr("3x9 has no picture"));
}

TEST(PreprocessJson, ComesBackAsItWent) {
  for (const std::string& name : preprocess_presets()) {
    for (const int64_t channels : {1, 3}) {
      const Preprocess how = preprocess_preset(name, channels, 224, 192);
      EXPECT_EQ(preprocess_from_json(to_json(how)), how) << to_json(how);
    }
  }
}

TEST(PreprocessJson, HasTheKeysOfTheContract) {
  EXPECT_EQ(
      to_json({.channels = ChannelOrder::bgr, .scale = .5, .mean = {1, 2, 3}, .height = 8, .width = 9, .crop = true}),
      R"({"channels":"bgr","crop":true,"mean":[1.0,2.0,3.0],"scale":0.5,"size":[8,9],"std":[]})");
}

TEST(PreprocessJson, WrongTextSaysWhatIsWrong) {
  const auto message = [](const char* text) { return error_of([&] { preprocess_from_json(text); }); };
  EXPECT_THAT(message("{"), HasSubstr("is not understood"));
  EXPECT_THAT(message("[1]"), HasSubstr("is not understood"));
  EXPECT_THAT(message("3"), HasSubstr("is not understood"));
  EXPECT_THAT(message(R"({"scale": "1"})"), HasSubstr("is not understood"));
  EXPECT_THAT(message(R"({"size": [224]})"), HasSubstr("is not understood"));
  EXPECT_THAT(message(R"({"size": [1e300, 224]})"), HasSubstr("is not understood"));
  EXPECT_THAT(message(R"({"means": [1]})"), HasSubstr("did you mean 'mean'"));
  EXPECT_THAT(message(R"({"channels": "rbg"})"), HasSubstr("rgb, bgr, gray"));
  EXPECT_THAT(message(R"({"mean": [1, 2]})"), HasSubstr("2 values of mean for 3 channels (rgb)"));
  EXPECT_THAT(message(R"({"std": [1, 0, 1]})"), HasSubstr("the std 0"));
  EXPECT_THAT(message(R"({"scale": 0})"), HasSubstr("the scale 0"));
  EXPECT_THAT(message(R"({"scale": 1e300})"), HasSubstr("from 1.17549e-38 to 3.40282e+38"));
  EXPECT_THAT(message(R"({"mean": [0, 0, -1e300]})"),
              HasSubstr("the mean -1e+300; expected a number from -3.40282e+38"));
  EXPECT_THAT(message(R"({"std": [1e-300]})"), HasSubstr("the std 1e-300"));
  EXPECT_THAT(message(R"({"size": [0, 5]})"), HasSubstr("the size 0x5"));
}

}  // namespace
}  // namespace limpid
