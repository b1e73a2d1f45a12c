// SPDX-License-Identifier: Apache-2.0
// The features, weights and scores that the authors of class activation mapping published for one picture (Zhou 2016).
#include <cstdlib>
#include <filesystem>

#include "limpid/core/files.h"
#include "limpid/data/npy.h"
#include "limpid/explain/method.h"

namespace limpid {
namespace {

/// Pooling of the features and the dense layer: what follows GoogLeNet's last convolution there.
Network head(const Tensor& weights, const Tensor& bias) {
  Network network = network_with_input("features", {1024, 14, 14});
  append(network, "gap", {&layer_type("average_pool"), {{"kernel_shape", std::vector<int64_t>{14, 14}}}, {}},
         {network.output});
  append(network, "flatten", {&layer_type("reshape"), {{"shape", std::vector<int64_t>{1024}}}, {}}, {network.output});
  append(network, "fc", {&layer_type("dense"), {}, {weights.t().contiguous(), bias}}, {network.output});
  return network;
}

TEST(ClassActivationMap, IsThePublishedOneOfAPublishedNetwork) {
  const char* const shared = std::getenv("LIMPID_SHARED_DATA");
  if (!shared) GTEST_SKIP() << "LIMPID_SHARED_DATA names no folder with cam-oracle/, which this test reads";
  const auto read = [&](const char* name) {
    return read_npy(std::filesystem::path(shared) / "cam-oracle" / name).to(at::kDouble);
  };
  const Network network = head(read("weights.npy"), read("bias_estimate.npy"));
  const Activations activations = forward(network, read("features.npy"));
  const Tensor scores = at::softmax(activations[network.output], 1), published = read("scores.npy");
  EXPECT_LT((scores - published).abs().max().item<double>(), 4e-6);

  const std::vector<int64_t> best = {968, 967, 809, 969, 550};  // cup, espresso, soup bowl, eggnog, espresso maker
  const Tensor targets = at::tensor(best, at::kLong).repeat({2, 1});
  EXPECT_TRUE(std::get<1>(scores[0].topk(5)).equal(targets[0]));
  const Method& cam = method("cam");
  const std::vector<Attribution> maps = cam.run({network, activations, targets, {}}, Options(cam.options, {}));
  const Tensor cup = maps[0].values[0].squeeze();
  EXPECT_NEAR(cup.max().item<double>(), 120.603, 1e-3);
  EXPECT_NEAR(cup.mean().item<double>(), 13.4319, 1e-4);
  EXPECT_EQ(cup.argmax().item<int64_t>(), 6 * 14 + 8);
}

}  // namespace
}  // namespace limpid
