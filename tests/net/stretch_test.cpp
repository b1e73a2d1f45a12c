// SPDX-License-Identifier: Apache-2.0
#include "net/kernels/stretch.h"

#include "support/networks.h"

namespace limpid {
namespace {

using limpid::testing::distance;
using limpid::testing::random;

/// Kernel, padding above and to the left, padding below and to the right, dilation; alike on both axes but for one row
/// more of kernel where `tall`.
struct Conv {
  int64_t channels, kernel, before, after, dilation = 1;
  bool tall = false;
};

struct StretchCase {
  std::string name;
  int64_t channels;
  std::array<int64_t, 2> size;
  std::vector<Conv> convs;
};

const std::vector<StretchCase> cases = {
    {"three of padding 1", 3, {11, 9}, {{4, 3, 1, 1}, {5, 3, 1, 1}, {6, 3, 1, 1}}},
    {"their channel sum", 1, {12, 13}, {{4, 3, 1, 1}, {5, 3, 1, 1}, {6, 3, 1, 1}}},
    {"no padding", 2, {11, 10}, {{4, 3, 0, 0}, {5, 3, 0, 0}}},
    {"padding 2", 2, {7, 8}, {{4, 3, 2, 2}, {5, 3, 2, 2}, {3, 3, 2, 2}}},
    {"padding 0, 1 and 2", 3, {9, 9}, {{4, 3, 0, 0}, {5, 5, 1, 1}, {3, 3, 2, 2}}},
    {"two different sides", 2, {9, 11}, {{4, 4, 1, 2}, {5, 4, 2, 1}, {2, 3, 0, 2}}},
    {"dilation", 2, {13, 12}, {{4, 3, 2, 2, 2}, {5, 3, 1, 1}, {3, 3, 3, 3, 3}}},
    {"kernels of two heights", 2, {9, 10}, {{4, 3, 1, 1, 1, true}, {5, 2, 1, 0, 1, true}}},
    {"a pointwise one between", 2, {8, 9}, {{4, 3, 1, 1}, {5, 1, 0, 0}, {3, 3, 1, 1}}},
    {"four", 1, {10, 14}, {{3, 3, 1, 1}, {4, 3, 1, 1}, {5, 3, 1, 1}, {2, 3, 1, 1}}},
    {"maps smaller than the border", 2, {3, 2}, {{4, 3, 1, 1}, {5, 3, 1, 1}, {6, 5, 2, 2}}},
    {"one position", 2, {1, 1}, {{4, 3, 1, 1}, {5, 3, 1, 1}}},
};

std::vector<Tensor> weights_of(const StretchCase& c) {
  std::vector<Tensor> weights;
  int64_t channels = c.channels;
  for (const Conv& conv : c.convs) {
    weights.push_back(random({conv.channels, channels, conv.kernel + (conv.tall ? 1 : 0), conv.kernel},
                             static_cast<uint64_t>(weights.size())));
    channels = conv.channels;
  }
  return weights;
}

/// The convolutions one after the other, by ATen.
Tensor applied(const StretchCase& c, const std::vector<Tensor>& weights, Tensor x) {
  for (size_t l = 0; l < weights.size(); ++l) {
    const Conv& conv = c.convs[l];
    x = at::constant_pad_nd(x, {conv.before, conv.after, conv.before, conv.after});
    x = at::convolution(x, weights[l], {}, {1}, {0}, {conv.dilation}, false, {0}, 1);
  }
  return x;
}

/// Their transpose by ATen, one after the other.
Tensor transposed(const StretchCase& c, const std::vector<Tensor>& weights, Tensor signal, const Tensor& x) {
  std::vector<Shape> sizes = {x.sizes().vec()};
  for (size_t l = 1; l < weights.size(); ++l)
    sizes.push_back(
        applied({"", 0, {}, {c.convs[l - 1]}}, {weights[l - 1]}, at::zeros(sizes.back(), at::kDouble)).sizes().vec());
  for (size_t l = weights.size(); l-- > 0;) {
    const Conv& conv = c.convs[l];
    const Tensor padded = at::conv_transpose2d(signal, weights[l], {}, 1, 0, 0, 1, conv.dilation);
    signal = padded.narrow(2, conv.before, sizes[l][2]).narrow(3, conv.before, sizes[l][3]);
  }
  return signal;
}

Stretch stretch_of(const StretchCase& c, const std::vector<Tensor>& weights) {
  std::vector<StretchPart> parts;
  Tensor x = at::zeros({1, c.channels, c.size[0], c.size[1]}, at::kDouble);
  for (size_t l = 0; l < weights.size(); ++l) {
    const Conv& conv = c.convs[l];
    x = applied({"", 0, {}, {conv}}, {weights[l]}, x);
    parts.push_back({{weights[l].size(2), weights[l].size(3)},
                     {conv.before, conv.before},
                     {conv.dilation, conv.dilation},
                     {x.size(2), x.size(3)},
                     x.size(1)});
  }
  return {c.channels, c.size, parts};
}

TEST(Stretch, IsTheAdjointOfItsConvolutionsUpToTheBorders) {
  for (const StretchCase& c : cases) {
    SCOPED_TRACE(c.name);
    const std::vector<Tensor> weights = weights_of(c);
    const Tensor x = random({7, c.channels, c.size[0], c.size[1]}, 3);
    const Tensor signal = random(applied(c, weights, x).sizes(), 4);
    const Tensor expected = transposed(c, weights, signal, x);
    const Tensor found = stretch_of(c, weights).adjoint(weights)(signal);
    EXPECT_LT(distance(found, expected), 1e-12 * expected.abs().max().item<double>());
  }
}

TEST(Stretch, CountsTheMultiplyAddsOfOneProduct) {
  const StretchCase c{"", 1, {12, 13}, {{4, 3, 1, 1}, {6, 3, 1, 1}}};
  EXPECT_EQ(stretch_of(c, weights_of(c)).multiply_adds(), 12 * 13 * 6 * 25);
}

}  // namespace
}  // namespace limpid
