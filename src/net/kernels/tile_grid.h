// SPDX-License-Identifier: Apache-2.0
#pragma once
// Tiles that cover the maps a convolution makes, for algorithms that compute one tile at a time.

#include "limpid/core/tensor.h"  // before ATen.h, for clang 14

#include <ATen/ATen.h>

namespace limpid {

inline int64_t blocks(int64_t numbers, int64_t size) { return (numbers + size - 1) / size; }

/// Where the maps lie, channels next to each other, and how many tiles of `rows` × `columns` results cover them.
struct TileGrid {
  TileGrid(const Tensor& x, const Tensor& out, int64_t rows, int64_t columns)
      : source(x.data_ptr<float>()),
        result(out.data_ptr<float>()),
        map(x.stride(0)),
        row(x.stride(2)),
        position(x.stride(3)),
        height(x.size(2)),
        width(x.size(3)),
        outputs(out.size(1)),
        height_after(out.size(2)),
        width_after(out.size(3)),
        tile_rows(rows),
        tile_columns(columns),
        down(blocks(height_after, rows)),
        across(blocks(width_after, columns)),
        tiles(x.size(0) * down * across) {}

  /// Where the input's `rows` × `columns` positions that a tile looks at lie; `beyond` for those that are none.
  void sources(int64_t tile, const std::vector<int64_t>& padding, int64_t rows, int64_t columns, const float* beyond,
               const float** positions) const {
    const int64_t of_map = tile % (down * across);
    const float* from = source + tile / (down * across) * map;
    const int64_t top = of_map / across * tile_rows - padding[0], left = of_map % across * tile_columns - padding[1];
    for (int64_t y = top; y < top + rows; ++y)
      for (int64_t x = left; x < left + columns; ++x) {
        const bool inside = y >= 0 && y < height && x >= 0 && x < width;
        *positions++ = inside ? from + y * row + x * position : beyond;
      }
  }

  /// Where its results go; null for those that are none.
  void results(int64_t tile, float** positions) const {
    const int64_t of_map = tile % (down * across), of_row = tile / (down * across) * height_after;
    const int64_t top = of_map / across * tile_rows, left = of_map % across * tile_columns;
    for (int64_t y = top; y < top + tile_rows; ++y)
      for (int64_t x = left; x < left + tile_columns; ++x) {
        const bool inside = y < height_after && x < width_after;
        *positions++ = inside ? result + ((of_row + y) * width_after + x) * outputs : nullptr;
      }
  }

  const float* source;
  float* result;
  int64_t map, row, position, height, width;
  int64_t outputs, height_after, width_after;
  int64_t tile_rows, tile_columns, down, across, tiles;
};

}  // namespace limpid
