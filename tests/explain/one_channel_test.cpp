// SPDX-License-Identifier: Apache-2.0
#include "explain/one_channel.h"

#include "support/networks.h"

namespace limpid {
namespace {

using limpid::testing::distance;
using limpid::testing::random;

struct ChannelCase {
  std::string name;
  std::vector<int64_t> kernel, pads, strides = {1, 1}, dilations = {1, 1};
  int64_t groups = 1;
};

const std::vector<ChannelCase> cases = {
    {"3x3", {3, 3}, {1, 1, 1, 1}},
    {"no padding", {3, 3}, {0, 0, 0, 0}},
    {"much padding", {3, 3}, {4, 3, 4, 3}},
    {"two different sides", {4, 3}, {1, 0, 2, 1}},
    {"pointwise", {1, 1}, {0, 0, 0, 0}},
    {"pointwise with padding", {1, 1}, {1, 2, 0, 1}},
    {"dilated", {3, 2}, {2, 1, 2, 1}, {1, 1}, {2, 3}},
    {"strided", {3, 3}, {1, 1, 1, 1}, {2, 2}},
    {"in groups", {3, 3}, {1, 1, 1, 1}, {1, 1}, {1, 1}, 2},
};

TEST(OneChannelAdjoint, IsTheAdjointOfTheSignalWithZerosInAllOtherChannels) {
  for (const ChannelCase& c : cases) {
    SCOPED_TRACE(c.name);
    const Layer layer{&layer_type("conv"),
                      {{"pads", c.pads}, {"strides", c.strides}, {"dilations", c.dilations}, {"group", c.groups}},
                      {random({6, 4 / c.groups, c.kernel[0], c.kernel[1]}, 1), Tensor()}};
    const Tensor input = random({2, 4, 9, 11}, 2);
    const Tensor output = layer.type->forward(layer, {input}, nullptr);
    const Tensor channels = at::tensor({5, 0, 3, 1, 1, 4}, at::kLong).reshape({2, 3});
    const Tensor maps = random({2, 3, output.size(2), output.size(3)}, 3);
    Tensor signal = at::zeros({6, 6, output.size(2), output.size(3)}, at::kDouble);
    for (int64_t m = 0; m < 6; ++m) signal[m][channels.flatten()[m].item<int64_t>()].copy_(maps.flatten(0, 1)[m]);
    const Tensor expected = layer.type->adjoint(layer)({{input}, output, {}, signal, 3})[0];
    EXPECT_LT(distance(OneChannelAdjoint(layer)(maps, channels, input, output), expected), 1e-12);
  }
}

}  // namespace
}  // namespace limpid
