// SPDX-License-Identifier: Apache-2.0
// Layers and methods give on another device what they give on the CPU.
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "limpid/explain/method.h"
#include "limpid/net/canonize.h"
#include "support/layer_examples.h"
#include "support/lazy_device.h"
#include "support/networks.h"

namespace limpid {

void PrintTo(const LayerExample& example, std::ostream* out) { *out << example.name; }

namespace testing {
namespace {

/// The largest absolute difference, over the largest value.
double difference(const Tensor& there, const Tensor& here) {
  EXPECT_TRUE(there.device().type() == lazy_device().type());
  if (here.numel() == 0) return there.numel() == 0 ? 0 : 1;
  return distance(there.cpu().to(at::kDouble), here.to(at::kDouble)) /
         std::max(1., here.abs().max().to(at::kDouble).item<double>());
}

/// A layer's values, and after them what its adjoint hands to each input of two seeds an image.
std::vector<Tensor> both_ways(Layer layer, std::vector<Tensor> inputs, at::Device device) {
  for (Tensor& parameter : layer.parameters)
    if (parameter.defined()) parameter = dense(parameter.to(device));
  for (Tensor& input : inputs) input = dense(input.to(device));
  Tensor memory;
  const Tensor output = layer.type->forward(layer, inputs, &memory);
  Shape shape = output.sizes().vec();
  shape[0] *= 2;
  const Tensor signal = dense(normal_noise(shape, 99).to(device, output.scalar_type()));
  std::vector<Tensor> all = layer.type->adjoint(layer)({inputs, output, memory, signal, 2});
  all.insert(all.begin(), output);
  return all;
}

class OtherDevice : public ::testing::TestWithParam<LayerExample> {};

TEST_P(OtherDevice, RunsEveryLayerBothWays) {
  if (GetParam().name == "conv_strided_groups") GTEST_SKIP() << "libtorch's lazy tensors have no gradient for it";
  const std::vector<Tensor> inputs = example_inputs(GetParam(), 2);
  const auto here = both_ways(GetParam().layer, inputs, at::kCPU);
  const auto there = both_ways(GetParam().layer, inputs, lazy_device());
  ASSERT_EQ(there.size(), here.size());
  for (size_t i = 0; i < here.size(); ++i) {
    ASSERT_EQ(there[i].defined(), here[i].defined());
    if (!here[i].defined()) continue;
    EXPECT_LT(difference(there[i], here[i]), 1e-12) << i;
  }
}

INSTANTIATE_TEST_SUITE_P(Examples, OtherDevice, ::testing::ValuesIn(layer_examples()),
                         [](const auto& info) { return info.param.name; });

std::vector<Attribution> explained(const Method& how, const Network& network, Precision precision, at::Device device) {
  const Network ready = moved(canonized(network), device, precision);
  const Tensor x =
      dense(random({2, 2, 8, 8}, 7).to(device, precision == Precision::kFloat64 ? at::kDouble : at::kFloat));
  const Activations activations = forward(ready, x);
  Subject subject{ready, activations, at::tensor({0, 2, 1, 3}, at::kLong).reshape({2, 2}).to(device)};
  subject.low = at::full({2, 1, 1}, -4, x.options());
  subject.high = at::full({2, 1, 1}, 4, x.options());
  return how.run(subject, Options(how.options, {}));
}

class OtherDeviceMethod : public ::testing::TestWithParam<std::string> {};

TEST_P(OtherDeviceMethod, ExplainsAsTheCpuDoes) {
  const Method& how = method(GetParam());
  for (const auto& network : {class_map_network(), gap_network(), dense_head_network()}) {
    if (how.refusal(canonized(network))) continue;
    for (const auto& [precision, most] : {std::pair(Precision::kFloat64, 1e-9), {Precision::kFloat32, 1e-3}}) {
      const auto here = explained(how, network, precision, at::kCPU);
      const auto there = explained(how, network, precision, lazy_device());
      ASSERT_EQ(there.size(), here.size());
      for (size_t i = 0; i < here.size(); ++i) {
        EXPECT_EQ(there[i].target, here[i].target);
        EXPECT_EQ(there[i].unit, here[i].unit);
        EXPECT_LT(distance(there[i].values.cpu().to(at::kDouble), here[i].values.to(at::kDouble)),
                  most * std::max(1., here[i].values.abs().max().to(at::kDouble).item<double>()))
            << here[i].kind;
      }
    }
  }
}

std::vector<std::string> method_names() {
  std::vector<std::string> names;
  for (const Method& how : methods()) names.push_back(how.name);
  return names;
}

INSTANTIATE_TEST_SUITE_P(All, OtherDeviceMethod, ::testing::ValuesIn(method_names()), [](const auto& info) {
  std::string name = info.param;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
});

}  // namespace
}  // namespace testing
}  // namespace limpid
