// SPDX-License-Identifier: Apache-2.0
#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>

#include "limpid/concepts/discovery.h"
#include "limpid/core/error.h"
#include "limpid/core/files.h"
#include "limpid/data/csv.h"
#include "limpid/data/glyphs.h"
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

constexpr int64_t kStars = 30;

/// Pictures of stars, and of any glyph to draw random sets of.
struct StarFolder : testing::Folder {
  StarFolder() {
    make_folder(path / "stars");
    for (int64_t i = 0; i < kStars; ++i) write_png(picture(i), scene(i).picture);
  }

  static GlyphScene scene(int64_t i) { return draw_glyphs({"star"}, static_cast<uint64_t>(5000 + i)); }
  std::string picture(int64_t i) const { return (path / "stars" / (std::to_string(100 + i) + ".png")).string(); }

  DiscoverRequest request(const std::string& output = "out") const {
    DiscoverRequest asked;
    asked.model.path = std::string(LIMPID_SOURCE_DIR) + "/models/glyphs.onnx";
    asked.data = (path / "stars").string();
    asked.target = "star";
    asked.layers = {"conv6"};
    asked.superpixels = {8, 20};
    asked.clusters = 8;
    asked.random = "glyphs:400";
    asked.set_size = 20;
    asked.pooled = true;
    asked.output = (path / output).string();
    return asked;
  }
};

Json document_of(const ConceptsSummary& summary) { return Json::parse(read_file(summary.document, uint64_t{1} << 30)); }

/// Of segments.csv, without its head.
std::vector<std::vector<std::string>> segment_rows(const fs::path& output) {
  auto rows = csv_rows(read_file(output / "segments.csv", uint64_t{1} << 30), "segments.csv");
  rows.erase(rows.begin());
  return rows;
}

/// How much of a concept's segments shows the star, in the mean.
double share_of_star(const StarFolder& folder, const fs::path& output, const std::string& name,
                     const std::vector<int64_t>& counts) {
  double sum = 0;
  int64_t seen = 0;
  std::map<std::string, int64_t> index_of;
  for (int64_t i = 0; i < kStars; ++i) index_of[folder.picture(i)] = i;
  for (const auto& row : segment_rows(output)) {
    if (row[5] != name) continue;
    const GlyphScene scene = StarFolder::scene(index_of.at(row[0]));
    const Tensor inside = (superpixel_segments(scene.picture, counts).labels == std::stoi(row[1])).any(0);
    sum += (scene.things.back().mask * inside).sum().item<double>() / inside.sum().item<double>();
    ++seen;
  }
  return sum / static_cast<double>(seen);
}

/// A score counts signs, so what comes with the glyph may reach 1 too; but what shows least of it scores lower.
TEST(ConceptsDiscover, TheGlyphOfTheClassIsAConceptThatSpeaksForIt) {
  const StarFolder folder;
  for (const bool fast : {false, true}) {
    DiscoverRequest request = folder.request(fast ? "fast" : "out");
    request.fast = fast;
    const Json document = document_of(discover(request));
    const Json& concepts = document.at("concepts");
    ASSERT_GE(concepts.size(), 2U) << fast;
    std::map<double, Json> by_share;
    for (size_t i = 0; i < concepts.size(); ++i) {
      EXPECT_LE(concepts[i].at("score"), concepts[i > 0 ? i - 1 : 0].at("score")) << fast;
      by_share[share_of_star(folder, request.output, concepts[i].at("concept"), request.superpixels)] = concepts[i];
    }
    const auto& [most, glyph] = *by_share.rbegin();
    const auto& [least, clutter] = *by_share.begin();
    EXPECT_GT(most, .4) << fast;  // a star covers some 5 % of a picture
    EXPECT_LT(least, .01) << fast;
    EXPECT_EQ(glyph.at("score"), 1) << fast;
    EXPECT_EQ(glyph.at("significant"), "yes") << fast;
    EXPECT_LT(clutter.at("score"), glyph.at("score")) << fast;
  }
}

TEST(ConceptsDiscover, TablesArraysAndExemplarsAgree) {
  const StarFolder folder;
  const DiscoverRequest request = folder.request();
  const Json document = document_of(discover(request));
  const fs::path output = request.output;
  const auto rows = segment_rows(output);
  const Tensor features = read_npy(output / "features.npy").to(at::kDouble),
               centres = read_npy(output / "centres.npy").to(at::kDouble);
  ASSERT_EQ(features.size(0), static_cast<int64_t>(rows.size()));
  ASSERT_EQ(centres.size(0), request.clusters);
  std::map<std::string, std::set<std::string>> inputs;
  std::map<std::string, int64_t> sizes;
  for (size_t s = 0; s < rows.size(); ++s) {
    const Tensor distances = (centres - features[static_cast<int64_t>(s)]).norm(2, 1);
    EXPECT_NEAR(distances[std::stoi(rows[s][3])].item<double>(), std::stod(rows[s][4]), 1e-4);
    EXPECT_LT(std::stod(rows[s][4]), distances.min().item<double>() + 1e-4);
    inputs[rows[s][5]].insert(rows[s][0]);
    ++sizes[rows[s][5]];
  }
  for (const Json& one : document.at("concepts")) {
    const std::string name = one.at("concept");
    EXPECT_EQ(one.at("segments"), sizes[name]);
    EXPECT_EQ(one.at("inputs"), inputs[name].size());
    EXPECT_EQ(one.at("rule"), concept_rule(one.at("segments"), one.at("inputs"), kStars));
    EXPECT_EQ(one.at("exemplars"), std::min<int64_t>(sizes[name], request.members));
    EXPECT_EQ(std::distance(fs::directory_iterator(output / "concepts" / name), fs::directory_iterator{}),
              one.at("exemplars").get<int64_t>());
  }
  // exemplars are what `limpid concepts tcav` takes, and an earlier run's are replaced
  write_png(output / "concepts" / "concept01" / "999.png", StarFolder::scene(0).picture);
  EXPECT_EQ(document_of(discover(request)).at("concepts"), document.at("concepts"));
}

TEST(ConceptsDiscover, ClustersOfTooFewSegmentsAreLeftOutWithANote) {
  const StarFolder folder;
  DiscoverRequest request = folder.request();
  request.inputs = 4;
  request.clusters = 30;
  request.random_sets = 5;
  const ConceptsSummary summary = discover(request);
  EXPECT_THAT(summary.notes.front(), HasSubstr("left out"));
  const Json concepts = document_of(summary).at("concepts");
  EXPECT_GT(concepts.size(), 0U);
  for (const Json& one : concepts) EXPECT_GE(one.at("segments"), 5);
  request = folder.request("none");
  request.inputs = 2;
  request.superpixels = {8};
  request.clusters = 10;
  EXPECT_THAT([&] { discover(request); }, ThrowsMessage<Error>(HasSubstr("fewer --clusters would work")));
}

TEST(ConceptsDiscover, WhatCannotBeFoundIsRefused) {
  const StarFolder folder;
  DiscoverRequest request = folder.request();
  request.layers = {"all"};
  EXPECT_THAT([&] { discover(request); }, ThrowsMessage<UsageError>(HasSubstr("in one layer")));
  request = folder.request();
  request.clusters = 5000;
  EXPECT_THAT([&] { discover(request); }, ThrowsMessage<Error>(HasSubstr("cannot make 5000 clusters")));
  request = folder.request();
  make_folder(folder.path / "out/concepts/mine");
  EXPECT_THAT([&] { discover(request); }, ThrowsMessage<Error>(HasSubstr("holds 'mine'")));
  EXPECT_TRUE(fs::exists(folder.path / "out/concepts/mine"));
}

}  // namespace
}  // namespace limpid
