// SPDX-License-Identifier: Apache-2.0
#include "limpid/pipeline/session.h"

#include <ATen/ATen.h>
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <atomic>
#include <fstream>
#include <nlohmann/json.hpp>

#include "limpid/core/error.h"
#include "limpid/core/files.h"
#include "limpid/data/npy.h"
#include "limpid/net/onnx.h"
#include "pipeline/batch.h"
#include "support/files.h"
#include "support/networks.h"

namespace limpid {
namespace {

namespace fs = std::filesystem;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsSupersetOf;
using ::testing::Not;
using ::testing::ThrowsMessage;
using ::testing::UnorderedElementsAre;

/// A folder with a network of four classes and five arrays; `3.npy` is damaged.
class Session : public ::testing::Test {
 protected:
  Session() {
    fs::create_directories(folder / "inputs");
    save_onnx(limpid::testing::class_map_network(), folder / "net.onnx");
    for (int i = 0; i < 5; ++i)
      write_npy(folder / "inputs" / (std::to_string(i) + ".npy"), normal_noise({2, 8, 8}, static_cast<uint64_t>(i)));
    write_file(folder / "inputs" / "3.npy", "\x93NUMPY and no more");
  }

  ExplainRequest request(const std::string& output) const {
    ExplainRequest request;
    request.model.path = (folder / "net.onnx").string();
    request.inputs = {(folder / "inputs").string()};
    request.methods = {"clear", "gradient", "grad-cam"};
    request.output = (folder / output).string();
    return request;
  }
  nlohmann::json manifest(const std::string& output) const {
    return nlohmann::json::parse(std::ifstream(folder / output / "manifest.json"));
  }
  std::vector<std::string> names(const fs::path& at) const {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder / at)) names.push_back(entry.path().filename().string());
    return names;
  }

  const testing::Folder own;
  const fs::path& folder = own.path;
};

TEST_F(Session, OneDamagedFileIsReportedAndTheOthersAreExplained) {
  const ExplainSummary summary = explain(request("out"));
  EXPECT_EQ(summary.inputs, 5);
  EXPECT_EQ(summary.failed, 1);
  const auto inputs = manifest("out")["inputs"];
  ASSERT_EQ(inputs.size(), 5U);
  for (size_t i = 0; i < 5; ++i) {
    EXPECT_EQ(inputs[i]["stem"], std::to_string(i));
    EXPECT_EQ(inputs[i]["error"].is_null(), i != 3);
    EXPECT_EQ(inputs[i]["files"].empty(), i == 3);
  }
  EXPECT_THAT(inputs[3]["error"].get<std::string>(), HasSubstr("3.npy"));
}

TEST_F(Session, TheManifestHasTheKeysThatScriptsDependOn) {
  explain(request("out"));
  const auto document = manifest("out");
  for (const char* key : {"limpid", "command", "model", "device", "threads", "precision", "seed", "preprocess",
                          "methods", "inputs", "seconds"})
    EXPECT_TRUE(document.contains(key)) << key;
  const auto input = document["inputs"][0];
  EXPECT_EQ(input["sha256"], sha256(read_file(folder / "inputs" / "0.npy", 1 << 20)));
  EXPECT_EQ(input["logits"].size(), 4U);
  for (const char* key : {"decode", "forward", "clear", "gradient", "grad-cam", "encode"})
    EXPECT_TRUE(input["seconds"].contains(key)) << key;
  double sum = 0;
  for (const auto& prediction : input["predictions"]) sum += prediction["probability"].get<double>();
  EXPECT_NEAR(sum, 1, 1e-9);
}

TEST_F(Session, EveryFileThatTheManifestNamesIsThereWithItsShape) {
  explain(request("out"));
  const auto written = manifest("out");
  for (const auto& file : written["inputs"][0]["files"]) {
    const fs::path path = folder / "out" / file["path"].get<std::string>();
    ASSERT_TRUE(fs::exists(path)) << path;
    if (path.extension() != ".npy") continue;
    EXPECT_EQ(read_npy(path).sizes().vec(), file["shape"].get<Shape>()) << path;
  }
  EXPECT_EQ(read_npy(folder / "out/0/clear.class.npy").scalar_type(), at::kInt);
  EXPECT_THAT(names("out/0"), Contains("grad-cam.conv2.coarse.npy"));
  EXPECT_THAT(names("out"), Not(Contains(HasSubstr(".partial"))));
}

TEST_F(Session, ResultsDoNotDependOnTheBatch) {
  ExplainRequest one = request("one"), all = request("all");
  one.batch = 1;
  all.batch = 16;
  explain(one);
  explain(all);
  for (const char* name : {"0/gradient.npy", "4/gradient.npy", "4/clear.level.npy", "2/grad-cam.npy"}) {
    const Tensor a = read_npy(folder / "one" / name), b = read_npy(folder / "all" / name);
    EXPECT_LT(limpid::testing::distance(a, b), 1e-5 * a.abs().max().item<double>() + 1e-9) << name;
  }
}

TEST_F(Session, AnArrayOfSeveralInputsIsSeveralInputs) {
  write_npy(folder / "many.npy", normal_noise({3, 2, 8, 8}, 7));
  ExplainRequest many = request("out");
  many.inputs = {(folder / "many.npy").string()};
  EXPECT_EQ(explain(many).inputs, 3);
  EXPECT_THAT(names("out"), Contains("many.2"));
}

TEST_F(Session, AnInterruptedRunKeepsWhatIsDoneWithAManifestOfIt) {
  ExplainRequest stopped = request("out");
  stopped.batch = 1;
  const auto stop = [](int64_t done, int64_t, std::string_view) {
    if (done == 2) fail("stopped");
  };
  EXPECT_THAT([&] { explain(stopped, stop); }, ThrowsMessage<Error>(HasSubstr("stopped")));
  EXPECT_EQ(manifest("out")["inputs"].size(), 2U);
  EXPECT_TRUE(fs::exists(folder / "out/1/gradient.npy"));
  EXPECT_TRUE(fs::exists(folder / "out/report.html"));
}

TEST_F(Session, AWrongRequestIsRefusedBeforeAnythingIsWritten) {
  ExplainRequest wrong = request("out");
  wrong.targets = "zebra";
  EXPECT_THROW(explain(wrong), UsageError);
  wrong = request("out");
  wrong.layers = {"conv9"};
  EXPECT_THAT([&] { explain(wrong); }, ThrowsMessage<UsageError>(HasSubstr("did you mean 'conv1'")));
  EXPECT_FALSE(fs::exists(folder / "out"));
}

TEST_F(Session, AFileThatAnOptionNamesIsLookedForBeforeAnythingIsWritten) {
  ExplainRequest wrong = request("out");
  wrong.methods = {"gradient", "integrated-gradients"};
  wrong.settings = {"baseline=" + (folder / "missing.png").string()};
  EXPECT_THAT([&] { explain(wrong); }, ThrowsMessage<Error>(HasSubstr("missing.png")));
  EXPECT_FALSE(fs::exists(folder / "out"));
}

TEST_F(Session, AllLayersAreThoseOfEachMethod) {
  ExplainRequest all = request("out");
  all.methods = {"arm", "grad-cam", "guided-grad-cam", "cam"};
  all.layers = {"all"};
  EXPECT_EQ(explain(all).failed, 1) << "the damaged one";
  EXPECT_THAT(names("out/0"), IsSupersetOf({"arm.conv1.index.npy", "arm.conv2.index.npy", "grad-cam.conv1.npy",
                                            "grad-cam.conv2.npy", "guided-grad-cam.conv1.npy"}));
}

TEST_F(Session, TheMapsOfManyClassesBoundTheBatch) {
  const Model model = open_model(request("out").model);
  ExplainRequest many = request("out");
  many.methods = {"gradient"};
  many.memory = 1;
  Plan plan{many, model, chosen_methods(many, model.network)};
  EXPECT_EQ(result_bytes(plan), 2 * 8 * 8 * 4);
  const int64_t few = batch_within(plan);
  plan.targets = 200;
  EXPECT_EQ(result_bytes(plan), 200 * 2 * 8 * 8 * 4);
  EXPECT_GT(few, batch_within(plan));
  EXPECT_EQ(batch_within(plan), (1 << 18) / result_bytes(plan));
}

TEST_F(Session, DoublePrecisionGivesNearlyTheSameMaps) {
  ExplainRequest precise = request("double");
  precise.model.precision = "float64";
  explain(precise);
  explain(request("single"));
  const Tensor a = read_npy(folder / "double/0/gradient.npy"), b = read_npy(folder / "single/0/gradient.npy");
  EXPECT_EQ(a.scalar_type(), at::kFloat);
  EXPECT_LT(limpid::testing::distance(a, b), 1e-4 * a.abs().max().item<double>());
}

TEST_F(Session, SeveralTargetsGiveAFileEach) {
  ExplainRequest several = request("out");
  several.targets = "0,3";
  explain(several);
  EXPECT_THAT(names("out/0"), Contains("gradient.0.npy"));
  EXPECT_THAT(names("out/0"), Contains("gradient.3.overlay.png"));
  EXPECT_THAT(names("out/0"), Not(Contains("gradient.npy")));
}

TEST_F(Session, NaNInAnInputIsNamed) {
  write_npy(folder / "inputs" / "1.npy", at::full({2, 8, 8}, NAN));
  explain(request("out"));
  EXPECT_THAT(manifest("out")["inputs"][1]["error"].get<std::string>(), HasSubstr("NaN or infinite"));
}

TEST_F(Session, AnInputWithoutRowsAndColumnsGivesArraysAndNoPictures) {
  Network vector = network_with_input("data", {6});
  append(vector, "fc", limpid::testing::random_dense(6, 4, 1), {0});
  save_onnx(vector, folder / "vector.onnx");
  write_npy(folder / "vector.npy", normal_noise({6}, 1));
  ExplainRequest flat = request("out");
  flat.model.path = (folder / "vector.onnx").string();
  flat.inputs = {(folder / "vector.npy").string()};
  flat.methods = {"gradient", "lrp"};
  flat.side_by_side = true;
  EXPECT_EQ(explain(flat).failed, 0);
  EXPECT_THAT(names("out/vector"), UnorderedElementsAre("gradient.npy", "lrp.npy"));
  EXPECT_EQ(read_npy(folder / "out/vector/gradient.npy").sizes(), (Shape{6}));
}

TEST_F(Session, AnInputWhoseMapsCannotBeWrittenIsReportedAndTheOthersGoOn) {
  write_file(folder / "blocked", "a file where the folder of an input would be");
  fs::create_directories(folder / "out");
  fs::rename(folder / "blocked", folder / "out" / "1");
  EXPECT_EQ(explain(request("out")).failed, 2);
  const auto inputs = manifest("out")["inputs"];
  ASSERT_EQ(inputs.size(), 5U);
  EXPECT_THAT(inputs[1]["error"].get<std::string>(), HasSubstr("1.npy"));
  EXPECT_TRUE(fs::exists(folder / "out/4/gradient.npy"));
}

TEST_F(Session, ConservationIsReportedWithEveryRelevanceMap) {
  ExplainRequest relevance = request("out");
  relevance.methods = {"lrp", "gradient"};
  relevance.targets = "0,3";
  relevance.maps = false;
  explain(relevance);
  const auto input = manifest("out")["inputs"][0];
  ASSERT_EQ(input["facts"].size(), 2U) << input["facts"];
  const auto fact = input["facts"][1];
  EXPECT_EQ(fact["method"], "lrp");
  EXPECT_EQ(fact["target"], 3);
  EXPECT_NEAR(fact["start"].get<double>(), input["logits"][3].get<double>(), 1e-5);
  EXPECT_TRUE(fact["conservation_gap"].is_number());
  EXPECT_THAT(read_file(folder / "out/report.html", 1 << 24), HasSubstr("lrp conservation"));
}

TEST_F(Session, ThePageTellsTheLargestConservationGapBesideItsStart) {
  ExplainRequest relevance = request("out");
  relevance.methods = {"lrp", "deep-taylor"};
  relevance.targets = "all";
  explain(relevance);
  double share = 0;
  std::string expected;
  const auto written = manifest("out");
  for (const auto& input : written["inputs"])
    for (const auto& fact : input["facts"]) {
      if (fact["method"] != "deep-taylor") continue;
      const double gap = fact["conservation_gap"], start = fact["start"];
      if (gap == 0 || std::abs(gap / start) <= share) continue;
      share = std::abs(gap / start);
      expected = fmt::format("a gap of {:.3g} at most, from {:.3g}", gap, start);
    }
  ASSERT_GT(share, 0);
  EXPECT_THAT(read_file(folder / "out/report.html", 1 << 24), HasSubstr(expected));
}

TEST_F(Session, FilesOfTheWholeRunAreInTheManifest) {
  ExplainRequest compared = request("out");
  compared.side_by_side = true;
  explain(compared);
  const auto written = manifest("out");
  std::vector<std::string> paths;
  for (const auto& file : written["files"]) paths.push_back(file["path"]);
  EXPECT_THAT(paths, UnorderedElementsAre("report.html", "compare.png"));
  EXPECT_EQ(written["files"][1]["shape"].size(), 3U);
}

TEST_F(Session, LayersThatAMethodsOwnOptionNamesAreInItsNames) {
  ExplainRequest two = request("out");
  two.methods = {"grad-cam", "gradient"};
  two.settings = {"grad-cam.layer=conv1,conv2"};
  explain(two);
  EXPECT_THAT(names("out/0"), IsSupersetOf({"grad-cam.conv1.npy", "grad-cam.conv2.npy", "gradient.npy"}));
}

TEST_F(Session, ClassNamesMustBeAsManyAsClasses) {
  write_file(folder / "three.txt", "a\nb\nc\n");
  write_file(folder / "four.json", R"(["a", "b", "c", "d"])");
  ExplainRequest named = request("out");
  named.model.classes = (folder / "three.txt").string();
  EXPECT_THAT([&] { explain(named); }, ThrowsMessage<Error>(HasSubstr("3 class names")));
  named.model.classes = (folder / "four.json").string();
  explain(named);
  EXPECT_EQ(manifest("out")["model"]["classes"][3], "d");
}

}  // namespace
}  // namespace limpid
