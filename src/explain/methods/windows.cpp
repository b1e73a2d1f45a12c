// SPDX-License-Identifier: Apache-2.0
#include "explain/methods/windows.h"

#include <ATen/ATen.h>

#include "limpid/core/error.h"

namespace limpid {
namespace {

int64_t steps(int64_t size, int64_t window, int64_t stride) {
  if (stride > window && size > window)
    refuse("the stride ", stride, " leaves gaps between windows of ", window, "; set stride to ", window, " or less");
  return size <= window ? 1 : (size - window + stride - 1) / stride + 1;
}

}  // namespace

Tensor over_input(const Tensor& maps, const Tensor& input) {
  if (input.dim() == 2) return maps;
  return input.dim() == 3 ? maps.unsqueeze(-3) : maps.squeeze(-2);
}

WindowGrid window_grid(const Shape& plane, std::pair<int64_t, int64_t> window, std::pair<int64_t, int64_t> stride) {
  WindowGrid grid{steps(plane[1], window.first, stride.first), steps(plane[2], window.second, stride.second), {}};
  for (int64_t i = 0; i < grid.rows; ++i)
    for (int64_t j = 0; j < grid.columns; ++j) {
      const int64_t row = i * stride.first, column = j * stride.second;
      grid.windows.push_back(
          {row, column, std::min(window.first, plane[1] - row), std::min(window.second, plane[2] - column)});
    }
  return grid;
}

Tensor mean_over_windows(const Tensor& values, const WindowGrid& grid, const Shape& plane) {
  Shape shape = values.sizes().vec();
  shape.back() = plane[1];
  shape.push_back(plane[2]);
  Tensor sum = at::zeros(shape, values.options());
  Tensor count = at::zeros({plane[1], plane[2]}, values.options());
  for (size_t w = 0; w < grid.windows.size(); ++w) {
    const Box& window = grid.windows[w];
    const auto part = [&](Tensor& map) {
      return map.narrow(-2, window.row, window.rows).narrow(-1, window.column, window.columns);
    };
    part(sum).add_(values.select(-1, static_cast<int64_t>(w)).unsqueeze(-1).unsqueeze(-1));
    part(count).add_(1);
  }
  return sum / count.clamp_min(1);
}

void perturbed(
    const Subject& subject, int64_t n, const std::vector<Box>& windows, int64_t samples, const std::vector<int>& nodes,
    const std::function<Tensor(int64_t number)>& patch,
    const std::function<void(const std::vector<Tensor>& values, const std::vector<int64_t>& numbers)>& take) {
  const PartialForward forward(subject.network, subject.activations, n, nodes);
  const int64_t count = static_cast<int64_t>(windows.size()) * samples;
  int64_t done = n * count;
  for (const std::vector<int64_t>& numbers : forward.batches(windows, samples, subject.memory)) {
    std::vector<Box> boxes;
    std::vector<Tensor> patches;
    for (const int64_t number : numbers) {
      boxes.push_back(windows[static_cast<size_t>(number / samples)]);
      patches.push_back(patch(number));
    }
    take(forward(boxes, patches), numbers);
    done += static_cast<int64_t>(numbers.size());
    if (subject.progress) subject.progress(done, subject.images() * count, "perturbed copies");
  }
}

}  // namespace limpid
