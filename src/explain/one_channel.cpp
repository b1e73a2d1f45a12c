// SPDX-License-Identifier: Apache-2.0
#include "explain/one_channel.h"

#include <ATen/ATen.h>

namespace limpid {

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

}  // namespace limpid
