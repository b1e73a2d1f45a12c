// SPDX-License-Identifier: Apache-2.0
#include <ATen/ATen.h>

#include <algorithm>

#include "core/parallel.h"
#include "limpid/concepts/attributes.h"
#include "limpid/concepts/superpixels.h"
#include "limpid/core/error.h"

namespace limpid {
namespace {

constexpr double kMargin = .1;  // of a cut-out's box, for the canvas about it

/// Rows and columns first … last of some pixels.
struct PixelBounds {
  int64_t top, left, bottom = -1, right = -1;

  void include(int64_t row, int64_t column) {
    top = std::min(top, row);
    left = std::min(left, column);
    bottom = std::max(bottom, row);
    right = std::max(right, column);
  }
};

/// The part of an input in its bounds, on canvas where `mask` (bool, as large as the bounds) is not, enlarged.
Tensor enlarged_part(const Tensor& input, const Tensor& mask, const PixelBounds& bounds, const Tensor& canvas) {
  const int64_t height = bounds.bottom - bounds.top + 1, width = bounds.right - bounds.left + 1;
  const int64_t rows = input.size(1), columns = input.size(2);
  const double scale = (1 + kMargin) * std::max(static_cast<double>(height) / static_cast<double>(rows),
                                                static_cast<double>(width) / static_cast<double>(columns));
  const auto side = [scale](int64_t all, int64_t least) {
    return std::max<int64_t>(std::llround(scale * static_cast<double>(all)), least);
  };
  const int64_t patch_rows = side(rows, height + 2), patch_columns = side(columns, width + 2);
  Tensor patch = canvas.expand({input.size(0), patch_rows, patch_columns}).contiguous();
  const Tensor part = input.narrow(1, bounds.top, height).narrow(2, bounds.left, width);
  patch.narrow(1, (patch_rows - height) / 2, height)
      .narrow(2, (patch_columns - width) / 2, width)
      .copy_(at::where(mask, part, canvas));
  return at::upsample_bilinear2d(patch.unsqueeze(0), {rows, columns}, false).squeeze(0);
}

}  // namespace

Segmentation superpixel_segments(const Tensor& picture, const std::vector<int64_t>& counts) {
  Segmentation all;
  std::vector<Tensor> layers;
  for (const int64_t count : counts) {
    const Tensor labels = superpixels(picture, count);
    layers.push_back(labels + all.count);
    all.count += labels.max().item<int64_t>() + 1;
  }
  all.labels = at::stack(layers);
  return all;
}

Segmentation response_segments(const Tensor& response, double threshold, int64_t least, int64_t side) {
  Tensor positive = response.clamp_min(0);
  for (int pass = 0; pass < 2 && side > 1; ++pass)
    positive = at::avg_pool2d(positive.unsqueeze(0), {side, side}, {1, 1}, {side / 2, side / 2}, false,
                              /*count_include_pad=*/false)[0];
  const Tensor inside = (positive > threshold * positive.max()).logical_and(positive > 0);
  Segmentation all{connected_regions(inside.to(at::kInt) - 1).unsqueeze(0)};
  all.count = all.labels.max().item<int64_t>() + 1;
  Tensor kept = segment_areas(all) >= least;
  const Tensor numbers = at::where(kept, kept.to(at::kLong).cumsum(0) - 1, -1).to(at::kInt);
  const Tensor table = at::cat({numbers, at::full({1}, -1, at::kInt)});  // the last for −1
  const Tensor rows = at::where(all.labels >= 0, all.labels, all.count).to(at::kLong);
  all.labels = table.index_select(0, rows.flatten()).reshape(all.labels.sizes());
  all.count = kept.sum().item<int64_t>();
  return all;
}

Tensor segment_areas(const Segmentation& segments) {
  const Tensor numbers = segments.labels.masked_select(segments.labels >= 0).to(at::kLong);
  return at::bincount(numbers, {}, segments.count);
}

Tensor segment_means(const Tensor& map, const Segmentation& segments) {
  const int64_t rows = map.size(1), columns = map.size(2), layers = segments.labels.size(0);
  const Tensor positions = map.reshape({map.size(0), -1}).to(at::kCPU, at::kFloat).t();
  Tensor means = at::zeros({segments.count, map.size(0)});
  for (int64_t layer = 0; layer < layers; ++layer) {
    const Tensor labels = segments.labels[layer];
    const Tensor inside = labels.masked_select(labels >= 0);
    if (inside.numel() == 0) continue;
    const int64_t first = inside.min().item<int64_t>(), count = inside.max().item<int64_t>() - first + 1;
    const Tensor numbers = at::arange(first, first + count, at::kInt).reshape({-1, 1, 1});
    const Tensor weights = at::adaptive_avg_pool2d((labels == numbers).to(at::kFloat), {rows, columns}).flatten(1);
    means.narrow(0, first, count).copy_(at::mm(weights, positions) / weights.sum(1, /*keepdim=*/true).clamp_min(1e-12));
  }
  return means;
}

Tensor cut_out(const Tensor& input, const Tensor& mask, const Tensor& canvas) {
  const Tensor where = mask.nonzero();
  if (where.size(0) == 0) fail("a mask to cut out is empty");
  const Tensor least = std::get<0>(where.min(0)), most = std::get<0>(where.max(0));
  const PixelBounds bounds{least[0].item<int64_t>(), least[1].item<int64_t>(), most[0].item<int64_t>(),
                           most[1].item<int64_t>()};
  const Tensor inside =
      mask.narrow(0, bounds.top, bounds.bottom - bounds.top + 1).narrow(1, bounds.left, bounds.right - bounds.left + 1);
  return enlarged_part(input.contiguous(), inside, bounds, canvas);
}

Tensor cut_outs(const Tensor& input, const Segmentation& segments, int64_t first, int64_t n, const Tensor& canvas) {
  const Tensor labels = segments.labels.contiguous();
  const int64_t rows = labels.size(1), columns = labels.size(2);
  std::vector<PixelBounds> bounds(static_cast<size_t>(n), PixelBounds{rows, columns});
  std::vector<int64_t> layer(static_cast<size_t>(n), 0);
  const auto* const numbers = labels.data_ptr<int32_t>();
  for (int64_t at = 0; at < labels.numel(); ++at) {
    const int64_t segment = numbers[at] - first;
    if (segment < 0 || segment >= n) continue;
    const int64_t pixel = at % (rows * columns);
    bounds[static_cast<size_t>(segment)].include(pixel / columns, pixel % columns);
    layer[static_cast<size_t>(segment)] = at / (rows * columns);
  }
  const Tensor plane = input.contiguous();
  Tensor all = at::empty({n, input.size(0), rows, columns}, input.options());
  for_each_parallel(static_cast<size_t>(n), [&](size_t segment) {
    const PixelBounds& box = bounds[segment];
    const Tensor inside = labels[layer[segment]]
                              .narrow(0, box.top, box.bottom - box.top + 1)
                              .narrow(1, box.left, box.right - box.left + 1) == first + static_cast<int64_t>(segment);
    all[static_cast<int64_t>(segment)].copy_(enlarged_part(plane, inside, box, canvas));
  });
  return all;
}

}  // namespace limpid
