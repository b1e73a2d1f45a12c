// SPDX-License-Identifier: Apache-2.0
// Steps that a walk joins give what they give apart, bit for bit.
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "limpid/explain/propagate.h"
#include "support/networks.h"

namespace limpid {
namespace {

using limpid::testing::random_conv;
using Numbers = std::vector<int64_t>;

Layer pool(int64_t kernel, int64_t stride) {
  return {&layer_type("max_pool"),
          {{"kernel_shape", Numbers{kernel, kernel}}, {"strides", Numbers{stride, stride}}, {"ceil_mode", int64_t{1}}}};
}

struct Example {
  std::string name;
  Network network;
};

/// conv relu pool.
Network plain(int64_t kernel, int64_t stride) {
  Network network = network_with_input("input", {3, 11, 12});
  const int conv = append(network, "conv", random_conv(3, 20, 3, 1), {0});
  const int relu = append(network, "relu", {&layer_type("relu")}, {conv});
  append(network, "pool", pool(kernel, stride), {relu});
  return network;
}

/// Two rectified convolutions, concatenated and pooled; `again`: one of them is also added behind the pooling's copy.
Network concatenated(bool again) {
  Network network = network_with_input("input", {3, 11, 12});
  std::vector<int> parts;
  for (const char* name : {"a", "b"}) {
    const int conv = append(network, name, random_conv(3, 8, 3, 2 + parts.size()), {0});
    parts.push_back(append(network, std::string(name) + "_relu", {&layer_type("relu")}, {conv}));
  }
  const int both = append(network, "both", {&layer_type("concat"), {{"axis", int64_t{1}}}}, parts);
  const int pooled = append(network, "pool", pool(3, 2), {both});
  if (!again) return network;
  const int other = append(network, "other", pool(3, 2), {parts[0]});
  append(network, "all", {&layer_type("concat"), {{"axis", int64_t{1}}}}, {pooled, other});
  return network;
}

/// conv relu conv, or the two rectified ones, concatenated, and a pointwise conv; `again`: the ReLU is read twice;
/// `further`: another pointwise conv right behind, which the linear parts of a walk are joined with.
Network convolved(bool again, bool further) {
  Network network = network_with_input("input", {3, 11, 12});
  const int conv = append(network, "conv", random_conv(3, 20, 3, 1), {0});
  const int relu = append(network, "relu", {&layer_type("relu")}, {conv});
  int last = append(network, "next", random_conv(20, 24, 1, 5), {relu});
  if (further) last = append(network, "further", random_conv(24, 2, 1, 6), {last});
  if (again) {
    const int other = append(network, "other", random_conv(20, 24, 1, 7), {relu});
    append(network, "all", {&layer_type("concat"), {{"axis", int64_t{1}}}}, {last, other});
  }
  return network;
}

Network convolved_concatenation() {
  Network network = network_with_input("input", {3, 11, 12});
  std::vector<int> parts;
  for (const char* name : {"a", "b"}) {
    const int conv = append(network, name, random_conv(3, 8, 3, 2 + parts.size()), {0});
    parts.push_back(append(network, std::string(name) + "_relu", {&layer_type("relu")}, {conv}));
  }
  const int both = append(network, "both", {&layer_type("concat"), {{"axis", int64_t{1}}}}, parts);
  append(network, "next", random_conv(16, 4, 3, 5), {both});
  return network;
}

std::vector<Example> examples() {
  return {{"windows apart", plain(2, 2)},
          {"windows that overlap", plain(3, 2)},
          {"windows that overlap a lot", plain(3, 1)},
          {"a concatenation", concatenated(false)},
          {"a ReLU that others read too", concatenated(true)},
          {"a convolution", convolved(false, false)},
          {"a convolution that is joined with another one", convolved(false, true)},
          {"a ReLU that two convolutions read", convolved(true, false)},
          {"a convolution of a concatenation", convolved_concatenation()}};
}

/// The rule under a name that no walk knows.
Composite of_relus(Rule rule, bool known) {
  if (!known) rule.name = "apart";
  return {"test", {{has_role(Role::kActivation), rule}}};
}

TEST(Walk, RectifiesWhileItUnpoolsOrConvolvesAsItWouldApart) {
  for (const Example& example : examples()) {
    for (const Rule& rule : {gradient(), deconvnet(), guided(), pass()}) {
      for (const at::ScalarType type : {at::kFloat, at::kDouble}) {
        SCOPED_TRACE(example.name + ", " + rule.name + ", " + at::toString(type));
        const Network network =
            moved(example.network, at::kCPU, type == at::kDouble ? Precision::kFloat64 : Precision::kFloat32);
        const Activations activations = forward(network, dense(limpid::testing::random({2, 3, 11, 12}, 9).to(type)));
        Shape shape = activations[network.output].sizes().vec();
        shape[0] = 6;
        const Tensor signal = dense(limpid::testing::random(shape, 10).to(type));
        const Tensor joined = Walk(network, of_relus(rule, true), network.output)(activations, signal);
        const Tensor apart = Walk(network, of_relus(rule, false), network.output)(activations, signal);
        EXPECT_GT(apart.abs().max().item<double>(), 0);
        // Convolutions in a row are multiplied beforehand on one of the ways only.
        if (rule.name == "pass" || example.name == "a convolution that is joined with another one")
          EXPECT_LT(limpid::testing::distance(joined, apart), type == at::kDouble ? 1e-12 : 1e-4);
        else
          EXPECT_TRUE(joined.equal(apart));
      }
    }
  }
}

TEST(Walk, ThatEndsAtTheReluBeforeAPoolingLeavesItsStepOut) {
  const Network network = plain(3, 2);
  const Activations activations = forward(network, limpid::testing::random({1, 3, 11, 12}, 9));
  const Tensor signal = limpid::testing::random(activations[network.output].sizes(), 10);
  const Tensor back = Walk(network, deconvnet_composite(), network.output, 2)(activations, signal);
  EXPECT_LT(back.min().item<double>(), 0);
}

}  // namespace
}  // namespace limpid
