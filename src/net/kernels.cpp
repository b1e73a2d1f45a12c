// SPDX-License-Identifier: Apache-2.0
#include "limpid/net/kernels.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

namespace limpid {
namespace {

/// The weight of the convolution that is the adjoint of a stride-1 one: axes in and out swapped within each group,
/// kernel rotated by 180 degrees.
Tensor flipped(const Tensor& weight, int64_t groups) {
  const int64_t axes = weight.dim() - 2;
  std::vector<int64_t> spatial;
  for (int64_t axis = 0; axis < axes; ++axis) spatial.push_back(3 + axis);
  return dense(weight.unflatten(0, {groups, -1}).transpose(1, 2).flip(spatial).flatten(0, 1));
}

/// Padding of that convolution; negative where it cannot be written as one.
std::vector<int64_t> flipped_padding(const Tensor& weight, const ConvolutionGeometry& geometry) {
  std::vector<int64_t> padding;
  for (size_t axis = 0; axis < geometry.padding.size(); ++axis) {
    const int64_t reach = geometry.dilation[axis] * (weight.size(2 + static_cast<int64_t>(axis)) - 1);
    padding.push_back(reach - geometry.padding[axis]);
  }
  return padding;
}

bool all(const std::vector<int64_t>& values, int64_t least, int64_t most) {
  return std::all_of(values.begin(), values.end(), [=](int64_t value) { return value >= least && value <= most; });
}

Tensor strided_adjoint(const Tensor& signal, const Tensor& weight, const ConvolutionGeometry& geometry,
                       at::IntArrayRef positions) {
  Shape shape = {signal.size(0), weight.size(1) * geometry.groups};
  shape.insert(shape.end(), positions.begin(), positions.end());
  // Only the input's sizes and layout are read.
  const Tensor input = dense(at::empty(
      shape, signal.options(), shape.size() == 4 ? at::MemoryFormat::ChannelsLast : at::MemoryFormat::Contiguous));
  const std::vector<int64_t> no_output_padding(geometry.stride.size(), 0);
  return std::get<0>(at::convolution_backward(signal, input, weight, c10::nullopt, geometry.stride, geometry.padding,
                                              geometry.dilation, false, no_output_padding, geometry.groups,
                                              {true, false, false}));
}

/// Adds columns [rows·width, kernel rows, kernel columns · C] of output rows `first`… onto an image [H, W, C]. A kernel
/// row is one stretch of memory in the image, cut where it hangs over.
template <class Number>
void add_columns(const Number* columns, int64_t first, int64_t rows, int64_t width, const Tensor& weight,
                 const ConvolutionGeometry& geometry, Number* image, int64_t height, int64_t image_width) {
  const int64_t channels = weight.size(1), kernel_rows = weight.size(2), kernel_columns = weight.size(3);
  for (int64_t y = first; y < first + rows; ++y)
    for (int64_t x = 0; x < width; ++x) {
      const int64_t left = x * geometry.stride[1] - geometry.padding[1];
      const int64_t begin = std::max<int64_t>(left, 0), end = std::min(left + kernel_columns, image_width);
      for (int64_t i = 0; i < kernel_rows; ++i, columns += kernel_columns * channels) {
        const int64_t row = y * geometry.stride[0] - geometry.padding[0] + i;
        if (row < 0 || row >= height) continue;
        Number* target = image + (row * image_width + begin) * channels;
        const Number* source = columns + (begin - left) * channels;
        for (int64_t k = 0; k < (end - begin) * channels; ++k) target[k] += source[k];
      }
    }
}

/// The adjoint for few input channels (the network's first layer), where both ways of oneDNN are several times slower:
/// one matrix product an image to all kernel positions, then added up. `matrix` is [K, rows · columns · C].
Tensor narrow_adjoint(const Tensor& signal, const Tensor& weight, const Tensor& matrix,
                      const ConvolutionGeometry& geometry, at::IntArrayRef positions) {
  constexpr int64_t cache = 1 << 18;  // numbers of columns at once: they stay in a core's second-level cache
  const Shape shape = {signal.size(0), weight.size(1), positions[0], positions[1]};
  const Tensor out = at::empty(shape, signal.options(), at::MemoryFormat::ChannelsLast).zero_();
  const int64_t height = signal.size(2), width = signal.size(3);
  const int64_t block = std::clamp<int64_t>(cache / (width * matrix.size(1)), 1, height);
  const Tensor rows = dense(signal).permute({0, 2, 3, 1});  // [M, h, w, K], contiguous
  AT_DISPATCH_FLOATING_TYPES(signal.scalar_type(), "narrow_adjoint", [&] {
    scalar_t* images = out.data_ptr<scalar_t>();
    at::parallel_for(0, shape[0], 1, [&](int64_t begin, int64_t end) {
      for (int64_t m = begin; m < end; ++m)
        for (int64_t first = 0; first < height; first += block) {
          const int64_t count = std::min(block, height - first);
          const Tensor columns = at::mm(rows[m].narrow(0, first, count).flatten(0, 1), matrix);
          add_columns(columns.data_ptr<scalar_t>(), first, count, width, weight, geometry,
                      images + m * shape[2] * shape[3] * shape[1], shape[2], shape[3]);
        }
    });
  });
  return out;
}

bool is_narrow(const Tensor& weight, const ConvolutionGeometry& geometry) {
  return weight.dim() == 4 && weight.is_cpu() && weight.size(1) <= 4 && weight.size(0) >= 8 && geometry.groups == 1 &&
         (weight.scalar_type() == at::kFloat || weight.scalar_type() == at::kDouble) && all(geometry.dilation, 1, 1);
}

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

Tensor convolve(const Tensor& x, const Tensor& weight, const Tensor& bias, const ConvolutionGeometry& geometry) {
  const std::vector<int64_t> no_output_padding(geometry.stride.size(), 0);
  // ATen's path for a batch of no images takes row-major weights only.
  const Tensor kernel = x.size(0) == 0 ? weight.contiguous() : weight;
  return dense(at::convolution(x, kernel, bias, geometry.stride, geometry.padding, geometry.dilation, false,
                               no_output_padding, geometry.groups));
}

ConvolutionAdjoint convolution_adjoint(const Tensor& weight, const ConvolutionGeometry& geometry) {
  if (is_narrow(weight, geometry)) {
    const Tensor matrix = weight.permute({0, 2, 3, 1}).reshape({weight.size(0), -1}).contiguous();
    return [weight, matrix, geometry](const Tensor& signal, at::IntArrayRef positions) {
      return narrow_adjoint(signal, weight, matrix, geometry, positions);
    };
  }
  ConvolutionGeometry back = geometry;
  back.padding = flipped_padding(weight, geometry);
  if (all(geometry.stride, 1, 1) && all(back.padding, 0, INT64_MAX)) {
    return [weight = flipped(weight, geometry.groups), back](const Tensor& signal, at::IntArrayRef) {
      return convolve(signal, weight, {}, back);
    };
  }
  return [weight, geometry](const Tensor& signal, at::IntArrayRef positions) {
    return dense(strided_adjoint(signal, weight, geometry, positions));
  };
}

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
