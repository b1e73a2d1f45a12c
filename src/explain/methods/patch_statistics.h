// SPDX-License-Identifier: Apache-2.0
#pragma once
// A Gaussian over patches of data, and what it says of a window given what surrounds it (Zintgraf 2017, section 3.1).

#include <vector>

#include "limpid/core/tensor.h"

namespace limpid {

struct PatchGaussian {
  Tensor mean;        // [C·l·l], float64
  Tensor covariance;  // [C·l·l, C·l·l], float64
  int64_t side;       // l
};

/// Fitted on up to `count` patches at random places of images [C, H, W].
PatchGaussian fit_patches(const std::vector<Tensor>& images, int64_t side, int64_t count, uint64_t seed);

/// The window's distribution given the rest of the patch: mean = offset + slope · rest, covariance = root · rootᵀ
/// (μ₁ + Σ₁₂Σ₂₂⁻¹(x₂ − μ₂), Σ₁₁ − Σ₁₂Σ₂₂⁻¹Σ₂₁).
struct Conditional {
  Tensor inside, outside;      // indices into the patch, int64
  Tensor slope, offset, root;  // float64
};

/// The window begins at (row, column) of the patch.
Conditional condition(const PatchGaussian& gaussian, int64_t channels, int64_t row, int64_t column, int64_t rows,
                      int64_t columns);

/// Samples [S, C, rows, columns] of the window given the patch [C, l, l] around it; `noise` [S, C·rows·columns].
Tensor sample(const Conditional& conditional, const Tensor& patch, const Tensor& noise, int64_t rows, int64_t columns);

}  // namespace limpid
