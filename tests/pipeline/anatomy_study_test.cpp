// SPDX-License-Identifier: Apache-2.0
#include <ATen/ATen.h>
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>
#include <set>

#include "limpid/core/random.h"
#include "limpid/data/concept_set.h"
#include "limpid/data/image.h"
#include "limpid/pipeline/studies.h"
#include "limpid/render/png.h"
#include "limpid/render/table.h"
#include "pipeline/studies/anatomy_summary.h"
#include "support/files.h"

namespace limpid::testing {
namespace {
namespace fs = std::filesystem;
using study_of_anatomy::values_of;
using ::testing::AllOf;
using ::testing::HasSubstr;
using Json = nlohmann::json;

constexpr int64_t kSide = 32, kSpot = 6;

/// Gray noise, with a bright square somewhere in pictures of the class "spot" and with none in those of "blank"; a dark
/// bar at the upper edge, of both classes, is no landmark. The squares of the first test pictures are `boxes`.
void draw(const fs::path& folder, Json& boxes) {
  boxes = {{"landmarks", {{"spot", {"the spot"}}}}, {"images", Json::array()}};
  Random random(5);
  for (const bool test : {false, true})
    for (const std::string label : {"blank", "spot"}) {
      const fs::path place = folder / (test ? "test" : "train") / label;
      fs::create_directories(place);
      for (int64_t i = 0; i < (test ? 8 : 40); ++i) {
        const auto seed = static_cast<uint64_t>(1000 * test + 10 * i + (label == "spot"));
        const Tensor picture = normal_noise({1, kSide, kSide}, seed) * 12 + 90;
        const int64_t x = 1 + random.below(kSide - kSpot - 1), y = 4 + random.below(kSide - kSpot - 4);
        if (label == "spot") picture.narrow(1, y, kSpot).narrow(2, x, kSpot).add_(120);
        picture.narrow(1, 0, 2).narrow(2, 8, 8).fill_(20);
        write_png(place / (std::to_string(i) + ".png"), picture.clamp(0, 255).to(at::kByte));
        if (!test || label != "spot") continue;
        boxes["images"].push_back(
            {{"image", "spot/" + std::to_string(i) + ".png"},
             {"size", {kSide, kSide}},
             {"boxes", {{"the spot", {{x, y, x + kSpot, y + kSpot}}}, {"markers", {{8, 0, 16, 2}}}}}});
      }
    }
}

/// The folder's data and boxes, and a study of them.
struct Planted {
  Folder folder;
  Json boxes;
  StudyRequest request;

  Planted() {
    draw(folder.path / "data", boxes);
    write_file(folder.path / "boxes.json", boxes.dump());
    request = {
        .study = "anatomy",
        .data = (folder.path / "data").string(),
        .output = (folder.path / "out").string(),
        .settings = {"landmarks=" + (folder.path / "boxes.json").string(), "epochs=4", "checkpoints=0,0.25,4",
                     "batch=8", "train-precision=float32", "draws=3", "seeds=1", "strips=1", "learning-rate=0.002"},
        .threads = 1};
  }

  Table table(const std::string& name) const {
    return table_of_json(read_file(folder.path / "out/tables" / (name + ".json"), 1 << 24));
  }

  /// The parts that were computed, rather than taken over.
  std::set<std::string> run() const {
    std::set<std::string> parts;
    run_study(request, {}, [&](const std::string& line) {
      if (line.ends_with(" s")) parts.insert(line.substr(0, line.find(':')));
    });
    return parts;
  }
};

double one(const Table& table, const std::string& column, const std::vector<std::pair<std::string, Cell>>& where) {
  const std::vector<double> values = values_of(table, column, where);
  EXPECT_EQ(values.size(), 1u) << column;
  return values.empty() ? std::nan("") : values.front();
}

TEST(StudyOfAnatomy, FindsTheLandmarkThatDecidesAndGoesOnWhereItStopped) {
  const Planted planted;
  planted.run();
  const Cell deep = std::string("anatomy-deep"), spot = std::string("the spot");
  const auto accuracy = planted.table("accuracy-anatomy-deep");
  EXPECT_GT(one(accuracy, "accuracy", {{"epoch", 4.}}), .9);
  const Table lifts = planted.table("lift-by-checkpoint");
  const auto lift = [&](const char* region) {
    return one(lifts, "lift", {{"network", deep}, {"epoch", 4.}, {"region", std::string(region)}});
  };
  EXPECT_GT(lift("the spot"), 2.5);
  EXPECT_LT(lift("markers"), 1.5);
  const Table ablation = planted.table("ablation");
  const auto flips = [&](const char* column) {
    return one(ablation, column, {{"network", deep}, {"region", spot}, {"fill", std::string("image mean")}});
  };
  EXPECT_GE(flips("flips"), .75);
  EXPECT_LE(flips("flips_random"), .1);
  EXPECT_GT(flips("drop"), flips("drop_random") + .5);

  const std::string report = read_file(planted.folder.path / "out/report.md", 1 << 24);
  EXPECT_THAT(report, AllOf(HasSubstr("This is a reconstruction"), HasSubstr("(figures/strip-anatomy-deep-spot-1.png)"),
                            HasSubstr("What the data allow to be said")));
  const Json document = Json::parse(read_file(planted.folder.path / "out/study.json", 1 << 24));
  EXPECT_TRUE(document.at("finished"));
  for (const std::string figure : document.at("figures")) EXPECT_TRUE(fs::exists(planted.folder.path / "out" / figure));

  const ConceptSet masks = open_concepts(planted.folder.path / "out/landmarks/spot");
  EXPECT_EQ(masks.concepts, (std::vector<std::string>{"markers", "the spot"}));
  ASSERT_EQ(masks.size(), 8);
  for (int64_t i = 0; i < masks.size(); ++i) {
    EXPECT_TRUE(at::equal(masks.pictures.read(i, 0),
                          read_image(planted.folder.path / ("data/test/spot/" + std::to_string(i) + ".png"))));
    const Json& box = planted.boxes["images"][static_cast<size_t>(i)]["boxes"]["the spot"][0];
    Tensor expected = at::zeros({kSide, kSide}, at::kByte);
    expected.narrow(0, box[1], kSpot).narrow(1, box[0], kSpot).fill_(1);
    EXPECT_TRUE(at::equal(masks.masks(i).back().mask, expected));
  }

  EXPECT_TRUE(planted.run().empty());
  const fs::path part = planted.folder.path / "out/tables/ablation-anatomy-deep-epoch4.json";
  const std::string before = read_file(part, 1 << 24);
  fs::remove(part);
  EXPECT_EQ(planted.run(), std::set<std::string>{"tables/ablation-anatomy-deep-epoch4.csv"});
  EXPECT_EQ(read_file(part, 1 << 24), before);  // equal seeds, equal boxes

  Json moved = planted.boxes;
  moved["images"][0]["boxes"]["the spot"][0] = {0, 0, 3, 3};
  write_file(planted.folder.path / "boxes.json", moved.dump());
  EXPECT_THAT(error_of([&] { planted.run(); }), HasSubstr("holds a run with other landmarks"));
}

TEST(StudyOfAnatomy, TrainsAsManySeedsAsAskedForAndTellsTheirSpread) {
  Planted planted;
  planted.request.settings.insert(planted.request.settings.end(), {"seeds=2", "epochs=1", "checkpoints=0,1"});
  planted.run();
  const Table spread = planted.table("seeds-lift-by-checkpoint");
  Planted other;  // the second seed, as a study of its own
  other.request.settings.insert(other.request.settings.end(), {"seeds=1", "epochs=1", "checkpoints=0,1"});
  other.request.seed = 1;
  other.run();
  EXPECT_FALSE(fs::exists(other.folder.path / "out/tables/seeds-accuracy.json"));
  for (const std::string network : {"anatomy-shallow", "anatomy-deep"})
    for (const double epoch : {0., 1.}) {
      const std::vector<std::pair<std::string, Cell>> where = {
          {"network", network}, {"epoch", epoch}, {"region", std::string("the spot")}};
      const double a = one(planted.table("lift-by-checkpoint"), "lift", where);
      const double b = one(other.table("lift-by-checkpoint"), "lift", where);
      EXPECT_NE(a, b);
      EXPECT_NEAR(one(spread, "lift", where), (a + b) / 2, 1e-3);
      EXPECT_NEAR(one(spread, "lift_sd", where), std::abs(a - b) / std::sqrt(2.), 1e-3);
    }
  EXPECT_THAT(read_file(planted.folder.path / "out/report.md", 1 << 24),
              AllOf(HasSubstr("What was found with 2 seeds"), HasSubstr("What was found with the first seed")));
  EXPECT_TRUE(planted.run().empty());
}

TEST(StudyOfAnatomy, RefusesExemplarsThatWereTrainedOnAndCheckpointsThatNeverCome) {
  Planted planted;
  planted.request.data = (planted.folder.path / "data/test").string();  // one part for all
  EXPECT_THAT(error_of([&] { planted.run(); }), AllOf(HasSubstr("is among those trained on"), HasSubstr("train/")));
  planted.request.output = (planted.folder.path / "other").string();
  planted.request.settings.push_back("checkpoints=0,9");
  EXPECT_THAT(error_of([&] { planted.run(); }), HasSubstr("expected epochs from 0 to 4"));
  planted.request.output = (planted.folder.path / "third").string();
  planted.request.settings = {"landmarks="};
  planted.request.data = (planted.folder.path / "data").string();
  EXPECT_THAT(
      error_of([&] { planted.run(); }),
      HasSubstr("limpid's own set of landmarks on MedNIST has landmarks of the class 'Hand', which the data do not"));
}

}  // namespace
}  // namespace limpid::testing
