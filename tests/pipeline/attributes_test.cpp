// SPDX-License-Identifier: Apache-2.0
#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "limpid/core/error.h"
#include "limpid/core/files.h"
#include "limpid/data/concept_set.h"
#include "limpid/data/glyphs.h"
#include "limpid/data/npy.h"
#include "limpid/data/wrapping.h"
#include "limpid/net/onnx.h"
#include "limpid/pipeline/concepts.h"
#include "limpid/render/png.h"
#include "limpid/train/architectures.h"
#include "limpid/train/trainer.h"
#include "support/files.h"

namespace limpid {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

const std::string kGlyphsModel = std::string(LIMPID_SOURCE_DIR) + "/models/glyphs.onnx";
const std::string kPlanted = "ring";

Preprocess unit_range() { return preprocess_preset("unit", 3, 64, 64); }

/// A small network for glyphs, as made or trained on what `data` draws.
Network small_network(const std::string& data, int64_t epochs) {
  const Network start = build_architecture("lenet", {{3, 64, 64}, 10, 3});
  Network network = start;
  if (epochs > 0) {
    TrainSettings settings;
    settings.epochs = epochs;
    settings.batch = 32;
    settings.learning_rate = 3e-3;
    network = train(start, normalised(open_dataset(data, Part::train), unit_range()), {}, settings).network;
  }
  network.metadata["preprocess"] = to_json(unit_range());
  Json names = glyph_names();
  network.metadata["classes"] = names.dump();
  return network;
}

/// Networks are kept for the tests that follow.
struct AttributeFolder : testing::Folder {
  std::string network(const std::string& name, const std::string& data, int64_t epochs) const {
    static const testing::Folder shared;
    const fs::path file = shared.path / (name + ".onnx");
    if (!fs::exists(file)) save_onnx(small_network(data, epochs), file);
    return file.string();
  }
  /// It rests on the mark in the corner, though the glyph would do.
  std::string watermark_network() const { return network("watermark", "marked-glyphs:1500", 3); }
  std::string random_network() const { return network("random", "glyphs:50", 0); }

  AttributesRequest request(const std::string& output = "out") const {
    AttributesRequest asked;
    asked.model.path = kGlyphsModel;
    asked.target = kPlanted;
    asked.data = "marked-glyphs:600";
    asked.part = "test";
    asked.attributes = "glyphs:200";
    asked.only = {kPlanted};
    asked.maps = 0;
    asked.randomisations = 0;  // they take longest
    asked.output = (path / output).string();
    return asked;
  }

  /// Pictures of a class, with masks of what was drawn in them.
  void draw_masked(const std::string& folder, int64_t count, const std::vector<std::string>& attributes) const {
    for (int64_t i = 0; i < count; ++i) {
      const GlyphScene scene = draw_marked_glyphs({kPlanted}, kPlanted, 7000 + static_cast<uint64_t>(i));
      const std::string name = std::to_string(100 + i) + ".png";
      fs::create_directories(path / folder / "images");
      write_png(path / folder / "images" / name, scene.picture);
      for (const std::string& attribute : attributes)
        for (const DrawnThing& thing : scene.things) {
          if (thing.name != attribute) continue;
          fs::create_directories(path / folder / "masks" / attribute);
          const Tensor mask = ((thing.mask > .02).to(at::kByte) * 255).unsqueeze(0).expand({3, -1, -1}).contiguous();
          write_png(path / folder / "masks" / attribute / name, mask);
        }
    }
  }
};

Json found(const AttributesRequest& request) {
  return Json::parse(read_file(attributes(request).document, uint64_t{1} << 30));
}

const Json& row_of(const Json& rows, const std::string& column, const std::string& value) {
  for (const Json& row : rows)
    if (row.at(column) == value) return row;
  throw Error("no row has " + column + " " + value);
}

TEST(ConceptsAttributes, ANetworkThatRestsOnAWatermarkScoresBelowOneThatDoesNot) {
  const AttributeFolder folder;
  AttributesRequest request = folder.request();
  request.compare = folder.watermark_network();
  const Json document = found(request);
  const Json &clean = document.at("scores")[0], &hans = document.at("scores")[1];
  EXPECT_GT(clean.at("decided"), .9) << "both name the class: one by its glyph";
  EXPECT_GT(hans.at("decided"), .8) << "and one by its mark";
  EXPECT_GT(clean.at("score_low"), .5);
  EXPECT_LT(hans.at("score_high"), .1);
  EXPECT_GT(clean.at("score_low"), hans.at("score_high")) << document.at("scores").dump(1);
  EXPECT_GT(clean.at("necessity_gain_low"), .2);
  EXPECT_LT(hans.at("necessity_gain"), .2);
  for (const Json& row : document.at("comparisons"))
    if (row.at("measure") == "score") {
      EXPECT_GT(row.at("low"), 0);
      EXPECT_NEAR(row.at("difference").get<double>(), clean.at("score").get<double>() - hans.at("score").get<double>(),
                  1e-9);
    } else if (row.at("measure") == "necessity_gain") {
      EXPECT_LT(row.at("p"), .001);
      EXPECT_LT(row.at("p_wilcoxon"), .001);
    }
}

TEST(ConceptsAttributes, WhereThePlantedGlyphIsKnownTheEvidenceLiesOnIt) {
  const AttributeFolder folder;
  folder.draw_masked("data", 30, {kPlanted, "mark"});
  AttributesRequest request = folder.request();
  request.attributes.clear();
  request.only.clear();
  request.data = (folder.path / "data").string();
  request.compare = folder.watermark_network();
  const Json rows = found(request).at("results");
  const auto of = [&](const char* network, const std::string& attribute) {
    for (const Json& row : rows)
      if (row.at("network") == network && row.at("attribute") == attribute) return row;
    throw Error("no row");
  };
  EXPECT_GT(of("glyphs", kPlanted).at("lift_low"), 2);
  EXPECT_GT(of("glyphs", kPlanted).at("necessity_gain_low"), .5);
  EXPECT_LT(of("glyphs", "mark").at("necessity_gain"), .1);
  EXPECT_LT(of("watermark", kPlanted).at("necessity_gain"), .2);
  EXPECT_GT(of("watermark", "mark").at("necessity_gain_low"), .5);
  EXPECT_GT(of("watermark", "mark").at("lift"), of("watermark", kPlanted).at("lift"));
}

TEST(ConceptsAttributes, RandomWeightsHaveALiftOfOne) {
  const AttributeFolder folder;
  folder.draw_masked("data", 40, {kPlanted, "mark"});
  AttributesRequest request = folder.request();
  request.attributes.clear();
  request.only = {kPlanted};
  request.data = (folder.path / "data").string();
  request.model.path = folder.random_network();
  const Json score = found(request).at("scores")[0];
  EXPECT_NEAR(score.at("lift").get<double>(), 1, .25) << score.dump(1);
  EXPECT_LT(score.at("lift_low"), 1);
  EXPECT_GT(score.at("lift_high"), 1);
  EXPECT_LT(score.at("score"), .02);
}

/// Segments that look like exemplars lie where there is something to see, and so does any network's evidence: on this
/// path the lift of random weights is not 1, and stands beside that of the network.
TEST(ConceptsAttributes, FromExemplarsTheLiftIsReadAgainstThatOfRandomWeights) {
  const AttributeFolder folder;
  AttributesRequest request = folder.request("trained");
  request.data = "glyphs:600";
  request.randomisations = 5;
  const Json trained = found(request).at("scores")[0];
  EXPECT_GT(trained.at("lift_low"), trained.at("lift_randomised_high")) << trained.dump(1);
  request = folder.request("untrained");
  request.data = "glyphs:600";
  request.model.path = folder.random_network();
  request.randomisations = 10;
  const Json untrained = found(request).at("scores")[0];
  EXPECT_GT(untrained.at("lift"), untrained.at("lift_randomised_low")) << untrained.dump(1);
  EXPECT_LT(untrained.at("lift"), untrained.at("lift_randomised_high")) << untrained.dump(1);
}

TEST(ConceptsAttributes, WithoutRandomWeightsNothingElseChanges) {
  const AttributeFolder folder;
  AttributesRequest request = folder.request("with");
  request.randomisations = 2;
  const Json with = found(request).at("scores")[0];
  request = folder.request("without");
  const Json without = found(request).at("scores")[0];
  EXPECT_TRUE(without.at("lift_randomised").is_null());
  EXPECT_FALSE(with.at("lift_randomised").is_null());
  for (const char* name : {"score", "lift", "lift_low", "necessity_gain_high"})
    EXPECT_EQ(with.at(name), without.at(name));
  request.randomisations = -1;
  EXPECT_THAT([&] { attributes(request); }, ThrowsMessage<UsageError>(HasSubstr("random weights are -1")));
}

TEST(ConceptsAttributes, ThePlantedGlyphIsFoundFromExemplars) {
  const AttributeFolder folder;
  AttributesRequest request = folder.request();
  request.only = {kPlanted, "star"};
  const Json document = found(request);
  const Json& ring = row_of(document.at("results"), "attribute", kPlanted);
  const Json& star = row_of(document.at("results"), "attribute", "star");
  EXPECT_GT(ring.at("evidence"), .5);
  EXPECT_LT(star.at("evidence"), .1);
  EXPECT_GT(ring.at("lift_low"), 1.5);
  EXPECT_GT(ring.at("necessity_gain_low"), .5);
  EXPECT_LT(star.at("necessity_gain"), .1);
  EXPECT_EQ(ring.at("significant"), "yes");
  EXPECT_EQ(ring.at("tcav"), 1);
  EXPECT_LT(star.at("tcav"), star.at("tcav_random"));
  // all that is told follows from each input's numbers
  std::ifstream file(folder.path / "out/images.csv");
  std::string line;
  double sum = 0, count = 0;
  for (std::getline(file, line); std::getline(file, line);) {
    std::stringstream cells(line);
    std::vector<std::string> row;
    for (std::string cell; std::getline(cells, cell, ',');) row.push_back(cell);
    if (row[3] != kPlanted) continue;
    sum += std::stod(row[6]);
    ++count;
  }
  EXPECT_EQ(count, 12);
  EXPECT_NEAR(sum / count, ring.at("evidence").get<double>(), 1e-9);
}

TEST(ConceptsAttributes, AStoppedRunGoesOnToTheSameNumbers) {
  const AttributeFolder folder;
  AttributesRequest request = folder.request("stopped");
  request.batch = 2;
  int steps = 0;
  const Progress stop = [&](int64_t, int64_t, std::string_view what) {
    if (what == "attributes" && ++steps == 3) throw std::runtime_error("enough");
  };
  EXPECT_THROW(attributes(request, stop), std::runtime_error);
  EXPECT_TRUE(fs::exists(folder.path / "stopped/attributes1.state"));
  AttributesRequest other = request;
  other.temperature = .3;
  EXPECT_THAT([&] { attributes(other); }, ThrowsMessage<Error>(HasSubstr("temperature 0.05, and this one has 0.3")));
  int64_t first = -1;
  attributes(request, [&](int64_t done, int64_t, std::string_view what) {
    if (what == "attributes" && first < 0) first = done;
  });
  EXPECT_EQ(first, 4);
  EXPECT_FALSE(fs::exists(folder.path / "stopped/attributes1.state"));
  request.output = (folder.path / "whole").string();
  attributes(request);
  for (const char* name : {"images.csv", "attributes.csv", "scores.csv"})
    EXPECT_EQ(read_file(folder.path / "stopped" / name, 1 << 20), read_file(folder.path / "whole" / name, 1 << 20));
}

TEST(ConceptsAttributes, MethodsAreComparedOnTheSameInputs) {
  const AttributeFolder folder;
  AttributesRequest request = folder.request();
  request.methods = {"lrp", "clear:response=lrp:epsilon-plus", "gradient"};
  request.inputs = 4;
  request.maps = 1;
  const Json document = found(request);
  EXPECT_EQ(document.at("scores").size(), 3U);
  EXPECT_EQ(document.at("comparisons").size(), 3 * 4U);
  const Json& same = document.at("comparisons")[0];
  EXPECT_NEAR(same.at("difference").get<double>(), 0, 1e-4) << "of this head both are one walk";
  const Tensor belongs = read_npy(folder.path / "out/images/test[0].attributes.npy");
  const Tensor map = read_npy(folder.path / "out/images/test[0].lrp.npy");
  EXPECT_EQ(belongs.sizes(), at::IntArrayRef({1, 64, 64}));
  EXPECT_EQ(map.sizes(), at::IntArrayRef({64, 64}));
  EXPECT_TRUE(fs::exists(folder.path / "out/report.html"));
}

TEST(ConceptsAttributes, RegionsOfTheResponseCanBeTheSegments) {
  const AttributeFolder folder;
  AttributesRequest request = folder.request();
  request.segments = "response";
  request.embedding = "in-place";
  request.maps = 1;
  const Json score = found(request).at("scores")[0];
  EXPECT_GE(score.at("unexplained"), 0);
  EXPECT_LE(score.at("alignment"), 1);
  EXPECT_EQ(read_npy(folder.path / "out/images/test[0].segments.npy").size(0), 1);
}

}  // namespace
}  // namespace limpid
