// SPDX-License-Identifier: Apache-2.0
#include "limpid/pipeline/fingerprints.h"

#include <fstream>
#include <nlohmann/json.hpp>

#include "limpid/crystal/diffraction.h"
#include "limpid/crystal/formats.h"
#include "limpid/crystal/prototypes.h"
#include "limpid/data/image.h"
#include "limpid/data/npy.h"
#include "support/files.h"

namespace limpid::testing {
namespace {
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Json = nlohmann::json;

Json manifest_of(const FingerprintSummary& summary) { return Json::parse(std::ifstream(summary.manifest)); }

TEST(WriteFingerprints, GivesEachStructureAnArrayAndAPicture) {
  const Folder folder;
  const Structure iron = build_prototype("bcc", 26);
  write_structures(folder.path / "iron.vasp", {iron});
  FingerprintRequest request{.inputs = {folder.path / "iron.vasp"}, .output = folder.path / "out"};
  const FingerprintSummary summary = write_fingerprints(request, {});
  EXPECT_EQ(summary.structures, 1);
  EXPECT_EQ(summary.failed, 0);
  const Tensor image = read_npy(folder.path / "out" / "iron.npy");
  EXPECT_LT((image - fingerprint(read_structure(folder.path / "iron.vasp"))).abs().max().item<float>(), 1e-6);
  const Tensor picture = read_image(folder.path / "out" / "iron.png");
  EXPECT_EQ(picture.sizes(), (Shape{3, 256, 256}));
  // Rotations about x, y, z are red, green, blue; four pixels of the picture are one of the detector's.
  const Tensor small = picture.slice(1, 0, 256, 4).slice(2, 0, 256, 4).to(at::kFloat);
  EXPECT_LT((small - image * 255).abs().max().item<float>(), 1);
  const Json entry = manifest_of(summary)["structures"][0];
  EXPECT_EQ(entry["cell"], "standard");
  EXPECT_EQ(entry["copies"], Json({6, 5, 5}));
  EXPECT_EQ(entry["atoms"], 2);
  EXPECT_EQ(entry["simulated_atoms"], 300);
  EXPECT_NEAR(entry["scale"].get<double>(), 2 * atomic_radius(26), 1e-4);
  EXPECT_EQ(entry["files"], Json({"iron.npy", "iron.png"}));
  EXPECT_TRUE(entry["error"].is_null());
}

TEST(WriteFingerprints, DoesWhatTheOptionsSay) {
  const Folder folder;
  write_structures(folder.path / "tin.vasp", {build_prototype("bct_141", 50)});
  FingerprintRequest request{.inputs = {folder.path / "tin.vasp"}, .output = folder.path / "out"};
  request.scaling = "mean-nn";
  request.z_offset = 2;
  request.published_order = true;
  request.pictures = false;
  const Json manifest = manifest_of(write_fingerprints(request, {}));
  const Tensor expected = fingerprint(read_structure(folder.path / "tin.vasp"),
                                      {.scaling = Scaling::mean_nn, .z_offset = 2, .published_order = true});
  EXPECT_LT((read_npy(folder.path / "out" / "tin.npy") - expected).abs().max().item<float>(), 1e-6);
  EXPECT_FALSE(std::filesystem::exists(folder.path / "out" / "tin.png"));
  EXPECT_EQ(manifest["channels"], Json({"x", "z", "y"}));
  EXPECT_EQ(manifest["z_offset"], 2);
  EXPECT_EQ(manifest["scaling"], "mean-nn");
}

TEST(WriteFingerprints, NumbersFramesWhereAFileHasSeveral) {
  const Folder folder;
  write_structures(folder.path / "three.xyz",
                   {build_prototype("sc", 84), build_prototype("fcc", 29), build_prototype("diam", 6)});
  write_structures(folder.path / "one.xyz", {build_prototype("bcc", 74)});
  const FingerprintSummary summary = write_fingerprints({.inputs = {folder.path}, .output = folder.path / "out"}, {});
  EXPECT_EQ(summary.structures, 4);
  std::vector<std::string> stems;
  const Json manifest = manifest_of(summary);
  for (const Json& entry : manifest["structures"]) stems.push_back(entry["stem"]);
  EXPECT_THAT(stems, ElementsAre("one", "three.0", "three.1", "three.2"));
  for (const std::string& stem : stems) EXPECT_TRUE(std::filesystem::exists(folder.path / "out" / (stem + ".npy")));
  EXPECT_LT((read_npy(folder.path / "out" / "three.1.npy") - fingerprint(build_prototype("fcc", 29)))
                .abs()
                .max()
                .item<float>(),
            1e-4);
}

TEST(WriteFingerprints, GoesOnAfterAFileThatCannotBeRead) {
  const Folder folder;
  write_structures(folder.path / "good.vasp", {build_prototype("fcc", 29)});
  std::ofstream(folder.path / "bad.vasp") << "copper\n1.0\nnot a number\n";
  std::ofstream(folder.path / "cut.xyz") << "1\nfirst\nCu 0 0 0\n2\nsecond\nCu 0 0 0\n";
  const FingerprintSummary summary = write_fingerprints({.inputs = {folder.path / "bad.vasp", folder.path / "none.cif",
                                                                    folder.path / "cut.xyz", folder.path / "good.vasp"},
                                                         .output = folder.path / "out"},
                                                        {});
  EXPECT_EQ(summary.structures, 5);
  EXPECT_EQ(summary.failed, 4);  // the first frame of cut.xyz is a single atom
  EXPECT_THAT(summary.first_error, HasSubstr("bad.vasp"));
  const Json entries = manifest_of(summary)["structures"];
  EXPECT_THAT(entries[1]["error"].get<std::string>(), HasSubstr("none.cif"));
  EXPECT_THAT(entries[2]["error"].get<std::string>(), HasSubstr("single atom"));
  EXPECT_THAT(entries[3]["error"].get<std::string>(), HasSubstr("cut.xyz"));
  EXPECT_EQ(entries[3]["frame"], 1);
  EXPECT_TRUE(entries[4]["error"].is_null());
  EXPECT_TRUE(std::filesystem::exists(folder.path / "out" / "good.npy"));
}

TEST(WriteFingerprints, RefusesWhatItDoesNotKnow) {
  const Folder folder;
  const auto error = [&](FingerprintRequest request) {
    request.inputs = {folder.path};
    request.output = folder.path / "out";
    return error_of([&] { write_fingerprints(request, {}); });
  };
  EXPECT_THAT(error({.scaling = "robus"}), HasSubstr("no scaling is called 'robus'; did you mean 'robust'"));
  EXPECT_THAT(error({.atoms = 0}), HasSubstr("at least 0 atoms"));
  EXPECT_THAT(error({.device = "gpu"}), HasSubstr("the device is 'gpu'"));
  EXPECT_THAT(error({}), HasSubstr("has no file of structures in it"));
}

}  // namespace
}  // namespace limpid::testing
