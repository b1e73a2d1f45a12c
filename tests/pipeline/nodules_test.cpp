// SPDX-License-Identifier: Apache-2.0
// The study of nodules on patches drawn here: its measures held against counting, its run from patches to a report.
#include <ATen/ATen.h>
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>
#include <set>

#include "limpid/core/random.h"
#include "limpid/render/png.h"
#include "limpid/train/architectures.h"
#include "limpid/train/logistic.h"
#include "pipeline/studies.h"
#include "pipeline/studies/nodules_parts.h"
#include "support/files.h"

namespace limpid::testing {
namespace {
namespace fs = std::filesystem;
using namespace study_of_nodules;
using ::testing::AllOf;
using ::testing::HasSubstr;
using Json = nlohmann::json;

/// A bright disk with some noise on black.
Tensor disk(double radius, uint64_t seed) {
  const Tensor noise = normal_noise({24, 24}, seed) * 12 + 180;
  const Tensor at_row = at::arange(24, at::kFloat).unsqueeze(1) - 11.5, at_column = at::arange(24, at::kFloat) - 11.5;
  const Tensor inside = (at_row.square() + at_column.square()).le(radius * radius);
  return (noise * inside).clamp(0, 255).to(at::kByte).unsqueeze(0);
}

struct Drawn {
  std::string rows = "path,exam_id,label,fold\n", radiomics = "exam_id,nodule_id,diameter,texture,malignancy,class\n";
};

/// Two slices of a nodule, large where it is malignant.
void add_nodule(const fs::path& folder, Drawn& drawn, int64_t exam, int64_t nodule, bool malignant, int64_t fold) {
  const std::string label = malignant ? "malignant" : "benign";
  const std::string place = fmt::format("{}/exam{}/{}", label, exam, nodule);
  fs::create_directories(folder / place);
  const auto seed = static_cast<uint64_t>(100 * exam + 10 * nodule);
  const double radius = (malignant ? 7 : 3.5) + Random(seed).uniform(-1, 1);
  for (uint64_t slice = 0; slice < 2; ++slice) {
    const std::string path = fmt::format("{}/{}.png", place, slice);
    write_png(folder / path, disk(radius - static_cast<double>(slice), seed + slice));
    drawn.rows += fmt::format("{},exam{},{},{}\n", path, exam, label, fold);
  }
  drawn.radiomics +=
      fmt::format("exam{},{},{},{},{},x\n", exam, nodule, 2 * radius, Random(seed + 5).normal(), malignant ? 5 : 1);
}

/// 24 exams in three folds; every third has a benign and a malignant nodule.
void draw_nodules(const fs::path& folder) {
  Drawn drawn;
  for (int64_t exam = 0; exam < 24; ++exam) {
    add_nodule(folder, drawn, exam, 1, exam % 2 == 0, exam % 3);
    if (exam % 4 == 0) add_nodule(folder, drawn, exam, 2, exam % 2 != 0, exam % 3);
  }
  write_file(folder / "manifest.csv", drawn.rows);
  write_file(folder / "radiomics.csv", drawn.radiomics);
}

StudyRequest nodules_in(const fs::path& folder) {
  return {.study = "nodules",
          .data = (folder / "data").string(),
          .output = (folder / "out").string(),
          .settings = {"width=4", "epochs=4", "batch=8", "learning-rate=0.01", "dropout=0", "gallery=3",
                       "size-columns=diameter", "train-precision=float32", "augment=flip"},
          .threads = 1};
}

Json table_in(const fs::path& folder, const std::string& name) {
  return Json::parse(read_file(folder / "out/tables" / (name + ".json"), 1 << 24)).at("rows");
}

std::map<std::string, std::string> hashes(const fs::path& folder) {
  std::map<std::string, std::string> all;
  for (const auto& entry : fs::recursive_directory_iterator(folder))
    if (entry.is_regular_file()) all[fs::relative(entry.path(), folder).string()] = sha256_of_file(entry.path());
  return all;
}

TEST(NoduleRegions, AreThoseFoundByLookingAtEveryPairOfPixels) {
  Tensor picture = at::zeros({1, 20, 20}, at::kByte);
  picture.narrow(1, 3, 11).narrow(2, 4, 12).fill_(90);
  picture.narrow(1, 6, 3).narrow(2, 8, 2).fill_(0);  // a hole: of the nodule
  picture.narrow(1, 3, 4).narrow(2, 4, 3).fill_(0);  // a notch: outside
  const Tensor regions = regions_of(picture);
  Tensor nodule = picture[0] > 0;
  nodule.narrow(0, 6, 3).narrow(1, 8, 2).fill_(true);
  for (int64_t r = 0; r < 20; ++r)
    for (int64_t c = 0; c < 20; ++c) {
      const bool own = nodule[r][c].item<bool>();
      bool margin = false;
      for (int64_t y = 0; y < 20; ++y)
        for (int64_t x = 0; x < 20; ++x)
          if ((y - r) * (y - r) + (x - c) * (x - c) <= 4) margin = margin || nodule[y][x].item<bool>() != own;
      EXPECT_EQ(regions[r][c].item<int64_t>(), margin ? 1 : own ? 2 : 0) << r << ' ' << c;
    }
  EXPECT_EQ(regions.eq(2).sum().item<int64_t>() > 0 && regions.eq(0).sum().item<int64_t>() > 0, true);
}

TEST(NoduleRegions, OfAPatchWithoutANoduleAreOutside) {
  EXPECT_EQ(regions_of(at::zeros({3, 6, 6}, at::kByte)).sum().item<int64_t>(), 0);
}

TEST(NoduleEvidence, SharesAndRatioAreThoseOfACountByHand) {
  const Tensor regions = at::tensor({0, 1, 2, 2}, at::kByte).reshape({2, 2});
  const Tensor benign = at::tensor({1.f, 2.f, 3.f, 4.f}).reshape({2, 2});
  const Tensor malignant = at::tensor({0.f, 0.f, 0.f, 30.f}).reshape({2, 2});
  const Evidence e = evidence_of(benign, malignant, regions, 2);
  EXPECT_DOUBLE_EQ(e.ratio(), .75);
  EXPECT_DOUBLE_EQ(e.parts[0][0], .1);
  EXPECT_DOUBLE_EQ(e.parts[0][1], .2);
  EXPECT_DOUBLE_EQ(e.parts[0][2], .7);
  EXPECT_DOUBLE_EQ(e.parts[1][2], 1);
  EXPECT_DOUBLE_EQ(e.area[2], .5);
  EXPECT_TRUE(std::isnan(evidence_of(at::zeros({2, 2}), at::zeros({2, 2}), regions, 2).ratio()));
}

TEST(AttentionMap, KeepsTheLargerClassFromTTimesTheMaximumOn) {
  const Tensor benign = at::tensor({1.f, .0f, .5f, 8.f}).reshape({2, 2});
  const Tensor malignant = at::tensor({2.f, .0f, .4f, 10.f}).reshape({2, 2});
  const DominantMap map = attention_map(benign, malignant, .1);
  EXPECT_TRUE(map.classes.equal(at::tensor({0, -1, -1, 0}, at::kInt).reshape({2, 2})));
  EXPECT_TRUE(attention_map(benign, malignant, .01).classes.equal(at::tensor({0, -1, 1, 0}, at::kInt).reshape({2, 2})));
  EXPECT_EQ(map.level[1][0].item<float>(), 0);
  EXPECT_EQ(map.level[1][1].item<float>(), 10);
}

TEST(NoduleLevels, NodulesAreMeansAndExamsTheLargestOfTheirs) {
  const std::vector<Decision> slices = {
      {"a", "a/1", 0, false, .2}, {"b", "b/1", 0, true, .9}, {"a", "a/1", 0, false, .6}, {"a", "a/2", 0, true, .7}};
  const std::vector<Decision> nodules = by_nodule(slices), exams = by_exam(nodules);
  ASSERT_EQ(nodules.size(), 3u);
  EXPECT_DOUBLE_EQ(nodules[0].probability, .4);
  EXPECT_EQ(nodules[1].nodule, "b/1");
  ASSERT_EQ(exams.size(), 2u);
  EXPECT_DOUBLE_EQ(exams[0].probability, .7);
  EXPECT_TRUE(exams[0].malignant);
  EXPECT_EQ(scores_of(nodules).positives, 2);
}

/// How far from `asked`, as a share of it.
double off(int64_t parameters, int64_t asked) {
  return std::abs(static_cast<double>(parameters) / static_cast<double>(asked) - 1);
}

TEST(NoduleNetworks, OfSimilarSizeComeWithinThreePercent) {
  for (const Shape& input : {Shape{1, 32, 32}, Shape{3, 64, 64}})
    for (const char* architecture : {"gap-cnn", "lenet"})
      for (const int64_t asked : {60'000, 77'410}) {
        const Sized found = sized(architecture, asked, input);
        EXPECT_LT(off(found.parameters, asked), .03) << architecture << ' ' << found.width;
      }
}

TEST(NoduleNetworks, OfSimilarSizeAreNearerThanAnyWholeWidth) {
  const Shape input = {3, 32, 32};
  const auto parameters = [&](const std::string& architecture, const std::string& width) {
    return parameters_of(build_architecture(architecture, {input, 2}, {{"width", width}}));
  };
  for (const char* architecture : {"all-cnn", "gap-cnn", "lenet", "sisc", "vgg-small", "resnet-small"}) {
    const Sized found = sized(architecture, 40'000, input);
    EXPECT_EQ(parameters(architecture, found.width), found.parameters);
    for (int width = 1; width < 32; ++width)
      EXPECT_LE(off(found.parameters, 40'000), off(parameters(architecture, std::to_string(width)), 40'000));
  }
}

TEST(NoduleNetworks, WithMoreParametersThanAskedForAreTheNarrowest) {
  EXPECT_EQ(sized("lenet", 10, {1, 32, 32}).width, "1");
}

/// 60 nodules in three folds, labels drawn from the first of two features.
Radiomics drawn_radiomics() {
  Radiomics radiomics{{"a", "b"}, normal_noise({60, 2}, 4).to(at::kDouble), {}};
  for (int64_t i = 0; i < 60; ++i)
    radiomics.nodules.push_back(
        {std::to_string(i), std::to_string(i) + "/1", i % 3,
         radiomics.features[i][0].item<double>() + Random(static_cast<uint64_t>(i)).normal() > 0, std::nan("")});
  return radiomics;
}

TEST(NoduleRegression, DecidesOfAFoldAsWhatWasFittedToTheOthersDoes) {
  const Radiomics radiomics = drawn_radiomics();
  const Table table = regression_table(radiomics, {0, 1, 2});
  ASSERT_EQ(table.rows.size(), 60u);
  std::vector<int64_t> rest, labels;
  for (int64_t i = 0; i < 60; ++i)
    if (i % 3 != 1) {
      rest.push_back(i);
      labels.push_back(radiomics.nodules[static_cast<size_t>(i)].malignant);
    }
  for (const auto& row : table.rows) {
    if (std::get<int64_t>(row[2]) != 1) continue;
    const auto fitted = fit_logistic(radiomics.features.index_select(0, at::tensor(rest, at::kLong)),
                                     at::tensor(labels, at::kLong), std::get<double>(row[5]));
    const int64_t nodule = std::stoll(std::get<std::string>(row[0]));
    const double expected = fitted.probabilities(radiomics.features.narrow(0, nodule, 1)).item<double>();
    EXPECT_NEAR(std::get<double>(row[4]), expected, 1e-9);
  }
}

TEST(NoduleRegression, DoesNotLookAtTheLabelsItIsAskedFor) {
  Radiomics radiomics = drawn_radiomics();
  const Table before = regression_table(radiomics, {1});
  for (Decision& nodule : radiomics.nodules) nodule.malignant = nodule.malignant != (nodule.fold == 1);
  const Table after = regression_table(radiomics, {1});
  for (size_t i = 0; i < before.rows.size(); ++i) {
    EXPECT_EQ(after.rows[i][4], before.rows[i][4]);
    EXPECT_EQ(after.rows[i][5], before.rows[i][5]);
    EXPECT_NE(after.rows[i][3], before.rows[i][3]);
  }
}

class NodulesStudy : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder = new Folder;
    draw_nodules(folder->path / "data");
    run_study(nodules_in(folder->path));
  }
  static void TearDownTestSuite() {
    delete folder;
    folder = nullptr;
  }
  static Json table(const std::string& name) { return table_in(folder->path, name); }

  static Folder* folder;
};
Folder* NodulesStudy::folder = nullptr;

TEST_F(NodulesStudy, HoldsEveryNoduleOutOnceAndNoExamStandsOnTwoSides) {
  std::set<std::string> slices;
  std::map<std::string, std::set<int64_t>> folds;
  for (int64_t fold = 0; fold < 3; ++fold) {
    const Json model =
        Json::parse(read_file(folder->path / fmt::format("out/networks/sisc-fold{}.json", fold), 1 << 22));
    EXPECT_THAT(model.dump(), HasSubstr(fmt::format("held out (fold {})", fold)));
    for (const Json& row : table(fmt::format("evidence-fold{}", fold))) {
      EXPECT_TRUE(slices.insert(row.at("input")).second);
      EXPECT_EQ(row.at("fold"), fold);
      folds[row.at("exam")].insert(fold);
    }
  }
  EXPECT_EQ(slices.size(), 60u);
  EXPECT_EQ(folds.size(), 24u);
  for (const auto& [exam, sides] : folds) EXPECT_EQ(sides.size(), 1u) << exam;
}

TEST_F(NodulesStudy, LearnsWhatTellsDrawnNodulesApart) {
  for (const Json& row : table("summary")) EXPECT_GT(row.at("auc"), .9) << row;
}

TEST_F(NodulesStudy, ScoresAreThoseCountedInItsPredictions) {
  for (const std::string network : {"gap-cnn", "lenet"}) {
    std::map<int64_t, std::pair<int64_t, int64_t>> right;
    for (const Json& row : table("predictions-" + network)) {
      auto& [good, all] = right[row.at("fold")];
      good += (row.at("probability") >= .5) == (row.at("malignant") == 1);
      ++all;
    }
    for (const Json& row : table("scores"))
      if (row.at("network") == network && row.at("level") == "slice") {
        const auto [good, all] = right.at(row.at("fold"));
        EXPECT_EQ(row.at("cases"), all);
        EXPECT_DOUBLE_EQ(row.at("accuracy"), static_cast<double>(good) / static_cast<double>(all));
      }
  }
}

TEST_F(NodulesStudy, SharesOfEvidenceAddUpAndTheRatioIsOfTheirSums) {
  for (const Json& row : table("evidence-fold1")) {
    const double benign = row.at("r_benign"), malignant = row.at("r_malignant");
    EXPECT_GE(std::min(benign, malignant), 0);
    if (benign + malignant == 0) continue;
    EXPECT_NEAR(row.at("ratio"), malignant / (benign + malignant), 1e-12);
    for (const std::string of : {"benign", "malignant", "area"}) {
      if (row.at(of + "_inside").is_null()) continue;
      EXPECT_NEAR(double(row.at(of + "_inside")) + double(row.at(of + "_margin")) + double(row.at(of + "_outside")), 1,
                  1e-5);
    }
  }
}

TEST_F(NodulesStudy, DrawsEveryNoduleAndReportsAllOfIt) {
  size_t pictures = 0;
  for (const auto& entry : fs::recursive_directory_iterator(folder->path / "out/nodules"))
    pictures += entry.is_regular_file();
  EXPECT_EQ(pictures, 30u);
  const std::string report = read_file(folder->path / "out/report.md", 1 << 20);
  for (const char* part :
       {"77.52 %", "figures/roc.svg", "figures/ratio.svg", "figures/regions.svg", "figures/certain.png",
        "figures/divided.png", "figures/sheet-1.png", "lies inside", "regression, radiomics"})
    EXPECT_THAT(report, HasSubstr(part));
  const Json features = table("features");
  ASSERT_EQ(features.size(), 2u);  // neither names nor what tells the label
  EXPECT_EQ(features[1].at("feature"), "texture");
}

TEST_F(NodulesStudy, TakesOverWhatIsDoneAndDoesTheRestAgain) {
  const StudyRequest request = nodules_in(folder->path);
  const auto whole = hashes(folder->path / "out");
  EXPECT_TRUE(computed(request).empty());
  EXPECT_EQ(hashes(folder->path / "out"), whole);
  fs::remove(folder->path / "out/tables/evidence-fold1.json");
  fs::remove_all(folder->path / "out/nodules/fold1");
  EXPECT_EQ(computed(request), std::set<std::string>{"tables/evidence-fold1.csv"});
  for (auto& [name, hash] : hashes(folder->path / "out")) {
    if (name.starts_with("study.json") || name.starts_with("report")) continue;  // they tell seconds
    EXPECT_EQ(hash, whole.at(name)) << name;
  }
}

TEST_F(NodulesStudy, EqualSeedsEndWithEqualTablesOthersDoNot) {
  StudyRequest request = nodules_in(folder->path);
  request.settings.push_back("compare=");
  request.output = (folder->path / "again").string();
  run_study(request);
  request.output = (folder->path / "other").string();
  request.seed = 1;
  run_study(request);
  const auto first = hashes(folder->path / "out"), again = hashes(folder->path / "again"),
             other = hashes(folder->path / "other");
  for (const char* name : {"tables/evidence-fold0.csv", "tables/evidence-fold2.csv", "tables/regression-radiomics.csv"})
    EXPECT_EQ(again.at(name), first.at(name)) << name;
  EXPECT_NE(other.at("tables/evidence-fold0.csv"), first.at("tables/evidence-fold0.csv"));
}

TEST(NodulesStudyData, WrongOptionsAreRefusedBeforeAnythingIsTrained) {
  const Folder folder;
  draw_nodules(folder.path / "data");
  for (const auto& [wrong, told] :
       {std::pair("compare=lenet,gap-cn", "did you mean 'gap-cnn'"),
        std::pair("compare=lenet,sisc9", "architectures are"),
        std::pair("size-columns=diametre", "has no column diametre"), std::pair("radiomics=none.csv", "at 'none.csv'"),
        std::pair("folds=7", "option folds is 7; the data have")}) {
    StudyRequest request = nodules_in(folder.path);
    request.settings.push_back(wrong);
    EXPECT_THAT(error_of([&] { run_study(request); }), HasSubstr(told)) << wrong;
    EXPECT_FALSE(fs::exists(folder.path / "out/study.json")) << wrong;
  }
}

TEST(NodulesStudyData, WhatDoesNotFitIsRefusedWithWhatWould) {
  const Folder folder;
  const fs::path data = folder.path / "data";
  draw_nodules(data);
  const std::string manifest = read_file(data / "manifest.csv", 1 << 20);
  const auto refused = [&](const std::string& text) {
    write_file(data / "manifest.csv", text);
    StudyRequest request = nodules_in(folder.path);
    request.output = (folder.path / std::to_string(text.size())).string();
    return error_of([&] { run_study(request); });
  };
  std::string moved = manifest;
  moved.replace(moved.find("exam0,malignant,0"), 17, "exam0,malignant,1");
  EXPECT_THAT(refused(moved), HasSubstr("all slices of an exam must have one fold"));
  EXPECT_THAT(refused("path,label\nbenign/exam1/1/0.png,benign\nmalignant/exam0/1/0.png,malignant\n"),
              HasSubstr("a manifest.csv with the columns path, label (benign or malignant), exam_id and fold"));
  EXPECT_THAT(refused("path,exam_id,label,fold\nbenign/exam1/1/0.png,exam1,benign,0\n"),
              HasSubstr("not two of which one is 'malignant'"));
  EXPECT_EQ(
      refused("path,exam_id,label,fold\nbenign/exam1/1/0.png,exam1,benign,0\nbenign/exam1/1/1.png,exam1,malignant,0\n")
          .find("slices of the nodule 'exam1/1' have different labels"),
      0u);
}

TEST(NodulesStudyData, WithoutFeaturesTheRegressionIsLeftOutAndANoduleWithoutFeaturesIsNamed) {
  const Folder folder;
  draw_nodules(folder.path / "data");
  StudyRequest request = nodules_in(folder.path);
  request.settings.insert(request.settings.end(), {"folds=1", "epochs=1", "compare="});
  const fs::path features = folder.path / "data/radiomics.csv";
  const std::string all = read_file(features, 1 << 20);
  write_file(features, all.substr(0, all.rfind("exam23")));
  EXPECT_THAT(error_of([&] { run_study(request); }), HasSubstr("has no row for the nodule exam23/1"));
  fs::remove(features);
  run_study(request);
  EXPECT_THAT(read_file(folder.path / "out/report.md", 1 << 20), HasSubstr("no table of radiomic features"));
}

}  // namespace
}  // namespace limpid::testing
