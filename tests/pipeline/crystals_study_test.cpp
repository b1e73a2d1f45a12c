// SPDX-License-Identifier: Apache-2.0
#include <ATen/ATen.h>
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>
#include <set>

#include "limpid/core/files.h"
#include "limpid/crystal/classes.h"
#include "limpid/crystal/order.h"
#include "limpid/crystal/prototypes.h"
#include "limpid/crystal/symmetry.h"
#include "pipeline/studies.h"
#include "pipeline/studies/crystals_parts.h"
#include "support/files.h"

namespace limpid::testing {
namespace {
namespace fs = std::filesystem;
using namespace study_of_crystals;
using ::testing::AllOf;
using ::testing::DoubleNear;
using ::testing::ElementsAre;
using ::testing::Ge;
using ::testing::HasSubstr;
using ::testing::Le;
using Json = nlohmann::json;

StudyRequest small(const fs::path& folder) {
  return {.study = "crystals",
          .output = (folder / "out").string(),
          .settings = {"published=10", "balanced=10", "epochs=1", "batch=8", "test=2", "symmetry-test=1", "seeds=2",
                       "displacements=0.06", "vacancies=0.4", "substitutions=0.2", "samples=2", "points=5", "outside=1",
                       "calibrating=2", "maps=1", "snapshots=0"},
          .threads = 1};
}

TEST(StudyOfCrystals, GoesFromNothingToTablesFiguresAndAReport) {
  const Folder folder;
  const Json document = Json::parse(read_file(run_study(small(folder.path)), 1 << 20));
  EXPECT_TRUE(document.at("finished"));
  for (const char* kind : {"networks", "tables", "figures"})
    for (const std::string file : document.at(kind)) EXPECT_TRUE(fs::exists(folder.path / "out" / file)) << file;
  const auto rows = [&](const std::string& name) {
    return Json::parse(read_file(folder.path / "out/tables" / (name + ".json"), 1 << 20)).at("rows");
  };
  for (const char* level :
       {"pristine", "displacement-0.06", "vacancies-0.4", "substitutions-0.2", "displacement-0.1-vacancies-0.3"}) {
    std::map<std::string, int64_t> structures;
    for (const Json& row : rows(std::string("answers-") + level))
      structures[row.at("method")] += row.at("count").get<int64_t>();
    EXPECT_EQ(structures.size(), 6u);                                               // four readers, two with templates
    for (const auto& [method, count] : structures) EXPECT_EQ(count, 28) << method;  // 7 classes, 2 crystals, 2 seeds
  }
  for (const Json& row : rows("symmetry-pristine")) EXPECT_EQ(row.at("label"), row.at("answer"));
  EXPECT_EQ(rows("bcc-to-sc").size(), 4 * 21u);
  for (const Json& row : rows("rhombohedral-path")) {
    double sum = 0;
    for (const std::string& name : crystal_classes()) sum += row.at(name).get<double>();
    EXPECT_NEAR(sum, 1, 1e-9);
  }
  for (const char* path : {"evidence-bcc-to-sc", "evidence-rhombohedral"})
    for (const Json& row : rows(path)) {
      double sum = 0;
      for (const std::string& name : crystal_classes()) sum += row.at(name).get<double>();
      EXPECT_NEAR(sum, 1, 1e-6) << path;
    }
  std::set<std::pair<double, std::string>> measured;
  for (const Json& row : rows("spot-energy")) {
    measured.emplace(row.at("epoch"), row.at("layer"));
    EXPECT_THAT(row.at("share").get<double>(), AllOf(Ge(0), Le(1)));
    // The image itself lies on its spots, pristine or not: the support is where they are.
    if (row.at("layer") == "fingerprint" && row.at("structure") == "pristine") {
      EXPECT_GT(row.at("share"), row.at("chance")) << row.dump();
    }
  }
  EXPECT_EQ(measured.size(), 7u + 8u);  // six convolutions and the class; at the end the fingerprint too
  for (const Json& row : rows("abstention")) EXPECT_LE(row.at("kept"), row.at("structures"));
  EXPECT_THAT(read_file(folder.path / "out/report.md", 1 << 20),
              AllOf(HasSubstr("the class of their symmetry"), HasSubstr("published, bcc"), HasSubstr("(figures/")));
  EXPECT_TRUE(computed(small(folder.path)).empty());
}

TEST(StudyOfCrystals, TakesNoData) {
  const Folder folder;
  StudyRequest request = small(folder.path);
  request.data = folder.path.string();
  EXPECT_THAT(error_of([&] { run_study(request); }), HasSubstr("makes its own"));
}

TEST(TestCrystals, ArePristineStandardSupercellsOfTheirClass) {
  const auto crystals = test_crystals(2, .05, 3);
  ASSERT_EQ(crystals.size(), 14u);
  for (const TestCrystal& crystal : crystals) {
    std::string why;
    EXPECT_EQ(class_of(crystal.cluster, why), crystal.label) << why;
    EXPECT_GE(crystal.cluster.size(), 256);
  }
}

TEST(Defective, HasWhatIsAskedForAndTheSameForTheSameSeed) {
  const TestCrystal crystal = test_crystals(1, .05, 3).front();
  const auto atoms = static_cast<double>(crystal.cluster.size());
  EXPECT_EQ(defective(crystal, {}, 1, 2).positions, crystal.cluster.positions);
  const Structure holes = defective(crystal, {.vacancies = .3}, 1, 2);
  EXPECT_EQ(holes.size(), crystal.cluster.size() - static_cast<int64_t>(.3 * atoms));
  EXPECT_EQ(defective(crystal, {.vacancies = .3}, 1, 2).positions, holes.positions);
  EXPECT_NE(defective(crystal, {.vacancies = .3}, 2, 2).positions, holes.positions);
  EXPECT_NE(defective(crystal, {.vacancies = .3}, 1, 3).positions, holes.positions);
}

TEST(OutsideStructures, HaveTheSpaceGroupsOfTheirKinds) {
  const std::map<std::string, int> groups = {
      {"rock salt", 225},        {"CsCl", 221},         {"zincblende", 216},      {"fluorite", 225},
      {"perovskite", 221},       {"wurtzite", 186},     {"nickel arsenide", 194}, {"A15", 223},
      {"simple hexagonal", 191}, {"alpha uranium", 63}, {"black phosphorus", 64}, {"alpha gallium", 64},
      {"gamma selenium", 152}};
  std::set<std::string> seen;
  for (const Structure& structure : outside_structures(3, 5)) {
    seen.insert(structure.name);
    if (structure.name == "glass") {
      EXPECT_EQ(find_space_group(structure)->number, 1);
      continue;
    }
    EXPECT_EQ(find_space_group(structure)->number, groups.at(structure.name)) << structure.name;
    const std::set<int> elements(structure.species.begin(), structure.species.end());
    EXPECT_EQ(elements.size() > 1, is_compound(standard_cluster(structure).structure)) << structure.name;
  }
  EXPECT_EQ(seen.size(), groups.size() + 1);
}

/// 1 right of 2 in the first class, all in the others; one seed more is right in all.
TEST(Measured, IsTheMeanRecallAndTheAccuracyOfThePublishedCounts) {
  Table answers{{"method", "seed", "label", "answer", "count"}, {}};
  for (int64_t k = 0; k < 7; ++k) {
    answers.add({"network", int64_t{0}, k, k, k == 0 ? int64_t{1} : int64_t{2}});
    answers.add({"network", int64_t{1}, k, k, int64_t{2}});
    answers.add({"other", int64_t{0}, k, int64_t{0}, int64_t{2}});
  }
  answers.add({"network", int64_t{0}, int64_t{0}, int64_t{-1}, int64_t{1}});
  const Measured m = measured(answers, "network");
  EXPECT_EQ(m.structures, 28);
  EXPECT_THAT(m.balanced, ElementsAre(DoubleNear(6.5 / 7, 1e-12), DoubleNear(1, 1e-12)));
  EXPECT_NEAR(m.recall[0], .75, 1e-12);
  EXPECT_NEAR(m.accuracy, 1 - .25 * 2601 / 10517, 1e-12);
  EXPECT_EQ(m.confusion[0], (std::vector<int64_t>{3, 0, 0, 0, 0, 0, 0, 1}));
}

TEST(ClassTemplates, AreMeansOfUnitLength) {
  Dataset data;
  data.classes = {"a", "b"};
  data.examples = {{0, "0"}, {0, "1"}, {1, "2"}};
  data.read = [](int64_t index, uint64_t) {
    Tensor image = at::zeros({1, 2, 2});
    image.view({4})[index] = 5;
    return image;
  };
  const double half = std::sqrt(.5);
  const Tensor expected = at::tensor({half, half, 0., 0., 0., 0., 1., 0.}).view({2, 4});
  EXPECT_LT((class_templates(data, 10).to(at::kDouble) - expected).abs().max().item<double>(), 1e-6);
}

TEST(RhombohedralPath, BeginsWithTheFingerprintOfBcc) {
  Reader reader{"net", Scaling::robust, {}, {}};
  const Folder folder;
  TrainRequest how;
  how.architecture = "gap-cnn";
  how.data = folder.path / "data";
  how.output = folder.path / "net.onnx";
  how.options = {"width=2"};
  how.epochs = 1;
  how.validation = 0;
  how.batch = 7;
  how.threads = 1;
  write_crystal_dataset({.output = folder.path / "data", .balanced = 2}, {});
  train_model(how, {}, {});
  reader.model = open_model({.path = folder.path / "net.onnx"});
  const Table path = rhombohedral_path({reader}, 5);
  ASSERT_EQ(path.rows.size(), 5u);
  const char* const cubic[] = {"bcc", "sc", "", "fcc", ""};  // at c/a of once, twice, four times the first
  for (size_t i : {0, 1, 3}) {
    const Tensor image = fingerprint(build_prototype(cubic[i], 84)).unsqueeze(0);
    const Tensor expected = at::softmax(logits_of(reader.model, image), 1)[0];
    for (int64_t k = 0; k < 7; ++k)
      EXPECT_NEAR(std::get<double>(path.rows[i][static_cast<size_t>(k) + 2]), expected[k].item<double>(), 1e-3)
          << cubic[i];
  }
}

}  // namespace
}  // namespace limpid::testing
