// SPDX-License-Identifier: Apache-2.0
#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include "limpid/net/kernels.h"

namespace limpid {
namespace {

template <class Number>
void scatter_channels_last(const Tensor& signal, const Tensor& switches, int64_t seeds, Tensor& out) {
  const int64_t channels = signal.size(1);
  const int64_t from = signal.size(2) * signal.size(3) * channels;
  const int64_t to = out.size(2) * out.size(3) * channels;
  const Number* source = signal.data_ptr<Number>();
  const int64_t* index = switches.data_ptr<int64_t>();
  Number* target = out.data_ptr<Number>();
  at::parallel_for(0, signal.size(0), 1, [=](int64_t begin, int64_t end) {
    for (int64_t map = begin; map < end; ++map) {
      const Number* values = source + map * from;
      const int64_t* places = index + map / seeds * from;
      Number* plane = target + map * to;
      for (int64_t i = 0; i < from; i += channels)
        for (int64_t c = 0; c < channels; ++c) plane[places[i + c] * channels + c] += values[i + c];
    }
  });
}

}  // namespace

Tensor unpool(const Tensor& signal, const Tensor& switches, int64_t seeds, int64_t rows, int64_t columns) {
  const Shape shape = {signal.size(0), signal.size(1), rows, columns};
  if (!signal.is_cpu()) {
    const Tensor flat = at::zeros({shape[0], shape[1], rows * columns}, signal.options());
    const Tensor index = switches.repeat_interleave(seeds, 0).flatten(2);
    return dense(flat.scatter_add(2, index, signal.flatten(2)).reshape(shape));
  }
  Tensor out = at::empty(shape, signal.options(), at::MemoryFormat::ChannelsLast).zero_();
  const Tensor values = dense(signal), places = dense(switches);
  AT_DISPATCH_FLOATING_TYPES_AND(at::kBFloat16, signal.scalar_type(), "unpool",
                                 [&] { scatter_channels_last<scalar_t>(values, places, seeds, out); });
  return out;
}

}  // namespace limpid
