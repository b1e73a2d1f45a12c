// SPDX-License-Identifier: Apache-2.0
#include "limpid/pipeline/model.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include "limpid/core/error.h"
#include "limpid/core/files.h"
#include "limpid/data/npy.h"
#include "limpid/net/kernels.h"
#include "limpid/net/onnx.h"
#include "limpid/pipeline/documents.h"
#include "support/files.h"
#include "support/networks.h"
#include "support/onnx_wire.h"

namespace limpid {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

/// A folder for model files.
class Models : public ::testing::Test {
 protected:
  /// The mean of each channel of an input [N, channels, ?, ?].
  ModelRequest open_sized(int64_t channels, const std::string& preprocess = "") const {
    std::string bytes = wire::model(wire::node("GlobalAveragePool", {"x"}, {"p"}) + wire::node("Flatten", {"p"}, {"y"}),
                                    {-1, channels, -1, -1});
    if (!preprocess.empty()) bytes += wire::part(14, wire::part(1, "preprocess") + wire::part(2, preprocess));
    write_file(folder / "open.onnx", bytes);
    return {(folder / "open.onnx").string()};
  }

  const testing::Folder own;
  const fs::path& folder = own.path;
};

TEST_F(Models, ASizeFillsRowsAndColumnsAndChannelsComeFromTheFile) {
  ModelRequest request = open_sized(1);
  request.preprocess.size = "28";
  EXPECT_EQ(open_model(request).network.input_shape(), (Shape{1, 28, 28}));
  request = open_sized(3);
  request.preprocess.size = "6x8";
  EXPECT_EQ(open_model(request).network.input_shape(), (Shape{3, 6, 8}));
}

TEST_F(Models, MoreClassesThanAnyoneHasAreRefused) {
  ModelRequest request = open_sized(1'000'001);
  request.preprocess.size = "1";
  EXPECT_THAT([&] { open_model(request); },
              ThrowsMessage<Error>(HasSubstr("has 1000001 outputs; a classifier of at most 1000000")));
}

TEST_F(Models, OpenChannelsAreOneForGrayHoweverItIsSpelt) {
  for (const char* spelling : {"gray", "grey"}) {
    ModelRequest request = open_sized(-1);
    request.preprocess.size = "28";
    request.preprocess.channels = spelling;
    EXPECT_EQ(open_model(request).network.input_shape(), (Shape{1, 28, 28})) << spelling;
  }
}

TEST_F(Models, TheSizeOfTheMetadataFillsWhatTheModelLeavesOpen) {
  const Model model = open_model(open_sized(3, R"({"channels": "rgb", "scale": 1, "size": [12, 10]})"));
  EXPECT_EQ(model.network.input_shape(), (Shape{3, 12, 10}));
  EXPECT_THAT([this] { open_model(open_sized(3)); }, ThrowsMessage<Error>(HasSubstr("size of an image must be given")));
}

TEST_F(Models, AnArraysShapeFillsWhatNothingElseSays) {
  ModelRequest request = open_sized(3);
  for (const Shape& like : {Shape{3, 6, 8}, Shape{5, 3, 6, 8}}) {
    request.like = like;
    EXPECT_EQ(open_model(request).network.input_shape(), (Shape{3, 6, 8}));
  }
  request.preprocess.size = "9";
  EXPECT_EQ(open_model(request).network.input_shape(), (Shape{3, 9, 9}));
  request = open_sized(3);
  request.like = {6, 8};
  EXPECT_THAT([&] { open_model(request); }, ThrowsMessage<Error>(HasSubstr("size of an image must be given")));
  write_npy(folder / "four.npy", at::zeros({4, 3, 7, 5}));
  EXPECT_EQ(npy_shape(folder / "four.npy"), (Shape{4, 3, 7, 5}));
}

TEST_F(Models, PublishedMeansWithoutAScaleAreOfValuesFromZeroToOne) {
  ModelRequest request = open_sized(3);
  request.preprocess.size = "8";
  request.preprocess.mean = {0.485, 0.456, 0.406};
  request.preprocess.std = {0.229, 0.224, 0.225};
  const Model model = open_model(request);
  EXPECT_DOUBLE_EQ(model.preprocess.scale, 1.0 / 255);
  ASSERT_EQ(model.notes.size(), 1U);
  EXPECT_THAT(model.notes[0], HasSubstr("--scale"));
  request.preprocess.scale = 1;
  EXPECT_EQ(open_model(request).preprocess.scale, 1);
  request.preprocess.scale.reset();
  request.preprocess.mean = {104, 117, 123};
  EXPECT_EQ(open_model(request).preprocess.scale, 1);
}

TEST_F(Models, OtherOutputsThanTheOneExplainedAreNamed) {
  const std::string nodes = wire::node("GlobalAveragePool", {"x"}, {"p"}) + wire::node("Flatten", {"p"}, {"y"});
  write_file(folder / "two.onnx", wire::model(nodes + wire::value(12, "p", {-1, 3, 1, 1}), {-1, 3, 8, 8}));
  const ModelRequest request{(folder / "two.onnx").string()};
  const Model model = open_model(request);
  ASSERT_EQ(model.notes.size(), 1U);
  EXPECT_THAT(model.notes[0], HasSubstr("output 'y' is explained, and not p"));  // a row before maps
  EXPECT_THAT(describe_model(request, false), HasSubstr("and not p"));
}

TEST_F(Models, ACropOrAnOrderOfChannelsDoesNotSayWhichValuesAreTaken) {
  ModelRequest request = open_sized(3);
  request.preprocess.size = "8";
  request.preprocess.channels = "bgr";
  request.preprocess.crop = true;
  EXPECT_TRUE(open_model(request).assumed);
  request.preprocess.preset = "unit";
  EXPECT_FALSE(open_model(request).assumed);
}

TEST_F(Models, BlankClassNamesAreNone) {
  write_file(folder / "blank.txt", " \n\t\n");
  ModelRequest request = open_sized(3);
  request.preprocess.size = "8";
  request.classes = (folder / "blank.txt").string();
  EXPECT_THAT([&] { open_model(request); }, ThrowsMessage<Error>(HasSubstr("0 class names")));
}

TEST_F(Models, FilesOfExternalDataHaveHashesOfTheirOwn) {
  const std::vector<float> values = {1, 2, 3, 4};
  write_file(folder / "weights.bin", {reinterpret_cast<const char*>(values.data()), 16});
  write_file(folder / "outside.onnx",
             wire::model(wire::node("Add", {"x", "c"}, {"y"}) + wire::external("c", "weights.bin", 4)));
  const ModelRequest request{(folder / "outside.onnx").string()};
  const Model model = open_model(request);
  ASSERT_EQ(model.external.size(), 1U);
  EXPECT_EQ(model.external[0].path, "weights.bin");
  EXPECT_EQ(model.external[0].sha256, sha256(read_file(folder / "weights.bin", 100)));
  EXPECT_THAT(describe_model(request, true), HasSubstr(model.external[0].sha256));
}

TEST_F(Models, LimitsAreNamedWhereTheyAreMetAndCanBeChanged) {
  ModelRequest request = open_sized(3);
  request.preprocess.size = "8";
  request.limits = {"model-bytes=10"};
  EXPECT_THAT([&] { open_model(request); }, ThrowsMessage<Error>(HasSubstr("limit model-bytes is 10")));
  request.limits = {"tensor-elements=100"};
  EXPECT_THAT([&] { open_model(request); }, ThrowsMessage<Error>(HasSubstr("limit tensor-elements is 100")));
  request.limits = {"tensor-elements=192"};
  EXPECT_NO_THROW(open_model(request));
  request.limits = {"tensor-element=9"};
  EXPECT_THAT([&] { open_model(request); }, ThrowsMessage<UsageError>(HasSubstr("did you mean 'tensor-elements'")));
  request.limits = {"image-bytes=many"};
  EXPECT_THAT([&] { open_model(request); }, ThrowsMessage<UsageError>(HasSubstr("whole number")));
}

TEST_F(Models, TheNamesOfLayersThatWereLeftOutAreTold) {
  write_file(folder / "dropped.onnx",
             wire::model(wire::node("Tanh", {"x"}, {"a"}, "squash") + wire::node("Identity", {"a"}, {"y"}, "same")));
  const std::string text = describe_model({(folder / "dropped.onnx").string()}, false);
  EXPECT_THAT(text, HasSubstr("also called"));
  EXPECT_THAT(text, HasSubstr("same"));
}

TEST_F(Models, LowPrecisionIsTakenWhereItIsFasterAndItsUserIsTold) {
  const bool native = cpu_instructions().find("amx") != std::string::npos;
  ModelRequest request = open_sized(3);
  request.preprocess.size = "6";
  for (const std::string name : {"auto", "bf16x3", "bfloat16", "float32", "float64"}) {
    request.precision = name;
    const Model model = open_model(request);
    const bool low = name == "bf16x3" || name == "bfloat16";
    const std::string taken = name == "auto" ? (native ? "bf16x3" : "float32") : low && !native ? "float32" : name;
    EXPECT_EQ(model.precision, taken) << name;
    const auto told = ::testing::Contains(HasSubstr("the walks are in float32"));
    if (low && !native)
      EXPECT_THAT(model.notes, told) << name;
    else
      EXPECT_THAT(model.notes, ::testing::Not(told)) << name;
  }
}

}  // namespace
}  // namespace limpid
