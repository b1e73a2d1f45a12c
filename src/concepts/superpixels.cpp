// SPDX-License-Identifier: Apache-2.0
#include "limpid/concepts/superpixels.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "limpid/core/error.h"

namespace limpid {
namespace {

constexpr double kSameGradient = 1e-3;  // what rounding makes of it, far below one step of a byte

struct ClusterCentre {
  std::array<double, 3> colour;
  double row, column;
};

/// The pixels of one connected region, by their numbers.
using PixelList = std::vector<int64_t>;

/// Calls use(neighbour) for each of a pixel's four neighbours.
template <class Use>
void for_neighbours(int64_t pixel, int64_t rows, int64_t columns, const Use& use) {
  const int64_t row = pixel / columns, column = pixel % columns;
  if (row > 0) use(pixel - columns);
  if (column > 0) use(pixel - 1);
  if (column + 1 < columns) use(pixel + 1);
  if (row + 1 < rows) use(pixel + columns);
}

/// Those reached from `first` over pixels of the same label, which get `number` in `regions`.
PixelList flood(const int32_t* labels, int32_t* regions, int64_t first, int32_t number, int64_t rows, int64_t columns) {
  PixelList reached = {first};
  regions[first] = number;
  for (size_t next = 0; next < reached.size(); ++next)
    for_neighbours(reached[next], rows, columns, [&](int64_t pixel) {
      if (labels[pixel] != labels[first] || regions[pixel] >= 0) return;
      regions[pixel] = number;
      reached.push_back(pixel);
    });
  return reached;
}

Tensor smoothed(const Tensor& colours, double deviation) {
  if (!(deviation > 0)) return colours;
  const auto reach = static_cast<int64_t>(std::ceil(3 * deviation));
  const Tensor offsets = at::arange(-reach, reach + 1, at::kFloat);
  Tensor kernel = (-offsets.square() / (2 * deviation * deviation)).exp();
  kernel /= kernel.sum();
  const Tensor wide = at::replication_pad2d(colours.unsqueeze(1), {reach, reach, reach, reach});
  return at::conv2d(at::conv2d(wide, kernel.reshape({1, 1, 1, -1})), kernel.reshape({1, 1, -1, 1})).squeeze(1);
}

/// Simple linear iterative clustering of colours [3, H, W].
class SuperpixelClusters {
 public:
  SuperpixelClusters(const Tensor& colours, int64_t count, double compactness)
      : colours_(colours.contiguous()),
        values_(colours_.data_ptr<float>()),
        rows_(colours.size(1)),
        columns_(colours.size(2)),
        step_(std::sqrt(static_cast<double>(rows_ * columns_) / static_cast<double>(count))),
        weight_(compactness * compactness / (step_ * step_)) {
    place_centres();
  }

  double step() const { return step_; }

  /// Each pixel to the nearest of the centres within two steps, then each centre to the mean of its pixels.
  void move() {
    const int64_t pixels = rows_ * columns_;
    nearest_.assign(static_cast<size_t>(pixels), -1);
    distance_.assign(static_cast<size_t>(pixels), std::numeric_limits<double>::infinity());
    for (size_t c = 0; c < centres_.size(); ++c) claim(c);
    std::vector<ClusterCentre> sums(centres_.size(), ClusterCentre{});
    std::vector<double> counts(centres_.size(), 0);
    for (int64_t pixel = 0; pixel < pixels; ++pixel) {
      if (nearest_[static_cast<size_t>(pixel)] < 0) continue;
      const auto c = static_cast<size_t>(nearest_[static_cast<size_t>(pixel)]);
      for (size_t channel = 0; channel < 3; ++channel) sums[c].colour[channel] += colour(channel, pixel);
      sums[c].row += static_cast<double>(pixel / columns_);
      sums[c].column += static_cast<double>(pixel % columns_);
      ++counts[c];
    }
    for (size_t c = 0; c < centres_.size(); ++c) {
      if (counts[c] == 0) continue;
      for (size_t channel = 0; channel < 3; ++channel)
        centres_[c].colour[channel] = sums[c].colour[channel] / counts[c];
      centres_[c].row = sums[c].row / counts[c];
      centres_[c].column = sums[c].column / counts[c];
    }
  }

  /// int32 [H, W]; a pixel that no centre came near has the number of centres.
  Tensor labels() const {
    Tensor all = at::empty({rows_, columns_}, at::kInt);
    std::transform(nearest_.begin(), nearest_.end(), all.data_ptr<int32_t>(),
                   [&](int32_t label) { return label < 0 ? static_cast<int32_t>(centres_.size()) : label; });
    return all;
  }

 private:
  double colour(size_t channel, int64_t pixel) const {
    return values_[static_cast<int64_t>(channel) * rows_ * columns_ + pixel];
  }

  /// On an even grid, each then at the pixel of least gradient about it, off edges and noise.
  void place_centres() {
    const auto fit = [this](int64_t side) {
      return std::max<int64_t>(1, std::llround(static_cast<double>(side) / step_));
    };
    const int64_t down = fit(rows_), across = fit(columns_);
    for (int64_t i = 0; i < down; ++i)
      for (int64_t j = 0; j < across; ++j) {
        const auto middle = [](int64_t number, int64_t side, int64_t all) {
          return (2 * number + 1) * side / (2 * all);
        };
        centres_.push_back(centre_near(middle(i, rows_, down), middle(j, columns_, across)));
      }
  }

  double gradient(int64_t row, int64_t column) const {
    const int64_t up = std::max<int64_t>(row - 1, 0), low = std::min(row + 1, rows_ - 1);
    const int64_t left = std::max<int64_t>(column - 1, 0), right = std::min(column + 1, columns_ - 1);
    double sum = 0;
    for (size_t channel = 0; channel < 3; ++channel) {
      const double down = colour(channel, low * columns_ + column) - colour(channel, up * columns_ + column);
      const double across = colour(channel, row * columns_ + right) - colour(channel, row * columns_ + left);
      sum += down * down + across * across;
    }
    return sum;
  }

  ClusterCentre centre_near(int64_t row, int64_t column) const {
    int64_t best_row = row, best_column = column;
    double least = gradient(row, column);
    for (int64_t i = std::max<int64_t>(row - 1, 0); i <= std::min(row + 1, rows_ - 1); ++i)
      for (int64_t j = std::max<int64_t>(column - 1, 0); j <= std::min(column + 1, columns_ - 1); ++j)
        if (const double here = gradient(i, j); here < least - kSameGradient) {
          least = here;
          best_row = i;
          best_column = j;
        }
    const int64_t pixel = best_row * columns_ + best_column;
    return {{colour(0, pixel), colour(1, pixel), colour(2, pixel)},
            static_cast<double>(best_row),
            static_cast<double>(best_column)};
  }

  void claim(size_t number) {
    const ClusterCentre& centre = centres_[number];
    const auto bound = [this](double value, int64_t side) {
      return std::clamp<int64_t>(std::llround(value), 0, side - 1);
    };
    const int64_t last_row = bound(centre.row + step_, rows_), last_column = bound(centre.column + step_, columns_);
    for (int64_t row = bound(centre.row - step_, rows_); row <= last_row; ++row)
      for (int64_t column = bound(centre.column - step_, columns_); column <= last_column; ++column) {
        const int64_t pixel = row * columns_ + column;
        const double down = static_cast<double>(row) - centre.row, across = static_cast<double>(column) - centre.column;
        double distance = weight_ * (down * down + across * across);
        for (size_t channel = 0; channel < 3; ++channel) {
          const double apart = colour(channel, pixel) - centre.colour[channel];
          distance += apart * apart;
        }
        double& least = distance_[static_cast<size_t>(pixel)];
        if (distance >= least) continue;
        least = distance;
        nearest_[static_cast<size_t>(pixel)] = static_cast<int32_t>(number);
      }
  }

  Tensor colours_;
  const float* values_;
  int64_t rows_, columns_;
  double step_, weight_;
  std::vector<ClusterCentre> centres_;
  std::vector<int32_t> nearest_;
  std::vector<double> distance_;
};

/// Regions of fewer than `least` pixels become part of the neighbour that was numbered last before them.
Tensor without_crumbs(const Tensor& labels, int64_t least) {
  const int64_t rows = labels.size(0), columns = labels.size(1);
  const auto* const from = labels.data_ptr<int32_t>();
  Tensor joined = at::full({rows, columns}, -1, at::kInt);
  auto* const regions = joined.data_ptr<int32_t>();
  int32_t number = 0;
  for (int64_t first = 0; first < rows * columns; ++first) {
    if (regions[first] >= 0) continue;
    int32_t beside = -1;
    for_neighbours(first, rows, columns, [&](int64_t pixel) { beside = std::max(beside, regions[pixel]); });
    const PixelList region = flood(from, regions, first, number, rows, columns);
    if (beside >= 0 && static_cast<int64_t>(region.size()) < least)
      for (const int64_t pixel : region) regions[pixel] = beside;
    else
      ++number;
  }
  return joined;
}

}  // namespace

Tensor cielab(const Tensor& picture) {
  const Tensor coded = picture.to(at::kFloat) / 255;
  const Tensor light = at::where(coded <= .04045, coded / 12.92, ((coded + .055) / 1.055).clamp_min(0).pow(2.4));
  // IEC 61966-2-1, each row over the white point of D65
  const Tensor to_xyz = at::tensor({.4124564 / .95047, .3575761 / .95047, .1804375 / .95047, .2126729, .7151522,
                                    .0721750, .0193339 / 1.08883, .1191920 / 1.08883, .9503041 / 1.08883},
                                   at::kFloat)
                            .reshape({3, 3});
  const Tensor xyz = at::mm(to_xyz, light.flatten(1)).reshape(light.sizes());
  constexpr double edge = 216. / 24389, slope = 24389. / 27;
  const Tensor f = at::where(xyz > edge, xyz.clamp_min(0).pow(1. / 3), (slope * xyz + 16) / 116);
  return at::stack({116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])});
}

Tensor superpixels(const Tensor& picture, int64_t count, const SuperpixelOptions& options) {
  if (picture.dim() != 3 || picture.size(0) != 3 || picture.scalar_type() != at::kByte)
    fail("superpixels got a picture ", shape_text(picture.sizes()), "; expected bytes [3,H,W]");
  const int64_t pixels = picture.size(1) * picture.size(2);
  if (count < 1 || count > pixels)
    fail(count, " superpixels are asked of a picture of ", pixels, " pixels; expected 1 to ", pixels);
  SuperpixelClusters clusters(smoothed(cielab(picture), options.blur), count, options.compactness);
  for (int64_t step = 0; step < std::max<int64_t>(options.steps, 1); ++step) clusters.move();
  return without_crumbs(clusters.labels(), std::llround(clusters.step() * clusters.step() / 4));
}

Tensor connected_regions(const Tensor& labels) {
  const int64_t rows = labels.size(0), columns = labels.size(1);
  const Tensor given = labels.to(at::kInt).contiguous();
  const auto* const from = given.data_ptr<int32_t>();
  Tensor numbered = at::full({rows, columns}, -1, at::kInt);
  int32_t number = 0;
  for (int64_t first = 0; first < rows * columns; ++first)
    if (from[first] >= 0 && numbered.data_ptr<int32_t>()[first] < 0)
      flood(from, numbered.data_ptr<int32_t>(), first, number++, rows, columns);
  return numbered;
}

}  // namespace limpid
