// SPDX-License-Identifier: Apache-2.0
#include "explain/methods/windows.h"

#include <ATen/ATen.h>

#include "limpid/core/error.h"

namespace limpid {
namespace {

constexpr int64_t most_copies = 64;  // more at once gains nothing: the network's layers are busy by then

int64_t steps(int64_t size, int64_t window, int64_t stride) {
  if (stride > window && size > window)
    refuse("the stride ", stride, " leaves gaps between windows of ", window, "; set stride to ", window, " or less");
  return size <= window ? 1 : (size - window + stride - 1) / stride + 1;
}

/// Bytes of the largest two layers of one image: what a forward pass that drops values holds at once.
int64_t bytes_an_image(const Network& network) {
  int64_t largest = 1;
  for (const Node& node : network.nodes) {
    int64_t elements = 1;
    for (const int64_t size : node.shape) elements *= size;
    largest = std::max(largest, elements);
  }
  return 3 * largest * static_cast<int64_t>(sizeof(double));
}

}  // namespace

Tensor as_plane(const Tensor& input) {
  if (input.dim() == 3) return input;
  return input.dim() == 2 ? input.unsqueeze(1) : input.reshape({1, 1, -1});
}

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
    const Window2d& window = grid.windows[w];
    const auto part = [&](Tensor& map) {
      return map.narrow(-2, window.row, window.rows).narrow(-1, window.column, window.columns);
    };
    part(sum).add_(values.select(-1, static_cast<int64_t>(w)).unsqueeze(-1).unsqueeze(-1));
    part(count).add_(1);
  }
  return sum / count.clamp_min(1);
}

void perturbed(const Subject& subject, int64_t n, int64_t count, const std::vector<int>& nodes,
               const std::function<void(Tensor& copies, int64_t first)>& change,
               const std::function<void(const std::vector<Tensor>& values, int64_t first)>& take) {
  const Tensor image = subject.input()[n];
  const Tensor plane = as_plane(image);
  const int64_t batch = std::clamp<int64_t>(subject.memory / bytes_an_image(subject.network), 1, most_copies);
  for (int64_t first = 0; first < count; first += batch) {
    const int64_t copies = std::min(batch, count - first);
    Tensor changed = dense(plane.unsqueeze(0).repeat({copies, 1, 1, 1}));
    change(changed, first);
    Shape shape = image.sizes().vec();
    shape.insert(shape.begin(), copies);
    take(values_at(subject.network, changed.reshape(shape), nodes), first);
    if (subject.progress) subject.progress(n * count + first + copies, subject.images() * count, "perturbed copies");
  }
}

}  // namespace limpid
