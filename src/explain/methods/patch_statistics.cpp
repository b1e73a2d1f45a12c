// SPDX-License-Identifier: Apache-2.0
#include "explain/methods/patch_statistics.h"

#include <ATen/ATen.h>

#include <random>

#include "limpid/core/error.h"

namespace limpid {
namespace {

int64_t below(std::mt19937_64& engine, int64_t bound) {
  return static_cast<int64_t>(engine() % static_cast<uint64_t>(bound));
}

/// A square root of a covariance that may be singular: negative eigenvalues are rounding.
Tensor root_of(const Tensor& covariance) {
  const auto [values, vectors] = at::linalg_eigh((covariance + covariance.t()) / 2);
  return vectors * values.clamp_min(0).sqrt().unsqueeze(0);
}

}  // namespace

PatchGaussian fit_patches(const std::vector<Tensor>& images, int64_t side, int64_t count, uint64_t seed) {
  std::mt19937_64 engine(seed);
  std::vector<Tensor> patches;
  for (int64_t i = 0; i < count; ++i) {
    const Tensor& image = images[static_cast<size_t>(below(engine, static_cast<int64_t>(images.size())))];
    if (image.size(1) < side || image.size(2) < side)
      fail("patches of ", side, "x", side, " do not fit data of ", image.size(1), "x", image.size(2),
           "; choose a smaller window or pad");
    const int64_t row = below(engine, image.size(1) - side + 1), column = below(engine, image.size(2) - side + 1);
    patches.push_back(image.narrow(1, row, side).narrow(2, column, side).reshape(-1));
  }
  const Tensor all = at::stack(patches).cpu().to(at::kDouble);
  const Tensor mean = all.mean(0), centred = all - mean;
  return {mean, at::matmul(centred.t(), centred) / static_cast<double>(std::max<int64_t>(count - 1, 1)), side};
}

Conditional condition(const PatchGaussian& gaussian, int64_t channels, int64_t row, int64_t column, int64_t rows,
                      int64_t columns) {
  Tensor mask = at::zeros({channels, gaussian.side, gaussian.side}, at::kBool);
  mask.narrow(1, row, rows).narrow(2, column, columns).fill_(true);
  Conditional result;
  result.inside = at::nonzero(mask.reshape(-1)).reshape(-1);
  result.outside = at::nonzero(at::logical_not(mask).reshape(-1)).reshape(-1);
  const auto block = [&](const Tensor& a, const Tensor& b) {
    return gaussian.covariance.index_select(0, a).index_select(1, b);
  };
  const Tensor across = block(result.inside, result.outside);
  // The pseudo-inverse: with fewer patches than pixels, or constant pixels, Σ₂₂ is singular.
  result.slope = at::matmul(across, at::linalg_pinv(block(result.outside, result.outside), 1e-10, /*hermitian=*/true));
  result.offset = gaussian.mean.index_select(0, result.inside) -
                  at::mv(result.slope, gaussian.mean.index_select(0, result.outside));
  result.root = root_of(block(result.inside, result.inside) - at::matmul(result.slope, across.t()));
  return result;
}

Tensor sample(const Conditional& conditional, const Tensor& patch, const Tensor& noise, int64_t rows, int64_t columns) {
  const Tensor rest = patch.reshape(-1).cpu().to(at::kDouble).index_select(0, conditional.outside);
  const Tensor mean = conditional.offset + at::mv(conditional.slope, rest);
  const Tensor values = mean + at::matmul(noise.to(at::kDouble), conditional.root.t());
  return values.reshape({noise.size(0), patch.size(0), rows, columns});
}

}  // namespace limpid
