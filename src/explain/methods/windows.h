// SPDX-License-Identifier: Apache-2.0
#pragma once
// What perturbation methods share: rectangles of the input that are changed, scored in batches, and laid back as a map.

#include <functional>

#include "limpid/explain/method.h"

namespace limpid {

struct Window2d {
  int64_t row, column, rows, columns;  // inside the image
};

/// An input as a plane [C, H, W]: a signal [C, L] has one row, a vector [F] one row and one channel.
Tensor as_plane(const Tensor& input);

/// Maps [..., H, W] of that plane as they lie over the input: [..., 1, H, W], [..., 1, L] or [..., F].
Tensor over_input(const Tensor& maps, const Tensor& input);

/// Windows at every stride; the last one of an axis covers what is left. Throws a UsageError for a stride that leaves
/// gaps between windows.
struct WindowGrid {
  int64_t rows, columns;  // of the grid
  std::vector<Window2d> windows;
};
WindowGrid window_grid(const Shape& plane, std::pair<int64_t, int64_t> window, std::pair<int64_t, int64_t> stride);

/// For each pixel the mean of the values [..., windows] of the windows that cover it: [..., H, W].
Tensor mean_over_windows(const Tensor& values, const WindowGrid& grid, const Shape& plane);

/// Runs `count` changed copies of image `n` through the network, many at once. `change(copies, first)` writes the
/// changes into copies [m, C, H, W] number first, first+1, …; `take(values, first)` gets the chosen nodes' values.
void perturbed(const Subject& subject, int64_t n, int64_t count, const std::vector<int>& nodes,
               const std::function<void(Tensor& copies, int64_t first)>& change,
               const std::function<void(const std::vector<Tensor>& values, int64_t first)>& take);

}  // namespace limpid
