// SPDX-License-Identifier: Apache-2.0
#include "limpid/pipeline/training.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "limpid/data/npy.h"
#include "limpid/net/onnx.h"
#include "limpid/render/png.h"
#include "support/files.h"

namespace limpid::testing {
namespace {
namespace fs = std::filesystem;
using ::testing::HasSubstr;
using Json = nlohmann::json;

/// Gray pictures, bright at the top or at the bottom, in a folder a class.
void draw(const fs::path& folder, int64_t count) {
  for (const bool top : {false, true}) {
    const fs::path place = folder / (top ? "top" : "bottom");
    fs::create_directories(place);
    for (int64_t i = 0; i < count; ++i) {
      Tensor x = normal_noise({1, 12, 12}, static_cast<uint64_t>(2 * i + top)) * 20 + 80;
      x.narrow(1, top ? 0 : 6, 6).add_(60);
      write_png(place / (std::to_string(i) + ".png"), x.clamp(0, 255).to(at::kByte).expand({3, -1, -1}).contiguous());
    }
  }
}

TrainRequest request_in(const fs::path& folder) {
  TrainRequest request;
  request.architecture = "anatomy-shallow";
  request.data = (folder / "data").string();
  request.output = (folder / "net.onnx").string();
  request.channels = "gray";
  request.epochs = 4;
  request.batch = 8;
  request.learning_rate = 1e-2;
  return request;
}

TEST(TrainModel, MakesAModelThatPredictKnowsHowToFeed) {
  const Folder folder;
  draw(folder.path / "data", 30);
  const Json document = Json::parse(read_file(train_model(request_in(folder.path), {}, {}), 1 << 20));
  EXPECT_EQ(document.at("curve").size(), 4u);
  EXPECT_EQ(document.at("scores").at("confusion").size(), 2u);
  PredictRequest predicted;
  predicted.model.path = (folder.path / "net.onnx").string();
  predicted.data = (folder.path / "data").string();
  const Json scores = Json::parse(predict(predicted, true, {}));
  EXPECT_EQ(scores.at("examples"), 60);
  EXPECT_GT(scores.at("accuracy"), .9);
  EXPECT_EQ(scores.at("per_class")[0].at("class"), "bottom");
  const Network network = load_onnx(predicted.model.path);
  EXPECT_EQ(network.metadata.at("classes"), R"(["bottom","top"])");
  EXPECT_THAT(network.metadata.at("training"), HasSubstr(R"("learning-rate":"0.01")"));
  EXPECT_THAT(network.metadata.at("data"), HasSubstr("54 to train on, 6 held out"));
  EXPECT_EQ(Json::parse(network.metadata.at("metrics")).at("accuracy"), document.at("scores").at("accuracy"));
}

TEST(TrainModel, TwoRunsWriteTheSameModelByteForByte) {
  const Folder folder;
  draw(folder.path / "data", 8);
  TrainRequest request = request_in(folder.path);
  request.augment = "flip,shift=1,noise=0.1";
  request.snapshots = {1};
  const std::string earlier = (folder.path / "net.epoch1.onnx").string();
  train_model(request, {}, {});
  const std::string first = sha256_of_file(request.output), first_earlier = sha256_of_file(earlier);
  request.loading = 3;
  train_model(request, {}, {});
  EXPECT_EQ(sha256_of_file(request.output), first);
  EXPECT_EQ(sha256_of_file(earlier), first_earlier);
}

TEST(TrainModel, AutomaticPrecisionIsOneOfTheOthersAndTheSlowerIsTold) {
  const Folder folder;
  draw(folder.path / "data", 10);
  TrainRequest request = request_in(folder.path);
  request.epochs = 1;
  std::map<std::string, std::string> models;
  std::map<std::string, std::string> told;
  for (const std::string precision : {"float32", "bfloat16", "auto"}) {
    request.precision = precision;
    train_model(request, {}, [&](const std::string& line) { told[precision] += line + "\n"; });
    models[precision] = sha256_of_file(request.output);
  }
  EXPECT_NE(models["float32"], models["bfloat16"]);
  const bool slower = told["bfloat16"].find("slower than float32") != std::string::npos;
  EXPECT_EQ(models["auto"], models[slower ? "float32" : "bfloat16"]);
  EXPECT_EQ(told["auto"].find("slower"), std::string::npos);
}

TEST(TrainModel, NoNetworkIsKeptBeyondTheLastEpoch) {
  const Folder folder;
  draw(folder.path / "data", 8);
  TrainRequest request = request_in(folder.path);
  request.snapshots = {0, static_cast<double>(request.epochs) + .5};
  EXPECT_THAT(error_of([&] { train_model(request, {}, {}); }), HasSubstr("expected 0 to"));
}

TEST(TrainModel, BytesOfTwoChannelsAreAnArrayAndNoPicture) {
  const Folder folder;
  const Tensor inputs = at::randint(0, 256, {12, 2, 8, 8}, at::kByte);
  inputs.narrow(0, 0, 6).narrow(1, 0, 1).fill_(255);
  write_npy(folder.path / "images.npy", inputs);
  write_npy(folder.path / "labels.npy", at::arange(12, at::kLong).ge(6).to(at::kLong));
  TrainRequest request = request_in(folder.path);
  request.data = folder.path.string();
  train_model(request, {}, {});
  EXPECT_EQ(load_onnx(request.output).input_shape(), (Shape{2, 8, 8}));
}

TEST(TrainModel, GoesOnFromWhereProgressStoppedIt) {
  const Folder folder;
  draw(folder.path / "data", 8);
  TrainRequest request = request_in(folder.path);
  train_model(request, {}, {});
  const std::string whole = sha256_of_file(request.output);
  request.output = (folder.path / "again.onnx").string();
  request.resume = true;
  const Progress stop = [](int64_t done, int64_t, std::string_view) {
    if (done == 3) fail("stopped");
  };
  EXPECT_EQ(error_of([&] { train_model(request, stop, {}); }), "stopped");
  EXPECT_FALSE(fs::exists(request.output));
  train_model(request, {}, {});
  EXPECT_EQ(sha256_of_file(request.output), whole);
}

TEST(Predict, TakesClassesByNameWhateverTheirOrder) {
  const Folder folder;
  draw(folder.path / "data", 20);
  train_model(request_in(folder.path), {}, {});
  write_file(folder.path / "data" / "few.csv", "path,label\ntop/1.png,top\ntop/2.png,top\n");
  PredictRequest request;
  request.model.path = (folder.path / "net.onnx").string();
  request.data = (folder.path / "data" / "few.csv").string();
  const Json scores = Json::parse(predict(request, true, {}));
  EXPECT_EQ(scores.at("per_class")[1].at("examples"), 2);
  EXPECT_TRUE(scores.at("per_class")[0].at("recall").is_null());
  EXPECT_EQ(scores.at("balanced_accuracy"), scores.at("per_class")[1].at("recall"));
}

}  // namespace
}  // namespace limpid::testing
