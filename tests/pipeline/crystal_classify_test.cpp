// SPDX-License-Identifier: Apache-2.0
#include "limpid/pipeline/crystal_classify.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "limpid/crystal/classes.h"
#include "limpid/crystal/formats.h"
#include "limpid/crystal/prototypes.h"
#include "limpid/data/npy.h"
#include "limpid/net/canonize.h"
#include "limpid/net/onnx.h"
#include "limpid/train/architectures.h"
#include "limpid/train/novelty.h"
#include "pipeline/crystals/classifier.h"
#include "support/files.h"

namespace limpid::testing {
namespace {
namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Json = nlohmann::json;

/// A network that was not trained: what it says is as good as any for what is said about it.
Network untrained() {
  Network network = build_architecture("crystal", {{3, 64, 64}, 7, 3});
  network.metadata["classes"] = Json(crystal_classes()).dump();
  return network;
}

std::vector<Structure> pristine() {
  std::vector<Structure> crystals;
  for (const char* name : {"bcc", "fcc", "sc", "diam", "hcp"}) crystals.push_back(build_prototype(name, 29));
  return crystals;
}

Tensor images_of(const std::vector<Structure>& structures) {
  std::vector<Tensor> images;
  for (const Structure& structure : structures) images.push_back(fingerprint(structure));
  return at::stack(images);
}

/// A model file that knows the pristine crystals and nothing else.
std::string model_in(const Folder& folder, double farthest = 1e-3) {
  const Network ready = moved(canonized(untrained()), at::kCPU);
  const Tensor images = images_of(pristine());
  CrystalKnowledge knowledge = calibrated(ready, {}, images, images, .99);
  EXPECT_LT(knowledge.farthest, 1e-5);  // as they are references themselves
  knowledge.farthest = farthest;
  const fs::path path = folder.path / "model.onnx";
  save_onnx(with_knowledge(untrained(), knowledge), path);
  return path.string();
}

ModelRequest request_for(const std::string& path) { return {.path = path, .precision = "float32"}; }

TEST(CrystalKnowledge, ComesBackFromAFile) {
  const Folder folder;
  CrystalKnowledge knowledge;
  knowledge.fingerprint = {.scaling = Scaling::mean_nn, .atoms = 200, .z_offset = 2, .published_order = true};
  knowledge.references = at::rand({9, 128}).to(at::kHalf).to(at::kFloat);
  knowledge.farthest = .125;
  save_onnx(with_knowledge(untrained(), knowledge), folder.path / "net.onnx");
  const CrystalKnowledge back = knowledge_of(load_onnx(folder.path / "net.onnx"));
  EXPECT_TRUE(back.references.equal(knowledge.references));
  EXPECT_EQ(back.farthest, .125);
  EXPECT_EQ(back.fingerprint.scaling, Scaling::mean_nn);
  EXPECT_EQ(back.fingerprint.atoms, 200);
  EXPECT_EQ(back.fingerprint.z_offset, 2);
  EXPECT_TRUE(back.fingerprint.published_order);
}

TEST(CrystalKnowledge, SaysWhatIsMissingOrWrong) {
  Network network = untrained();
  EXPECT_THAT(error_of([&] { knowledge_of(network); }), HasSubstr("limpid study crystals"));
  network.metadata["crystals"] = "{}";
  EXPECT_THAT(error_of([&] { knowledge_of(network); }), HasSubstr("metadata 'crystals' cannot be read"));
  CrystalKnowledge knowledge;
  knowledge.references = at::rand({2, 3});
  Json text = Json::parse(with_knowledge(network, knowledge).metadata["crystals"]);
  text["count"] = 3;
  network.metadata["crystals"] = text.dump();
  EXPECT_THAT(error_of([&] { knowledge_of(network); }), HasSubstr("12 bytes; expected 3 times 3"));
}

TEST(CrystalClassifier, AnswersWhatTheNetworkSaysOfTheFingerprint) {
  const Folder folder;
  const CrystalClassifier classifier(request_for(model_in(folder)));
  std::vector<CrystalView> views;
  for (const Structure& crystal : pristine()) views.push_back(classifier.view(crystal));
  const std::vector<CrystalAnswer> answers = classifier(views);
  const Tensor expected =
      at::softmax(logits(moved(canonized(untrained()), at::kCPU), images_of(pristine())).to(at::kDouble), 1);
  for (size_t i = 0; i < answers.size(); ++i) {
    const Tensor given = at::tensor(answers[i].probabilities, at::kDouble);
    EXPECT_LT((given - expected[static_cast<int64_t>(i)]).abs().max().item<double>(), 1e-6);
    EXPECT_EQ(answers[i].label, given.argmax().item<int64_t>());
    EXPECT_LT(answers[i].distance, 1e-5);
    EXPECT_EQ(answers[i].abstains, "");
  }
  EXPECT_TRUE(classifier({}).empty());
}

TEST(CrystalClassifier, AbstainsAndSaysWhy) {
  const Folder folder;
  Structure salt = build_prototype("sc", 11);
  salt = supercell(salt, {2, 2, 2});
  for (int64_t i = 0; i < 8; ++i)
    if (((i & 1) + (i >> 1 & 1) + (i >> 2 & 1)) % 2) salt.species[static_cast<size_t>(i)] = 17;
  Structure alone;
  alone.species = {8, 1, 1};
  alone.positions = {{0, 0, 0}, {.76, .59, 0}, {-.76, .59, 0}};
  const Structure tin = build_prototype("bct_141", 50);
  const CrystalClassifier strict(request_for(model_in(folder, 1e-9))), generous(request_for(model_in(folder, 1)));
  const auto said = [](const CrystalClassifier& classifier, const Structure& structure) {
    return classifier({classifier.view(structure)}).front().abstains;
  };
  EXPECT_THAT(said(strict, tin), HasSubstr("unlike those of all classes"));
  EXPECT_EQ(said(generous, tin), "");
  EXPECT_THAT(said(generous, salt), HasSubstr("it is a compound"));
  const CrystalClassifier of_sites(request_for(model_in(folder, 1)), true);
  EXPECT_EQ(said(of_sites, salt), "");
  EXPECT_LT((of_sites.view(salt).image - fingerprint(build_prototype("sc", 11))).abs().max().item<float>(), 1e-3);
  EXPECT_THAT(said(generous, alone), HasSubstr("no crystal is found"));
  Structure simple = build_prototype("hcp", 50, 2);  // without its second layer: simple hexagonal
  simple.cell->row(2) /= 2;
  simple.species.pop_back();
  simple.positions.pop_back();
  EXPECT_THAT(said(generous, simple), HasSubstr("P6/mmm (191), is that of no class"));
}

TEST(ClassifyCrystals, PrintsALineForEachAndWritesTheSameAsJson) {
  const Folder folder;
  write_structures(folder.path / "two.xyz", {build_prototype("bcc", 26), build_prototype("fcc", 29)});
  write_file(folder.path / "torn.vasp", "no crystal");
  ClassifyRequest request{.inputs = {folder.path / "two.xyz", folder.path / "torn.vasp"},
                          .model = request_for(model_in(folder, 1)),
                          .output = folder.path / "out",
                          .explain = true};
  std::vector<std::string> lines;
  const ClassifySummary summary = classify_crystals(request, false, {}, [&](const std::string& text) {
    if (!text.empty()) lines.push_back(text);
  });
  EXPECT_EQ(summary.structures, 3);
  EXPECT_EQ(summary.failed, 1);
  EXPECT_THAT(summary.first_error, HasSubstr("torn.vasp"));
  EXPECT_THAT(lines, ElementsAre(HasSubstr("two.xyz[0]: "), HasSubstr("spglib: Fm-3m (225)")));
  const Json written = Json::parse(read_file(folder.path / "out/answers.json", 1 << 20));
  EXPECT_EQ(written.at("structures").size(), 3u);
  const Json& iron = written.at("structures").at(0);
  EXPECT_EQ(iron.at("space_group").at("number"), 229);
  EXPECT_EQ(iron.at("files"),
            Json({"fingerprints/two.0.npy", "fingerprints/two.0.png", "spots/two.0.csv", "spots/two.0.svg"}));
  for (const Json& file : iron.at("files")) EXPECT_TRUE(fs::exists(folder.path / "out" / file.get<std::string>()));
  const Tensor image = read_npy(folder.path / "out/fingerprints/two.0.npy");
  EXPECT_LT((image - fingerprint(build_prototype("bcc", 26))).abs().max().item<float>(), 1e-5);
  EXPECT_TRUE(fs::exists(folder.path / "out/answers.csv"));
  EXPECT_TRUE(fs::exists(folder.path / "out/maps/report.html"));
  EXPECT_EQ(summary.page, (folder.path / "out/maps/report.html").string());

  std::string printed;
  request.output.clear();
  request.explain = false;
  classify_crystals(request, true, {}, [&](const std::string& text) { printed += text; });
  const Json again = Json::parse(printed);
  for (const Json& one : again["structures"]) {
    if (!one.at("error").is_null()) continue;
    EXPECT_EQ(one.at("probabilities"), written["structures"][one["frame"].get<size_t>()]["probabilities"]);
  }
  request.explain = true;
  EXPECT_THAT(error_of([&] { classify_crystals(request, true, {}, [](const std::string&) {}); }),
              HasSubstr("-o names it"));
}

}  // namespace
}  // namespace limpid::testing
