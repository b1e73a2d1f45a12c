// SPDX-License-Identifier: Apache-2.0
#include "limpid/pipeline/concepts.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "limpid/core/error.h"
#include "limpid/core/files.h"
#include "limpid/data/npy.h"
#include "limpid/net/onnx.h"
#include "support/files.h"

namespace limpid {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

const std::string kModel = std::string(LIMPID_SOURCE_DIR) + "/models/glyphs.onnx";

UnitsRequest small_request(const fs::path& output) {
  UnitsRequest request;
  request.model.path = kModel;
  request.data = "glyphs:50";
  request.layers = {"conv2", "conv5"};
  request.output = output.string();
  request.batch = 20;
  request.top = 3;
  request.responses = 2;
  request.invariance = 4;
  request.class_examples = 3;
  request.maps = true;
  return request;
}

std::map<std::string, std::string> contents(const fs::path& folder) {
  std::map<std::string, std::string> files;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder))
    files[entry.path().filename().string()] = read_file(entry.path(), uint64_t{1} << 30);
  return files;
}

struct Stop {};

TEST(ConceptsUnits, ARunThatWasStoppedAtAnyPointGoesOnToTheSameFiles) {
  const testing::Folder folder;
  int64_t calls = 0;
  write_units(small_request(folder.path / "whole"), [&](int64_t, int64_t, std::string_view) { ++calls; });
  const auto expected = contents(folder.path / "whole");
  EXPECT_TRUE(expected.count("report.html") && expected.count("units.csv") && expected.count("conv2.responses.npy"));
  int64_t stops = 0;
  for (int64_t allowed = 3;; allowed += 4) {  // stopped after so many steps, in every stream, until it gets through
    int64_t here = 0;
    try {
      write_units(small_request(folder.path / "stopped"), [&](int64_t, int64_t, std::string_view) {
        if (++here > allowed) throw Stop();
      });
      break;
    } catch (const Stop&) {
      ++stops;
    }
    ASSERT_LT(stops, calls);
  }
  EXPECT_GE(stops, 2);
  const auto got = contents(folder.path / "stopped");
  ASSERT_EQ(got.size(), expected.size());
  for (const auto& [name, bytes] : expected) EXPECT_EQ(got.at(name), bytes) << name;
}

TEST(ConceptsUnits, AnUnfinishedRunWithOtherSettingsIsRefused) {
  const testing::Folder folder;
  EXPECT_THROW(write_units(small_request(folder.path),
                           [](int64_t done, int64_t, std::string_view) {
                             if (done > 0) throw Stop();
                           }),
               Stop);
  UnitsRequest other = small_request(folder.path);
  other.top = 4;
  EXPECT_THAT([&] { write_units(other); }, ThrowsMessage<Error>(HasSubstr("unfinished run with top 3")));
}

TEST(ConceptsUnits, RawMapsAreThePositionsThatTheTopInputsHave) {
  const testing::Folder folder;
  write_units(small_request(folder.path));
  const Tensor maps = read_npy(folder.path / "conv2.responses.npy"), top = read_npy(folder.path / "conv2.top.npy");
  EXPECT_EQ(maps.size(0), top.size(0));
  EXPECT_EQ(maps.size(1), 2);
  EXPECT_EQ(top.sizes(), at::IntArrayRef({maps.size(0), 3, 3}));
  EXPECT_EQ(maps.size(2), 5) << "two convolutions of 3x3";
  EXPECT_GT(maps.abs().sum().item<double>(), 0);
}

TEST(ConceptsDissect, FindsDetectorsOfGlyphsInTheNetworkThatTellsThem) {
  const testing::Folder folder;
  DissectRequest request;
  request.model.path = kModel;
  request.concepts = "glyphs:60";
  request.layers = {"conv9"};  // one kernel a class
  request.output = folder.path.string();
  const auto document = nlohmann::json::parse(read_file(dissect(request).document, uint64_t{1} << 30));
  int64_t right = 0;
  for (const auto& unit : document.at("units")) {
    const std::string classes[] = {"ring",  "square", "triangle", "cross",  "star",
                                   "arrow", "tee",    "ell",      "zigzag", "crescent"};
    right += unit.at("concept") == classes[unit.at("unit").get<size_t>()] && unit.at("iou").get<double>() > .04;
  }
  EXPECT_GE(right, 8) << "the kernel of a class overlaps that class's glyph most";
}

TEST(ConceptsMaximize, TheFoundInputIsTakenForItsClass) {
  const testing::Folder folder;
  MaximizeRequest request;
  request.model.path = kModel;
  request.targets = "ring,star";
  request.steps = 12;
  request.output = folder.path.string();
  const auto document = nlohmann::json::parse(read_file(maximize(request).document, uint64_t{1} << 30));
  ASSERT_EQ(document.at("inputs").size(), 2U);
  for (const auto& input : document.at("inputs")) {
    EXPECT_GT(input.at("value").get<double>(), input.at("first").get<double>());
    for (const auto& file : input.at("files")) EXPECT_TRUE(fs::exists(folder.path / file.get<std::string>()));
  }
  const auto first = contents(folder.path);
  maximize(request);
  EXPECT_EQ(first, contents(folder.path));
}

TEST(Concepts, AGuessedPreprocessingIsToldByEveryCommand) {
  const testing::Folder folder;
  Network network = load_onnx(kModel);
  network.metadata.erase("preprocess");
  const std::string silent = (folder.path / "silent.onnx").string();
  save_onnx(network, silent);
  const auto notes_of = [&](auto request, const auto& command, const std::string& model) {
    request.model.path = model;
    request.output = (folder.path / "out").string();
    return command(request, {}).notes;
  };
  UnitsRequest units = small_request(folder.path / "out");
  units.invariance = units.responses = 0;
  DissectRequest dissection;
  dissection.concepts = "glyphs:50";
  dissection.layers = {"conv9"};
  MaximizeRequest liked;
  liked.targets = "0";
  liked.steps = 2;
  for (const auto& notes : {notes_of(units, write_units, silent), notes_of(dissection, dissect, silent),
                            notes_of(liked, maximize, silent)}) {
    ASSERT_EQ(notes.size(), 1U);
    EXPECT_THAT(notes[0], HasSubstr("0..1 is assumed"));
  }
  EXPECT_TRUE(notes_of(units, write_units, kModel).empty());
}

}  // namespace
}  // namespace limpid
