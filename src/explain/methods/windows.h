// SPDX-License-Identifier: Apache-2.0
#pragma once
// What perturbation methods share: windows of the input that are changed, scored in batches, and laid back as a map.

#include <functional>

#include "limpid/explain/method.h"
#include "limpid/net/partial.h"

namespace limpid {

/// Maps [..., H, W] of that plane as they lie over the input: [..., 1, H, W], [..., 1, L] or [..., F].
Tensor over_input(const Tensor& maps, const Tensor& input);

/// Windows at every stride; the last one of an axis covers what is left. Throws a UsageError for a stride that leaves
/// gaps between windows.
struct WindowGrid {
  int64_t rows, columns;  // of the grid
  std::vector<Box> windows;
};
WindowGrid window_grid(const Shape& plane, std::pair<int64_t, int64_t> window, std::pair<int64_t, int64_t> stride);

/// For each pixel the mean of the values [..., windows] of the windows that cover it: [..., H, W].
Tensor mean_over_windows(const Tensor& values, const WindowGrid& grid, const Shape& plane);

/// Runs copies of image `n` through the network, many at once: `samples` for each window, copy s of window w being
/// number w · samples + s. `patch(number)` is what stands in the window, [C, rows, columns] or what broadcasts to it;
/// `take(values, numbers)` gets the chosen nodes' values [M, …] of some copies, each copy once.
void perturbed(const Subject& subject, int64_t n, const std::vector<Box>& windows, int64_t samples,
               const std::vector<int>& nodes, const std::function<Tensor(int64_t number)>& patch,
               const std::function<void(const std::vector<Tensor>& values, const std::vector<int64_t>& numbers)>& take);

}  // namespace limpid
