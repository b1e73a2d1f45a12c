// SPDX-License-Identifier: Apache-2.0
#include "net/kernels/phases.h"

#include <ATen/ATen.h>

#include <cstring>

#include "core/parallel.h"

namespace limpid {
namespace {

/// Of a kernel of `size` along an axis, how many positions each phase has, the missing ones being zero.
int64_t taps(int64_t size, int64_t stride) { return (size + stride - 1) / stride; }

/// Phases r that a kernel reaches: all of them unless the stride is larger.
int64_t reached(int64_t size, int64_t stride) { return std::min(size, stride); }

/// The input's position s·q + r − padding takes w[r + s·t] from the signal's q − t: for each phase r a kernel over t,
/// rotated. [K, C, s·T, s·T] → [phases · C, K, T, T].
Tensor kernels_of_phases(const Tensor& weight, const ConvolutionGeometry& geometry) {
  const int64_t s = geometry.stride[0], z = geometry.stride[1];
  const int64_t rows = taps(weight.size(2), s), columns = taps(weight.size(3), z);
  const Tensor filled =
      at::constant_pad_nd(weight.contiguous(), {0, columns * z - weight.size(3), 0, rows * s - weight.size(2)});
  return dense(filled.reshape({weight.size(0), weight.size(1), rows, s, columns, z})
                   .permute({3, 5, 1, 0, 2, 4})
                   .narrow(0, 0, reached(weight.size(2), s))
                   .narrow(1, 0, reached(weight.size(3), z))
                   .flip({4, 5})
                   .flatten(0, 2));
}

ConvolutionGeometry over_signals(const Tensor& weight, const ConvolutionGeometry& geometry) {
  return {{1, 1}, {taps(weight.size(2), geometry.stride[0]) - 1, taps(weight.size(3), geometry.stride[1]) - 1}, {1, 1}};
}

/// Copies numbers, their size known to the compiler where positions have one or three channels.
void copy(char* to, const char* from, int64_t bytes) {
  if (bytes == 4) {
    std::memcpy(to, from, 4);
  } else if (bytes == 12) {
    std::memcpy(to, from, 12);
  } else {
    std::memcpy(to, from, static_cast<size_t>(bytes));
  }
}

/// Phases as channels [M, phases · C, h, w] laid beside each other, without the padding; zero where there are none.
Tensor interleaved(const Tensor& phases, int64_t channels, const PhasesAdjoint::Grid& rows,
                   const PhasesAdjoint::Grid& columns, at::IntArrayRef positions) {
  const int64_t height = phases.size(2), width = phases.size(3);
  const Shape shape = {phases.size(0), channels, positions[0], positions[1]};
  const Tensor out = at::empty(shape, phases.options(), at::MemoryFormat::ChannelsLast);
  const auto bytes = static_cast<int64_t>(phases.element_size()) * channels;  // of a position
  const auto* source = static_cast<const char*>(phases.data_ptr());
  auto* target = static_cast<char*>(out.data_ptr());
  parallel_for(shape[0] * shape[2], 16, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      const int64_t y = i % shape[2] + rows.padding, q = y / rows.stride, r = y % rows.stride;
      const char* line = source + ((i / shape[2] * height + q) * width * rows.phases + r) * columns.phases * bytes;
      char* to = target + i * shape[3] * bytes;
      const bool some = q < height && r < rows.phases;
      if (!some || columns.phases < columns.stride) std::memset(to, 0, static_cast<size_t>(shape[3] * bytes));
      const int64_t reach = some ? std::min(shape[3], width * columns.stride - columns.padding) : 0;
      for (int64_t x = 0; x < reach; ++x) {
        const int64_t column = x + columns.padding, phase = column % columns.stride;
        if (phase >= columns.phases) continue;
        copy(to + x * bytes, line + (column / columns.stride * rows.phases * columns.phases + phase) * bytes, bytes);
      }
      if (some && reach < shape[3]) std::memset(to + reach * bytes, 0, static_cast<size_t>((shape[3] - reach) * bytes));
    }
  });
  return out;
}

}  // namespace

bool has_phases(const Tensor& weight, const ConvolutionGeometry& geometry) {
  return weight.dim() == 4 && weight.is_cpu() && weight.numel() > 0 && geometry.groups == 1 &&
         geometry.dilation == std::vector<int64_t>{1, 1};
}

PhasesAdjoint::PhasesAdjoint(const Tensor& weight, const ConvolutionGeometry& geometry, Precision precision)
    : rows_{geometry.stride[0], geometry.padding[0], reached(weight.size(2), geometry.stride[0])},
      columns_{geometry.stride[1], geometry.padding[1], reached(weight.size(3), geometry.stride[1])},
      channels_(weight.size(1)),
      convolution_(kernels_of_phases(weight, geometry), over_signals(weight, geometry), precision) {}

Tensor PhasesAdjoint::operator()(const Tensor& signal, at::IntArrayRef positions, bool rectified) const {
  return interleaved(dense(convolution_(signal, {}, rectified)), channels_, rows_, columns_, positions);
}

}  // namespace limpid
