// SPDX-License-Identifier: Apache-2.0
#include "limpid/pipeline/crystal_dataset.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>

#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

#include "limpid/core/files.h"
#include "limpid/crystal/classes.h"
#include "limpid/crystal/diffraction.h"
#include "limpid/crystal/formats.h"
#include "limpid/crystal/prototypes.h"
#include "limpid/data/csv.h"
#include "limpid/data/dataset.h"
#include "limpid/data/npy.h"
#include "limpid/pipeline/training.h"
#include "support/files.h"

namespace limpid::testing {
namespace {
namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Json = nlohmann::json;

Json json_at(const fs::path& path) { return Json::parse(std::ifstream(path)); }

std::map<std::string, std::string> files_of(const fs::path& folder) {
  std::map<std::string, std::string> all;
  for (const auto& entry : fs::directory_iterator(folder))
    if (entry.path().filename() != "manifest.json")
      all[entry.path().filename().string()] = sha256_of_file(entry.path());
  return all;
}

TEST(CrystalDataset, HoldsFingerprintsOfCrystalsWithTheirOrigins) {
  const Folder folder;
  const fs::path out = folder.path / "out";
  const auto summary = write_crystal_dataset({.output = out, .balanced = 3, .seed = 5}, {});
  EXPECT_EQ(summary.structures, 21);
  EXPECT_EQ(summary.left_out, 0);
  const Json manifest = json_at(out / "manifest.json");
  EXPECT_EQ(manifest["recipe"]["seed"], 5);
  EXPECT_EQ(manifest["counts"]["hex/rh"], 3);
  EXPECT_TRUE(manifest["finished"]);
  const Dataset data = open_dataset(out);
  EXPECT_EQ(data.classes, crystal_classes());
  EXPECT_THAT(class_counts(data), ElementsAre(3, 3, 3, 3, 3, 3, 3));
  // Parameters in the table give the same picture, of a crystal in its usual cell.
  const auto rows = csv_rows(read_file(out / "structures.csv", 1 << 20), "structures.csv");
  int compared = 0;
  for (int64_t i = 0; i < data.size(); ++i) {
    const auto& row = rows[static_cast<size_t>(i) + 1];  // shard, row, label, source, frame, prototype, element, …
    if (row[2] == "hex/rh") continue;                    // whose prototypes are not all listed
    const Structure crystal = build_prototype(row[5], atomic_number(row[6]), row[7].empty() ? 0 : std::stod(row[7]));
    EXPECT_LT((data.read(i, 0) - fingerprint(crystal)).abs().max().item<float>(), 2e-3) << row[5];
    EXPECT_EQ(data.read(i, 0).scalar_type(), at::kFloat);
    ++compared;
  }
  EXPECT_EQ(compared, 18);
}

TEST(CrystalDataset, HasTheCountsOfThePaper) {
  const Folder folder;
  int64_t crystals = 0;
  const Progress stop = [&](int64_t, int64_t all, std::string_view) {
    crystals = all;
    fail("stopped");
  };
  EXPECT_EQ(
      error_of([&] { write_crystal_dataset({.output = folder.path / "out", .like_paper = true, .atoms = 4}, stop); }),
      "stopped");
  EXPECT_EQ(crystals, 10517);
  EXPECT_THAT(error_of([&] { open_dataset(folder.path / "out"); }), HasSubstr("no data set"));
}

TEST(CrystalDataset, InterruptedGoesOnToTheSameFiles) {
  const Folder folder;
  CrystalDatasetRequest request{.output = folder.path / "whole", .balanced = 90, .atoms = 4, .seed = 1};  // two shards
  write_crystal_dataset(request, {});
  request.output = folder.path / "again";
  const Progress stop = [](int64_t, int64_t, std::string_view) { fail("stopped"); };
  EXPECT_EQ(error_of([&] { write_crystal_dataset(request, stop); }), "stopped");
  const fs::path first = folder.path / "again/fingerprints-00000.npy";
  ASSERT_TRUE(fs::exists(first));
  EXPECT_FALSE(fs::exists(folder.path / "again/fingerprints-00001.npy"));
  const auto written = fs::last_write_time(first);
  // As if it had been cut between the arrays of the second shard and their rows.
  write_file(folder.path / "again/fingerprints-00001.npy", "torn");
  EXPECT_EQ(write_crystal_dataset(request, {}).structures, 630);
  EXPECT_EQ(fs::last_write_time(first), written);
  EXPECT_EQ(files_of(folder.path / "again"), files_of(folder.path / "whole"));
  // Complete, it is not touched; another recipe is refused.
  EXPECT_EQ(write_crystal_dataset(request, stop).structures, 630);
  request.margin = .1;
  EXPECT_THAT(error_of([&] { write_crystal_dataset(request, {}); }),
              HasSubstr("with margin 0.05, and this one has 0.1"));
}

TEST(CrystalDataset, TakesRealStructuresThatHaveAClass) {
  const Folder folder;
  fs::create_directory(folder.path / "real");
  write_structures(folder.path / "real/copper.vasp", {build_prototype("fcc", 29)});
  Structure salt = build_prototype("sc", 11);
  salt.positions.push_back(salt.cell->transpose() * Eigen::Vector3d(.5, .5, .5));
  salt.species.push_back(17);
  write_structures(folder.path / "real/frames.xyz", {build_prototype("hcp", 12), salt, build_prototype("bcc", 26)});
  std::ofstream(folder.path / "real/torn.vasp") << "torn\n1.0\n";
  const fs::path out = folder.path / "out";
  const auto summary = write_crystal_dataset({.output = out, .balanced = 0, .real = {folder.path / "real"}}, {});
  EXPECT_EQ(summary.structures, 3);
  EXPECT_EQ(summary.left_out, 2);
  EXPECT_THAT(summary.first_left_out, HasSubstr("2 elements"));
  const Dataset data = open_dataset(out);
  EXPECT_THAT(data.classes, ElementsAre("bcc", "fcc", "hex/rh"));
  EXPECT_LT((data.read(0, 0) - fingerprint(build_prototype("fcc", 29))).abs().max().item<float>(), 2e-3);
  const std::string rows = read_file(out / "structures.csv", 1 << 20);
  EXPECT_THAT(rows, HasSubstr("frames.xyz,2,"));
  EXPECT_THAT(rows, HasSubstr("torn.vasp"));
}

TEST(CrystalDataset, IsTrainedOn) {
  const Folder folder;
  write_crystal_dataset({.output = folder.path / "data", .balanced = 4}, {});
  TrainRequest how;
  how.architecture = "gap-cnn";
  how.data = folder.path / "data";
  how.output = folder.path / "net.onnx";
  how.options = {"width=2"};
  how.epochs = 1;
  how.validation = 0;
  how.batch = 8;
  how.threads = 1;
  const Json document = json_at(train_model(how, {}, {}));
  EXPECT_EQ(document["scores"]["per_class"].size(), 7u);
}

TEST(CrystalDataset, RefusesWhatItCannotDo) {
  const Folder folder;
  const auto error = [&](CrystalDatasetRequest request) {
    request.output = folder.path / "out";
    return error_of([&] { write_crystal_dataset(request, {}); });
  };
  EXPECT_THAT(error({.like_paper = true, .balanced = 3}), HasSubstr("--like-paper or --balanced"));
  EXPECT_THAT(error({.balanced = 0}), HasSubstr("--real"));
  EXPECT_THAT(error({.scaling = "robus"}), HasSubstr("did you mean 'robust'"));
  EXPECT_THAT(error({.margin = .5}), HasSubstr("expected 0 to .2"));
  EXPECT_FALSE(fs::exists(folder.path / "out"));
}

TEST(CrystalDataset, ADamagedTableIsTold) {
  const Folder folder;
  const fs::path out = folder.path / "out";
  write_crystal_dataset({.output = out, .balanced = 1}, {});
  const std::string whole = read_file(out / "structures.csv", 1 << 20);
  const auto error = [&](const std::string& text) {
    write_file(out / "structures.csv", text);
    return error_of([&] { open_dataset(out); });
  };
  EXPECT_THAT(error("a,b\n1,2\n"), HasSubstr("expected shard, row, label"));
  EXPECT_THAT(error("shard,row,label\n0,7,bcc\n"), HasSubstr("which has 7"));
  EXPECT_THAT(error("shard,row,label\n0,x,bcc\n"), HasSubstr("whole number"));
  EXPECT_THAT(error("shard,row,label\n0\n"), HasSubstr("has 1 cells"));
  write_file(out / "structures.csv", whole);
  const std::string shard = read_file(out / "fingerprints-00000.npy", 1 << 20);
  write_file(out / "fingerprints-00000.npy", shard.substr(0, shard.size() / 2));
  EXPECT_THAT(error_of([&] { open_dataset(out).read(6, 0); }), HasSubstr("ends before its input 6"));
  write_npy(out / "fingerprints-00000.npy", at::zeros({7, 3, 64, 64}));
  EXPECT_THAT(error_of([&] { open_dataset(out); }), HasSubstr("expected float16"));
}

}  // namespace
}  // namespace limpid::testing
