// SPDX-License-Identifier: Apache-2.0
#include "explain/one_channel.h"

#include <ATen/ATen.h>

#include "net/layers/window.h"

namespace limpid {
namespace {

Window window_of(const Layer& layer) { return window_of(layer.attributes, layer.parameters[0].sizes().slice(2).vec()); }

bool takes_one_channel(const Layer& layer) {
  if (layer.type->name != "conv" || layer.attributes.integer("group", 1) != 1) return false;
  return window_of(layer).stride == std::vector<int64_t>{1, 1};
}

/// As one matrix product a map, from the k positions that look at each position of the input, whose sizes are `size`.
Tensor product(const Tensor& maps, const Tensor& channels, const Layer& layer, at::IntArrayRef size) {
  const Window window = window_of(layer);
  std::vector<int64_t> pads;  // last axis first; negative: cut off
  for (const size_t a : {1, 0}) {
    const int64_t first = window.dilation[a] * (window.kernel[a] - 1) - window.before[a];
    pads.insert(pads.end(), {first, size[a] + window.before[a] - maps.size(2 + static_cast<int64_t>(a))});
  }
  const Tensor padded = at::constant_pad_nd(maps.flatten(0, 1).unsqueeze(1), pads);
  const Tensor seen = at::im2col(padded, window.kernel, window.dilation, {0, 0}, {1, 1});  // [M, k, positions]
  const Tensor weight = layer.parameters[0].index_select(0, channels.flatten()).flatten(2).flip(2);  // [M, C, k]
  return at::bmm(seen.transpose(1, 2), weight.transpose(1, 2)).transpose(1, 2).unflatten(2, size);
}

}  // namespace

Tensor chosen(const Tensor& maps, const Tensor& channels) {
  std::vector<Tensor> images;
  for (int64_t n = 0; n < channels.size(0); ++n) images.push_back(maps[n].index_select(0, channels[n]));
  return at::stack(images);
}

Tensor one_channel(const Tensor& maps, const Tensor& channels, int64_t count) {
  Shape shape = maps.sizes().vec();
  shape[0] *= shape[1];
  shape[1] = count;
  Tensor signals = dense(at::zeros(shape, maps.options()));
  const Tensor rows = at::arange(shape[0], channels.options());
  signals.index_put_({rows, channels.flatten()}, maps.flatten(0, 1));
  return signals;
}

OneChannelAdjoint::OneChannelAdjoint(const Layer& layer)
    : layer_(layer), adjoint_(takes_one_channel(layer) ? Step() : layer.type->adjoint(layer)) {}

Tensor OneChannelAdjoint::operator()(const Tensor& maps, const Tensor& channels, const Tensor& input,
                                     const Tensor& output) const {
  if (!adjoint_) return dense(product(maps, channels, layer_, positions(input)));
  return adjoint_({{input}, output, {}, one_channel(maps, channels, output.size(1)), channels.size(1)})[0];
}

}  // namespace limpid
