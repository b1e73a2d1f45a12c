// SPDX-License-Identifier: Apache-2.0
#include "net/kernels/winograd.h"

#include <ATen/ATen.h>

#include "core/parallel.h"
#include "net/kernels/amx.h"
#include "net/kernels/onednn.h"
#include "net/kernels/scratch.h"
#include "net/kernels/tile_grid.h"
#include "net/kernels/winograd_tiles.h"

namespace limpid {
namespace {

/// What the transformed tiles of a strip take stays in a core's second-level cache, beside the weights.
constexpr int64_t tiles_at_once = 64;

/// With fewer channels of the input, or products of channels, transforms take longer than they save.
constexpr int64_t least_inputs = 32, least_products = 1024;

/// [16, C, K] in float64 → [columns, 16, depth] right blocks of amx.h.
Tensor packed(const Tensor& weight, int64_t depth, int64_t columns) {
  const Tensor filled = at::constant_pad_nd(weight, {0, 16 * columns - weight.size(2), 0, 32 * depth - weight.size(1)});
  const Tensor high = filled.to(at::kFloat).to(at::kBFloat16);
  const Tensor low = (filled - high).to(at::kFloat).to(at::kBFloat16);
  const Tensor halves = at::stack({high, low}).view({2, winograd_products, depth, 16, 2, columns, 16});
  return halves.permute({5, 1, 2, 0, 3, 6, 4}).contiguous();
}

}  // namespace

/// Some of all tiles and what is known of them: rows of the left matrices, and results of 32 channels.
struct WinogradConvolution::Strip {
  Strip(int64_t depth, int64_t begin, int64_t tiles) : first(begin), count(tiles), rows(blocks(tiles, 16)) {
    // Odd numbers of cache lines lie between products, or all would fall into the same places of the caches.
    split_step = rows * depth * block_numbers + 32;
    result_step = rows * 16 * 32 + 16;
    split =
        static_cast<uint16_t*>(scratch(static_cast<size_t>(winograd_products * (2 * split_step + 4 * result_step))));
    result = reinterpret_cast<float*>(split + winograd_products * split_step);
  }

  int64_t first, count, rows;  // rows in blocks
  int64_t split_step, result_step;
  uint16_t* split;
  float* result;
};

bool WinogradConvolution::suits(const Tensor& weight, const ConvolutionGeometry& geometry, Precision precision) {
  const std::vector<int64_t> ones = {1, 1};
  return precision == Precision::kBf16x3 && geometry.groups == 1 && weight.dim() == 4 && weight.size(2) == 3 &&
         weight.size(3) == 3 && weight.size(1) >= least_inputs && weight.size(0) * weight.size(1) >= least_products &&
         geometry.stride == ones && geometry.dilation == ones && onednn_refusal(weight).empty() && has_amx();
}

WinogradConvolution::WinogradConvolution(const Tensor& weight, const ConvolutionGeometry& geometry)
    : padding_(geometry.padding),
      inputs_(weight.size(1)),
      outputs_(weight.size(0)),
      depth_(blocks(inputs_, 32)),
      columns_(blocks(outputs_, 16)),
      packed_(packed(winograd_weight(weight), depth_, columns_)),
      zeros_(at::zeros({inputs_})) {}

void WinogradConvolution::enter(const TileGrid& grid, const Strip& strip) const {
  const float* positions[winograd_products];
  for (int64_t i = 0; i < strip.count; ++i) {
    grid.sources(strip.first + i, padding_, winograd_input, winograd_input, zeros_.data_ptr<float>(), positions);
    winograd_enter(positions, inputs_, strip.split + i / 16 * depth_ * block_numbers + i % 16 * 32, strip.split_step);
  }
}

void WinogradConvolution::multiply(const Strip& strip, int64_t column) const {
  const int64_t column_step = winograd_products * depth_ * block_numbers;
  limpid::multiply({winograd_products, strip.rows, depth_, std::min<int64_t>(2, columns_ - column), strip.split,
                    strip.split_step, static_cast<const uint16_t*>(packed_.data_ptr()) + column * column_step,
                    depth_ * block_numbers, column_step, strip.result, strip.result_step});
}

void WinogradConvolution::leave(const TileGrid& grid, const Strip& strip, int64_t column, const float* bias,
                                bool rectified) const {
  const int64_t first = 16 * column, channels = std::min<int64_t>(32, outputs_ - first);
  float* positions[winograd_output * winograd_output];
  for (int64_t i = 0; i < strip.count; ++i) {
    grid.results(strip.first + i, positions);
    for (float*& position : positions)
      if (position) position += first;
    winograd_leave(strip.result + i * 32, strip.result_step, channels, bias ? bias + first : nullptr, rectified,
                   positions);
  }
}

Tensor WinogradConvolution::operator()(const Tensor& given, const Tensor& bias, bool rectified) const {
  const Tensor floats = given.to(at::kFloat);
  const Tensor x = floats.stride(1) == 1 ? floats : dense(floats);  // slices of channels are taken as they are
  const Tensor out = at::empty({x.size(0), outputs_, x.size(2) + 2 * padding_[0] - 2, x.size(3) + 2 * padding_[1] - 2},
                               x.options(), at::MemoryFormat::ChannelsLast);
  const TileGrid grid(x, out, winograd_output, winograd_output);
  const float* added = bias.defined() ? bias.data_ptr<float>() : nullptr;
  parallel_for(blocks(grid.tiles, tiles_at_once), 1, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      const int64_t first = i * tiles_at_once;
      const Strip strip(depth_, first, std::min(tiles_at_once, grid.tiles - first));
      enter(grid, strip);
      for (int64_t column = 0; column < columns_; column += 2) {
        multiply(strip, column);
        leave(grid, strip, column, added, rectified);
      }
    }
  });
  return out;
}

}  // namespace limpid
