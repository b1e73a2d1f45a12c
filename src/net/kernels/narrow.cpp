// SPDX-License-Identifier: Apache-2.0
#include "net/kernels/narrow.h"

#include <ATen/ATen.h>

#include "core/parallel.h"
#include "limpid/net/kernels.h"
#include "net/kernels/onednn.h"
#include "net/kernels/patches.h"

namespace limpid {
namespace {

/// Rows of a signal [1, K, h, w] times [K, numbers of a patch]: [h · w, numbers + unused].
struct Product {
  std::function<Tensor(const Tensor& rows)> run;
  int64_t unused = 0;
};

Product by_matrix(const Tensor& matrix) {
  return {[matrix](const Tensor& rows) { return at::mm(rows.permute({0, 2, 3, 1}).flatten(0, 2), matrix); }};
}

/// As a convolution of oneDNN, in whole vectors of numbers: 1.3 times as fast, and in three products of bfloat16 too.
Product by_convolution(const Tensor& matrix, Precision precision) {
  constexpr int64_t vector = 16;
  const int64_t unused = (vector - matrix.size(1) % vector) % vector;
  const Tensor weight = at::constant_pad_nd(matrix, {0, unused}).t().contiguous().unsqueeze(2).unsqueeze(3);
  const Convolution pointwise(weight, {{1, 1}, {0, 0}, {1, 1}}, precision);
  return {[pointwise](const Tensor& rows) { return pointwise(rows).permute({0, 2, 3, 1}).flatten(0, 2); }, unused};
}

/// The adjoint for few input channels (the network's first layer), where both ways of oneDNN are several times slower:
/// one matrix product an image to all kernel positions, then added up.
Tensor product_and_sum(const Tensor& signal, const Tensor& weight, const Product& product,
                       const ConvolutionGeometry& geometry, at::IntArrayRef positions) {
  constexpr int64_t cache = 1 << 18;  // numbers of columns at once: they stay in a core's second-level cache
  const Shape shape = {signal.size(0), weight.size(1), positions[0], positions[1]};
  const Tensor out = at::empty(shape, signal.options(), at::MemoryFormat::ChannelsLast).zero_();
  const int64_t height = signal.size(2), width = signal.size(3);
  Patches patches{weight.size(2), weight.size(3), weight.size(1), geometry.stride[0], geometry.stride[1]};
  patches.left = -geometry.padding[1];
  patches.unused = product.unused;
  const int64_t numbers = std::max(weight.size(2) * weight.size(3) * weight.size(1) + product.unused, weight.size(0));
  const int64_t block = std::clamp<int64_t>(cache / (width * numbers), 1, height);
  const Tensor from = dense(signal);
  AT_DISPATCH_FLOATING_TYPES(signal.scalar_type(), "product_and_sum", [&] {
    scalar_t* images = out.data_ptr<scalar_t>();
    parallel_for(shape[0], 1, [&](int64_t begin, int64_t end) {
      for (int64_t m = begin; m < end; ++m)
        for (int64_t first = 0; first < height; first += block) {
          const int64_t count = std::min(block, height - first);
          const Tensor columns = product.run(from.narrow(0, m, 1).narrow(2, first, count));
          Patches here = patches;
          here.top = first * geometry.stride[0] - geometry.padding[0];
          add_patches(columns.data_ptr<scalar_t>(), here, count, width, images + m * shape[2] * shape[3] * shape[1],
                      shape[2], shape[3]);
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
    const Tensor& weight, const ConvolutionGeometry& geometry, Precision precision) {
  const Tensor matrix = weight.permute({0, 2, 3, 1}).reshape({weight.size(0), -1}).contiguous();
  const Product product = onednn_refusal(weight).empty() ? by_convolution(matrix, precision) : by_matrix(matrix);
  return [=](const Tensor& signal, at::IntArrayRef positions) {
    return product_and_sum(signal.to(weight.scalar_type()), weight, product, geometry, positions);
  };
}

}  // namespace limpid
