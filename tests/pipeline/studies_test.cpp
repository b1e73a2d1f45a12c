// SPDX-License-Identifier: Apache-2.0
#include "limpid/pipeline/studies.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>

#include <chrono>
#include <nlohmann/json.hpp>
#include <set>
#include <thread>

#include "limpid/core/error.h"
#include "limpid/core/files.h"
#include "limpid/render/png.h"
#include "pipeline/studies.h"
#include "pipeline/studies/run.h"
#include "support/files.h"

namespace limpid::testing {
namespace {
namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using Json = nlohmann::json;

/// Gray pictures, bright at the top, at the bottom or in the middle, in folders train/ and test/ with a folder a class.
void draw(const fs::path& folder) {
  const std::vector<std::string> classes = {"bottom", "middle", "top"};
  for (const bool test : {false, true})
    for (size_t k = 0; k < classes.size(); ++k) {
      const fs::path place = folder / (test ? "test" : "train") / classes[k];
      fs::create_directories(place);
      for (int64_t i = 0; i < (test ? 6 : 30); ++i) {
        Tensor x = normal_noise({1, 12, 12}, static_cast<uint64_t>(100 * i + 10 * test) + k) * 20 + 60;
        x.narrow(1, static_cast<int64_t>(8 - 4 * k), 4).add_(100);
        write_png(place / (std::to_string(i) + ".png"), x.clamp(0, 255).to(at::kByte).expand({3, -1, -1}).contiguous());
      }
    }
}

StudyRequest clear_in(const fs::path& folder) {
  return {.study = "clear",
          .data = (folder / "data").string(),
          .output = (folder / "out").string(),
          .settings = {"parameters=width=4,dropout=0", "epochs=6", "batch=8", "augment=", "learning-rate=0.01",
                       "gallery=3", "responses=linear,lrp:epsilon-plus", "train-precision=float32"},
          .threads = 1};
}

std::map<std::string, std::string> hashes_of(const fs::path& folder) {
  std::map<std::string, std::string> all;
  for (const auto& entry : fs::recursive_directory_iterator(folder))
    if (entry.is_regular_file()) all[fs::relative(entry.path(), folder).string()] = sha256_of_file(entry.path());
  return all;
}

TEST(StudyOfClear, WhatIsRefusedLeavesNothingInTheWay) {
  const Folder folder;
  draw(folder.path / "data");
  for (const std::string wrong : {"responses=lienar", "classes=7", "classes=tpo", "augment=flop"}) {
    StudyRequest request = clear_in(folder.path);
    request.settings.push_back(wrong);
    EXPECT_THROW(run_study(request), UsageError) << wrong;
    EXPECT_FALSE(fs::exists(folder.path / "out/networks")) << wrong;
  }
  fs::create_directories(folder.path / "out/networks");
  write_file(folder.path / "out/study.json", R"({"study": "clear", "settings": {"epochs": "77"}, "seconds": {}})");
  EXPECT_NO_THROW(run_study(clear_in(folder.path)));  // of a run that had made nothing
}

TEST(StudyOfClear, SharesAreOfClassesThatAreCompared) {
  const Folder folder;
  draw(folder.path / "data");
  StudyRequest request = clear_in(folder.path);
  request.settings.push_back("classes=bottom,top");
  run_study(request);
  const Json rows = Json::parse(read_file(folder.path / "out/tables/evidence.json", 1 << 20)).at("rows");
  int64_t beside = 0;
  for (const Json& row : rows) {
    EXPECT_EQ(row.at("share_label").is_null(), row.at("label") == "middle");
    EXPECT_EQ(row.at("share_predicted").is_null(), row.at("predicted") == "middle");
    beside += row.at("share_label").is_null() || row.at("share_predicted").is_null();
  }
  EXPECT_THAT(read_file(folder.path / "out/report.md", 1 << 20),
              HasSubstr(std::to_string(beside) + " pictures are left out"));
}

TEST(StudyOfClear, GoesFromPicturesToTablesFiguresAndAReport) {
  const Folder folder;
  draw(folder.path / "data");
  const Json document = Json::parse(read_file(run_study(clear_in(folder.path)), 1 << 20));
  EXPECT_TRUE(document.at("finished"));
  for (const char* kind : {"networks", "tables", "figures"})
    for (const std::string file : document.at(kind)) EXPECT_TRUE(fs::exists(folder.path / "out" / file)) << file;
  const auto table = [&](const std::string& name) {
    return Json::parse(read_file(folder.path / "out/tables" / (name + ".json"), 1 << 20)).at("rows");
  };
  EXPECT_EQ(table("evidence").size(), 18u);
  for (const Json& row : table("evidence")) {
    EXPECT_GE(row.at("share_label"), 0);
    EXPECT_GE(row.at("share_largest"), row.at("share_predicted"));
    EXPECT_LE(row.at("share_largest"), 1 + 1e-9);
    EXPECT_TRUE(row.at("label") != row.at("predicted") || row.at("share_label") == row.at("share_predicted"));
  }
  for (const char* response : {"masking-linear", "masking-lrp-epsilon-plus"}) {
    ASSERT_EQ(table(response).size(), 4u);
    EXPECT_EQ(table(response)[0].at("full"), table("accuracy").back().at("recall"));
  }
  const std::string report = read_file(folder.path / "out/report.md", 1 << 20);
  EXPECT_THAT(report, AllOf(HasSubstr("of Σ D speaks for the class"), HasSubstr("(figures/masking-kept.svg)")));
  EXPECT_THAT(read_file(folder.path / "out/report.html", 1 << 24), HasSubstr("data:image/png;base64,"));
}

/// The architecture's options that the network was trained with.
std::set<std::string> parameters_of(const StudyRequest& request, const std::string& architecture) {
  run_study(request);
  const fs::path document = fs::path(request.output) / "networks" / (architecture + ".json");
  const Json trained = Json::parse(read_file(document, 1 << 20));
  return trained.at("architecture").at("options").get<std::set<std::string>>();
}

TEST(StudyOfClear, HandsParametersToTheArchitecture) {
  const Folder folder;
  draw(folder.path / "data");
  StudyRequest request = clear_in(folder.path);
  const auto with = [&](const std::string& architecture, const std::string& parameters) {
    request.output = (folder.path / (architecture + parameters)).string();
    request.settings = {"architecture=" + architecture, "parameters=" + parameters, "epochs=1", "responses="};
    return parameters_of(request, architecture);
  };
  EXPECT_EQ(with("all-cnn", "norm=batch,width=4"), (std::set<std::string>{"norm=batch", "width=4", "dropout=0.25"}));
  EXPECT_EQ(with("gap-cnn", "width=4"), (std::set<std::string>{"width=4"}));
  EXPECT_THAT(error_of([&] { with("gap-cnn", "norm=batch"); }), HasSubstr("no option is called 'norm'"));
}

TEST(Study, TakesOverWhatIsDoneAndDoesTheRestAgain) {
  const Folder folder;
  draw(folder.path / "data");
  const StudyRequest request = clear_in(folder.path);
  EXPECT_EQ(computed(request).count("networks/all-cnn.onnx"), 1u);
  const auto whole = hashes_of(folder.path / "out");
  EXPECT_TRUE(computed(request).empty());
  EXPECT_EQ(hashes_of(folder.path / "out"), whole);
  fs::remove(folder.path / "out/tables/evidence.json");
  EXPECT_EQ(computed(request), std::set<std::string>{"tables/evidence.csv"});
  EXPECT_EQ(hashes_of(folder.path / "out").at("tables/evidence.json"), whole.at("tables/evidence.json"));
}

TEST(Study, InterruptedWhileItTrainsGoesOnToTheSameResults) {
  const Folder folder;
  draw(folder.path / "data");
  StudyRequest request = clear_in(folder.path);
  run_study(request);
  const auto whole = hashes_of(folder.path / "out");
  request.output = (folder.path / "again").string();
  const Progress stop = [](int64_t done, int64_t, std::string_view) {
    if (done == 40) fail("stopped");
  };
  EXPECT_EQ(error_of([&] { run_study(request, stop); }), "stopped");
  EXPECT_FALSE(fs::exists(folder.path / "again/report.html"));
  run_study(request);
  const auto again = hashes_of(folder.path / "again");
  for (const char* same : {"networks/all-cnn.onnx", "tables/evidence.csv", "tables/masking-linear.csv"})
    EXPECT_EQ(again.at(same), whole.at(same)) << same;
}

TEST(Study, TellsTheSecondsOfTrainingThatWasInterruptedToo) {
  const Folder folder;
  draw(folder.path / "data");
  StudyRequest request = clear_in(folder.path);
  const Progress stop = [](int64_t done, int64_t, std::string_view) {
    if (done == 40) std::this_thread::sleep_for(std::chrono::seconds(2)), fail("stopped");
  };
  EXPECT_EQ(error_of([&] { run_study(request, stop); }), "stopped");
  const Json document = Json::parse(read_file(run_study(request), 1 << 20));
  EXPECT_GT(document.at("seconds").at("networks/all-cnn.onnx"), 2);
}

TEST(Study, RefusesAFolderOfOtherSettings) {
  const Folder folder;
  draw(folder.path / "data");
  StudyRequest request = clear_in(folder.path);
  run_study(request);
  request.seed = 7;
  EXPECT_THAT(error_of([&] { run_study(request); }),
              AllOf(HasSubstr("holds a run with seed 0, and this one has 7"), HasSubstr("another output folder")));
  request.seed = 0;
  fs::remove(folder.path / "data/test/top/3.png");
  EXPECT_THAT(error_of([&] { run_study(request); }), HasSubstr("examples of the data"));
}

TEST(Study, SaysWhatDataItNeedsAndWhereTheyArePublic) {
  const Folder folder;
  StudyRequest request = clear_in(folder.path);
  EXPECT_THAT(error_of([&] { run_study(request); }),
              AllOf(HasSubstr("there are no data at"), HasSubstr("the study clear needs labelled pictures")));
  fs::create_directories(folder.path / "data");
  EXPECT_THAT(error_of([&] { run_study(request); }), HasSubstr("the study clear needs labelled pictures"));
}

TEST(Study, EveryStudysQuickSettingsAreAmongItsOptions) {
  for (const Study& study : studies()) {
    EXPECT_NO_THROW(Options(study.options, study.quick)) << study.name;
    EXPECT_EQ(study.needs.empty(), study.name == "crystals");  // which makes its own
    EXPECT_FALSE(study.quick.empty());
  }
}

}  // namespace
}  // namespace limpid::testing
