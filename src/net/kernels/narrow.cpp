// SPDX-License-Identifier: Apache-2.0
#include "net/kernels/narrow.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

namespace limpid {
namespace {

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
Tensor product_and_sum(const Tensor& signal, const Tensor& weight, const Tensor& matrix,
                       const ConvolutionGeometry& geometry, at::IntArrayRef positions) {
  constexpr int64_t cache = 1 << 18;  // numbers of columns at once: they stay in a core's second-level cache
  const Shape shape = {signal.size(0), weight.size(1), positions[0], positions[1]};
  const Tensor out = at::empty(shape, signal.options(), at::MemoryFormat::ChannelsLast).zero_();
  const int64_t height = signal.size(2), width = signal.size(3);
  const int64_t block = std::clamp<int64_t>(cache / (width * matrix.size(1)), 1, height);
  const Tensor rows = dense(signal).permute({0, 2, 3, 1});  // [M, h, w, K], contiguous
  AT_DISPATCH_FLOATING_TYPES(signal.scalar_type(), "product_and_sum", [&] {
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

}  // namespace

bool is_narrow(const Tensor& weight, const ConvolutionGeometry& geometry) {
  return weight.dim() == 4 && weight.is_cpu() && weight.size(1) <= 8 && weight.size(0) >= 8 && geometry.groups == 1 &&
         (weight.scalar_type() == at::kFloat || weight.scalar_type() == at::kDouble) &&
         geometry.dilation == std::vector<int64_t>{1, 1};
}

std::function<Tensor(const Tensor& signal, at::IntArrayRef positions)> narrow_adjoint(
    const Tensor& weight, const ConvolutionGeometry& geometry) {
  const Tensor matrix = weight.permute({0, 2, 3, 1}).reshape({weight.size(0), -1}).contiguous();
  return [=](const Tensor& signal, at::IntArrayRef positions) {
    return product_and_sum(signal.to(weight.scalar_type()), weight, matrix, geometry, positions);
  };
}

}  // namespace limpid
