// SPDX-License-Identifier: Apache-2.0
#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "limpid/core/error.h"
#include "limpid/core/files.h"
#include "limpid/data/glyphs.h"
#include "limpid/data/image.h"
#include "limpid/data/npy.h"
#include "limpid/pipeline/concepts.h"
#include "limpid/render/png.h"
#include "support/files.h"

namespace limpid {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

const std::string kModels = std::string(LIMPID_SOURCE_DIR) + "/models/";

/// Exemplars of stars and of any glyph, and random pictures.
struct Pictures : testing::Folder {
  Pictures() {
    draw("concepts/star", 30, 1, {"star"});
    draw("concepts/any", 120, 2, glyph_names());
    draw("random", 120, 3, glyph_names());
  }

  void draw(const std::string& folder, int64_t count, uint64_t seed, const std::vector<std::string>& names) const {
    make_folder(path / folder);
    for (int64_t i = 0; i < count; ++i) {
      const auto number = static_cast<uint64_t>(i);
      write_png(path / folder / (std::to_string(100 + i) + ".png"),
                draw_glyphs({names[number % names.size()]}, 1000 * seed + number).picture);
    }
  }

  TcavRequest request(const std::string& output = "out") const {
    TcavRequest asked;
    asked.model.path = kModels + "glyphs.onnx";
    asked.data = "glyphs:200";
    asked.targets = "star";
    asked.layers = {"conv6"};
    asked.concepts = (path / "concepts").string();
    asked.random = (path / "random").string();
    asked.set_size = 20;
    asked.output = (path / output).string();
    return asked;
  }

  TcavRequest again(const std::string& output) const {
    TcavRequest asked = request(output);
    asked.layers.clear();
    asked.concepts.clear();
    asked.random.clear();
    asked.cavs = (path / "out").string();
    return asked;
  }
};

Json run(const TcavRequest& request) { return Json::parse(read_file(tcav(request).document, uint64_t{1} << 30)); }

TEST(ConceptsTcav, TheGlyphOfAClassIsSignificantAndAnyGlyphsAreNot) {
  const Pictures pictures;
  TcavRequest request = pictures.request();
  request.maps = 1;
  request.pooled = true;  // a glyph is anywhere
  const Json document = run(request);
  ASSERT_EQ(document.at("results").size(), 2U);
  const Json &any = document["results"][0], &star = document["results"][1];
  EXPECT_EQ(star.at("concept"), "star");
  EXPECT_GT(star.at("score"), .95);
  EXPECT_EQ(star.at("significant"), "yes");
  EXPECT_GT(star.at("accuracy"), .7);  // of 30 exemplars and 20 random pictures, a third held out
  EXPECT_EQ(any.at("significant"), "no");
  EXPECT_LT(any.at("accuracy"), .65);
  // all that is told follows from the arrays
  const Tensor derivatives = read_npy(pictures.path / "out/conv6.class4.derivatives.npy");
  EXPECT_EQ(derivatives.sizes(), at::IntArrayRef({3, 20, star.at("inputs").get<int64_t>()}));
  EXPECT_NEAR((derivatives[1] > 0).to(at::kDouble).mean().item<double>(), star.at("score").get<double>(), 1e-9);
  for (const Json& map : document.at("maps")) {
    const std::string file = (pictures.path / "out" / map.at("file").get<std::string>()).string();
    EXPECT_EQ(read_npy(file + ".npy").sizes(), at::IntArrayRef({64, 64}));
    EXPECT_NEAR(read_npy(file + ".projection.npy").sum().item<double>(), map.at("projection").get<double>(), 1e-4);
    EXPECT_TRUE(fs::exists(file + ".png"));
    EXPECT_TRUE(fs::exists(file + ".projection.png"));
  }
  EXPECT_EQ(document.at("maps").size(), 2U);
}

TEST(ConceptsTcav, CavsThatAreUsedAgainGiveTheSameScores) {
  const Pictures pictures;
  const Json made = run(pictures.request()), used = run(pictures.again("again"));
  EXPECT_EQ(made.at("results"), used.at("results"));
  EXPECT_EQ(made.at("sets"), used.at("sets"));
  TcavRequest other = pictures.again("other");
  other.model.path = kModels + "glyphs_resnet.onnx";
  other.layers = {"all"};
  EXPECT_THAT([&] { tcav(other); }, ThrowsMessage<Error>(HasSubstr("of another model")));
  other = pictures.again("other");
  other.layers = {"conv3"};
  EXPECT_THAT([&] { tcav(other); }, ThrowsMessage<Error>(HasSubstr("there are none of 'conv3'")));
  other = pictures.again("other");
  other.model.preprocess.preset = "caffe";
  EXPECT_THAT([&] { tcav(other); }, ThrowsMessage<Error>(HasSubstr("the preprocessing")));
  write_npy(pictures.path / "out/conv6.star.cav.npy", at::zeros({20, 3}));
  EXPECT_THAT([&] { tcav(pictures.again("other")); }, ThrowsMessage<Error>(HasSubstr("holds 20x3")));
  write_file(pictures.path / "out/conv6.star.cav.json", "{\"layer\": 3}");
  EXPECT_THAT([&] { tcav(pictures.again("other")); }, ThrowsMessage<Error>(HasSubstr("does not describe CAVs")));
}

TEST(ConceptsTcav, TheNamesOfExemplarsAndTheMemoryChangeNothing) {
  const Pictures pictures;
  TcavRequest request = pictures.request();
  request.layers = {"conv3", "conv6"};
  const Json before = run(request);
  const fs::path star = pictures.path / "concepts/star";
  for (int64_t i = 0; i < 30; ++i)  // in the other order
    fs::rename(star / (std::to_string(100 + i) + ".png"), star / ("x" + std::to_string(200 - i) + ".png"));
  request.output = (pictures.path / "renamed").string();
  request.memory = 90;  // one layer at a time
  request.batch = 5;
  const Json after = run(request);
  ASSERT_EQ(before.at("results").size(), 4U);
  for (size_t i = 0; i < 4; ++i)
    for (const char* number : {"score", "random_score", "accuracy"})
      EXPECT_NEAR(before["results"][i].at(number).get<double>(), after["results"][i].at(number).get<double>(), 6e-3);
}

TEST(ConceptsTcav, FewSetsAndExemplarsAreWarnedOf) {
  const Pictures pictures;
  TcavRequest request = pictures.request();
  request.random_sets = 5;
  request.set_size = 10;
  request.pooled = true;
  EXPECT_THAT(tcav(request).notes, ::testing::IsSupersetOf({HasSubstr("5 random sets are few"),
                                                            HasSubstr("10 inputs in a random set are few")}));
  request.layers = {"conv9"};  // one kernel a class, behind it a mean
  EXPECT_THAT(tcav(request).notes, ::testing::Contains(HasSubstr("is linear in the activations of 'conv9'")));
}

TEST(ConceptsTcav, CutOutsOnBlackAmongWholePicturesAreWarnedOf) {
  const Pictures pictures;
  const auto cut_out = [&](const std::string& from, const std::string& to) {
    make_folder(pictures.path / to);
    for (const fs::directory_entry& entry : fs::directory_iterator(pictures.path / from)) {
      const Tensor picture = read_image(entry.path()), kept = at::zeros_like(picture);
      kept.narrow(1, 20, 24).narrow(2, 20, 24).copy_(picture.narrow(1, 20, 24).narrow(2, 20, 24));
      write_png(pictures.path / to / entry.path().filename(), kept);
    }
  };
  cut_out("concepts/star", "cut/star");
  TcavRequest request = pictures.request();
  request.pooled = true;
  const auto warned = ::testing::Contains(HasSubstr("CAVs tell cut-outs on black from whole pictures"));
  EXPECT_THAT(tcav(request).notes, ::testing::Not(warned));
  request.concepts = (pictures.path / "cut").string();
  EXPECT_THAT(tcav(request).notes, warned);
  cut_out("random", "random-cut");
  request.random = (pictures.path / "random-cut").string();
  EXPECT_THAT(tcav(request).notes, ::testing::Not(warned));
}

}  // namespace
}  // namespace limpid
