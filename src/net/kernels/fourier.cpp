// SPDX-License-Identifier: Apache-2.0
#include "net/kernels/fourier.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <array>

#include "core/parallel.h"
#include "core/vectorized.h"
#include "net/kernels/fourier_tiles.h"
#include "net/kernels/scratch.h"
#include "net/kernels/tile_grid.h"

namespace limpid {
namespace {

constexpr int64_t positions_of_tile = fourier_side * fourier_side;

/// Tiles whose frequencies stay in a core's caches, beside the weights of few enough channels; rows of a matrix come in
/// twelves.
constexpr int64_t tiles_at_once = 48, rows_at_once = 12, most_products = 4096;

/// With fewer products of channels, transforms take longer than they save.
constexpr int64_t least_products = 256;

/// Multiplications that transforms and tiles that are not full may cost, as a multiple of those of frequencies.
constexpr int64_t overhead = 2;

/// Of each result of a tile, whether its kernel sees zeros alone.
class Emptiness {
 public:
  Emptiness(const float* const* positions, const float* beyond, int64_t channels) {
    for (size_t i = 0; i < seen_.size(); ++i)
      seen_[i] =
          positions[i] != beyond && std::any_of(positions[i], positions[i] + channels, [](float x) { return x != 0; });
  }

  void of_results(int64_t rows, int64_t columns, bool* empty) {
    spread(fourier_side - rows, fourier_side);
    spread(fourier_side - columns, 1);
    for (int64_t y = 0; y < rows; ++y)
      for (int64_t x = 0; x < columns; ++x) *empty++ = !seen_[static_cast<size_t>(y * fourier_side + x)];
  }

 private:
  /// A position sees what `reach` positions after it do; those at the end see the next row's, and are no results.
  void spread(int64_t reach, int64_t step) {
    for (int64_t left = reach, by = 1; left > 0; left -= by, by = std::min(2 * by, left)) {
      by = std::min(by, left);
      for (size_t i = 0, from = static_cast<size_t>(by * step); from < seen_.size(); ++i, ++from)
        seen_[i] = seen_[i] || seen_[from];
    }
  }

  std::array<bool, positions_of_tile> seen_;
};

}  // namespace

bool FourierConvolution::suits(const Tensor& weight, const ConvolutionGeometry& geometry, Precision precision) {
  const std::vector<int64_t> ones = {1, 1};
  if (precision != Precision::kFloat32 || widest_vector_units() == VectorUnits::none || !weight.is_cpu() ||
      weight.scalar_type() != at::kFloat || weight.dim() != 4 || geometry.groups != 1 || geometry.stride != ones ||
      geometry.dilation != ones)
    return false;
  const auto is_large = [&](int64_t axis) { return weight.size(axis) >= 5 && weight.size(axis) <= 9; };
  const int64_t outputs = weight.size(0), inputs = weight.size(1), products = outputs * inputs;
  return is_large(2) && is_large(3) && outputs % fourier_lanes == 0 && inputs % fourier_lanes == 0 &&
         products >= least_products && products <= most_products;
}

FourierConvolution::FourierConvolution(const Tensor& weight, const ConvolutionGeometry& geometry)
    : padding_(geometry.padding),
      inputs_(weight.size(1)),
      outputs_(weight.size(0)),
      rows_(weight.size(2)),
      columns_(weight.size(3)),
      weight_(fourier_weight(weight)),
      zeros_(at::zeros({inputs_})) {}

bool FourierConvolution::pays(int64_t rows, int64_t columns) const {
  const int64_t down = rows + 2 * padding_[0] - rows_ + 1, across = columns + 2 * padding_[1] - columns_ + 1;
  if (down < 1 || across < 1) return false;
  const int64_t tiles = blocks(down, fourier_side - rows_ + 1) * blocks(across, fourier_side - columns_ + 1);
  return overhead * 4 * fourier_products * tiles < rows_ * columns_ * down * across;
}

void FourierConvolution::strip(const TileGrid& grid, int64_t first, int64_t count, const float* bias,
                               bool rectified) const {
  const int64_t rows = rows_at_once * blocks(count, rows_at_once), depth = 2 * inputs_, width = 2 * outputs_;
  // Odd numbers of cache lines lie between frequencies, or all would fall into the same places of the caches.
  const int64_t step = rows * depth + 16, step_after = rows * width + 16;
  auto* const spectrum =
      static_cast<float*>(scratch(static_cast<size_t>(fourier_products * (step + step_after)) * sizeof(float)));
  float* const after = spectrum + fourier_products * step;
  const int64_t results = grid.tile_rows * grid.tile_columns;
  std::array<bool, tiles_at_once * positions_of_tile> empty;
  const float* from[positions_of_tile];
  float* to[positions_of_tile];
  for (int64_t i = 0; i < count; ++i) {
    const float* const beyond = zeros_.data_ptr<float>();
    grid.sources(first + i, padding_, fourier_side, fourier_side, beyond, from);
    Emptiness(from, beyond, inputs_).of_results(grid.tile_rows, grid.tile_columns, empty.data() + i * results);
    fourier_enter(from, inputs_, spectrum + i * depth, step);
  }
  const auto* const weight = weight_.data_ptr<float>();
  for (int64_t f = 0; f < fourier_products; ++f)
    fourier_multiply(spectrum + f * step, weight + f * depth * width, after + f * step_after, rows, depth, width);
  for (int64_t i = 0; i < count; ++i) {
    grid.results(first + i, to);
    fourier_leave(after + i * width, step_after,
                  {grid.tile_rows, grid.tile_columns, outputs_, bias, rectified, to, empty.data() + i * results});
  }
}

Tensor FourierConvolution::operator()(const Tensor& given, const Tensor& bias, bool rectified) const {
  const Tensor floats = given.to(at::kFloat);
  const Tensor x = floats.stride(1) == 1 ? floats : dense(floats);  // slices of channels are taken as they are
  const Tensor out = at::empty(
      {x.size(0), outputs_, x.size(2) + 2 * padding_[0] - rows_ + 1, x.size(3) + 2 * padding_[1] - columns_ + 1},
      x.options(), at::MemoryFormat::ChannelsLast);
  const TileGrid grid(x, out, fourier_side - rows_ + 1, fourier_side - columns_ + 1);
  const float* const added = bias.defined() ? bias.data_ptr<float>() : nullptr;
  const int64_t strips = blocks(grid.tiles, tiles_at_once), most = blocks(grid.tiles, strips);
  parallel_for(strips, 1, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i)
      strip(grid, i * most, std::min(most, grid.tiles - i * most), added, rectified);
  });
  return out;
}

}  // namespace limpid
