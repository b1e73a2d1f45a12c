// SPDX-License-Identifier: Apache-2.0
// What commands compute with --device is what they compute on the CPU.
#include <ATen/ATen.h>
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "limpid/core/files.h"
#include "limpid/crystal/formats.h"
#include "limpid/crystal/prototypes.h"
#include "limpid/data/npy.h"
#include "limpid/explain/method.h"
#include "limpid/net/onnx.h"
#include "limpid/pipeline/crystal_classify.h"
#include "limpid/pipeline/fingerprints.h"
#include "limpid/pipeline/session.h"
#include "limpid/pipeline/studies.h"
#include "limpid/pipeline/training.h"
#include "limpid/render/png.h"
#include "support/files.h"
#include "support/lazy_device.h"
#include "support/networks.h"

namespace limpid::testing {
namespace {
namespace fs = std::filesystem;
using Json = nlohmann::json;

const std::string kLazy = "lazy";

Json document(const fs::path& path) { return Json::parse(read_file(path, 1 << 24)); }

/// Two classes of gray pictures, bright at the top or at the bottom, for training and for a test.
void draw(const fs::path& folder) {
  for (const char* part : {"train", "test"})
    for (const bool top : {false, true})
      for (int64_t i = 0; i < 8; ++i) {
        const fs::path place = folder / part / (top ? "top" : "bottom");
        fs::create_directories(place);
        Tensor x = normal_noise({1, 12, 12}, static_cast<uint64_t>(4 * i + 2 * top) + (*part == 'e')) * 20 + 80;
        x.narrow(1, top ? 0 : 6, 6).add_(60);
        write_png(place / (std::to_string(i) + ".png"), x.clamp(0, 255).to(at::kByte).expand({3, -1, -1}).contiguous());
      }
}

class CommandsOfAnotherDevice : public ::testing::Test {
 protected:
  CommandsOfAnotherDevice() { lazy_device(); }
  std::string at(const std::string& name) const { return (folder.path / name).string(); }
  const Folder folder;
};

TEST_F(CommandsOfAnotherDevice, Explain) {
  save_onnx(class_map_network(), at("net.onnx"));
  fs::create_directories(at("inputs"));
  for (uint64_t i = 0; i < 3; ++i)
    write_npy(folder.path / "inputs" / (std::to_string(i) + ".npy"), normal_noise({2, 8, 8}, i));
  std::vector<std::string> names;
  for (const Method& how : methods()) names.push_back(how.name);
  for (const std::string& device : {std::string("cpu"), kLazy}) {
    ExplainRequest request;
    request.model.path = at("net.onnx");
    request.model.device = device;
    request.model.precision = "float64";
    request.inputs = {at("inputs")};
    request.methods = names;
    request.output = at(device);
    EXPECT_EQ(explain(request).failed, 0);
  }
  const Json here = document(at("cpu/manifest.json")), there = document(at("lazy/manifest.json"));
  EXPECT_EQ(there.at("device"), "lazy");
  ASSERT_EQ(there.at("inputs").size(), 3u);
  int64_t compared = 0;
  for (size_t i = 0; i < 3; ++i) {
    ASSERT_EQ(there.at("inputs")[i].at("files"), here.at("inputs")[i].at("files"));
    for (const Json& entry : here.at("inputs")[i].at("files")) {
      const std::string file = entry.is_string() ? entry.get<std::string>() : entry.at("path").get<std::string>();
      if (!file.ends_with(".npy")) continue;
      const Tensor a = read_npy(at("lazy/" + file)).to(at::kDouble), b = read_npy(at("cpu/" + file)).to(at::kDouble);
      EXPECT_LT(distance(a, b), 1e-6 * std::max(1., b.abs().max().item<double>())) << file;
      ++compared;
    }
  }
  EXPECT_GT(compared, 3 * 10);
}

TEST_F(CommandsOfAnotherDevice, TrainAndPredict) {
  draw(folder.path / "data");
  std::map<std::string, Json> curves, scores;
  for (const std::string& device : {std::string("cpu"), kLazy}) {
    TrainRequest request;
    request.architecture = "resnet-small";
    request.options = {"width=2", "blocks=1"};
    request.data = at("data");
    request.output = at(device + ".onnx");
    request.channels = "gray";
    request.epochs = 1;
    request.batch = 8;
    request.class_weights = "balanced";
    request.clip = 5;
    request.device = device;
    curves[device] = document(train_model(request, {}, {})).at("curve");
    PredictRequest predicted;
    predicted.model.path = request.output;
    predicted.model.device = device;
    predicted.data = at("data");
    scores[device] = Json::parse(predict(predicted, true, {}));
  }
  ASSERT_EQ(curves[kLazy].size(), 1u);
  EXPECT_NEAR(curves[kLazy][0].at("loss"), curves["cpu"][0].at("loss"), 1e-3);
  EXPECT_NEAR(scores[kLazy].at("accuracy"), scores["cpu"].at("accuracy"), .1);
}

TEST_F(CommandsOfAnotherDevice, TrainingGoesOnWhereItStopped) {
  draw(folder.path / "data");
  const auto trained = [&](const std::string& name, int64_t stop) {
    TrainRequest request;
    request.architecture = "anatomy-shallow";
    request.data = at("data");
    request.output = at(name + ".onnx");
    request.channels = "gray";
    request.epochs = 2;
    request.batch = 8;
    request.device = kLazy;
    request.resume = true;
    try {
      train_model(request,
                  [&](int64_t done, int64_t, std::string_view) {
                    if (done == stop) throw std::runtime_error("stopped");
                  },
                  {});
    } catch (const std::runtime_error&) {
      request.resume = true;
      train_model(request, {}, {});
    }
    return load_onnx(at(name + ".onnx"));
  };
  const Network whole = trained("whole", -1), resumed = trained("resumed", 3);
  for (size_t i = 0; i < whole.nodes.size(); ++i)
    for (size_t k = 0; k < whole.nodes[i].layer.parameters.size(); ++k) {
      const Tensor& expected = whole.nodes[i].layer.parameters[k];
      EXPECT_TRUE(!expected.defined() || resumed.nodes[i].layer.parameters[k].equal(expected)) << whole.nodes[i].name;
    }
}

TEST_F(CommandsOfAnotherDevice, StudyClear) {
  draw(folder.path / "data");
  for (const std::string& device : {std::string("cpu"), kLazy})
    run_study({.study = "clear",
               .data = at("data"),
               .output = at(device),
               .settings = {"parameters=width=4,dropout=0", "epochs=2", "batch=8", "augment=", "learning-rate=0.01",
                            "gallery=2", "train-precision=float32"},
               .device = device,
               .threads = 1});
  const Json there = document(at("lazy/study.json"));
  EXPECT_TRUE(there.at("finished"));
  EXPECT_EQ(there.at("tables"), document(at("cpu/study.json")).at("tables"));
}

TEST_F(CommandsOfAnotherDevice, Crystals) {
  for (const char* name : {"sc", "fcc", "hcp"})
    write_structures(at(std::string(name) + ".xyz"), {build_prototype(name, 29)});
  const std::vector<std::string> inputs = {at("fcc.xyz"), at("hcp.xyz"), at("sc.xyz")};
  std::map<std::string, Json> answers;
  for (const std::string& device : {std::string("cpu"), kLazy}) {
    EXPECT_EQ(write_fingerprints({.inputs = inputs, .output = at(device), .device = device}, {}).failed, 0);
    std::string text;
    const ModelRequest model = {.path = "builtin:crystals", .device = device, .precision = "float32"};
    classify_crystals({.inputs = inputs, .model = model, .output = at(device + "-answers"), .explain = true}, true, {},
                      [&](const std::string& piece) { text += piece; });
    answers[device] = Json::parse(text).at("structures");
  }
  for (const char* name : {"sc", "fcc", "hcp"}) {
    const std::string file = std::string("/") + name + ".npy";
    EXPECT_LT(distance(read_npy(at("lazy" + file)), read_npy(at("cpu" + file))), 1e-4) << name;
  }
  ASSERT_EQ(answers[kLazy].size(), 3u);
  for (size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(answers[kLazy][i].at("class"), answers["cpu"][i].at("class"));
    for (const auto& [name, probability] : answers["cpu"][i].at("probabilities").items())
      EXPECT_NEAR(answers[kLazy][i].at("probabilities").at(name), probability, 1e-3) << name;
  }
}

}  // namespace
}  // namespace limpid::testing
