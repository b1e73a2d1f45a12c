// SPDX-License-Identifier: Apache-2.0
#pragma once
// Which part of the input a position of a map looks at.

#include <array>
#include <utility>

#include "limpid/net/partial.h"

namespace limpid {

/// Of positions of one node. Everything comes as rows, then columns.
struct ReceptiveField {
  bool whole = false;                           // it looks at all of the input, or not alike from all positions
  std::array<int64_t, 2> size, stride, before;  // position p looks at `size` rows from p · stride − before on
  std::array<int64_t, 2> input, map;            // sizes

  /// What a position looks at; it may hang over the input. All of an axis of which it looks at more than there is.
  Box box(int64_t row, int64_t column) const;
  /// The middle of that, in pixels: 0 is the middle of the first.
  std::array<double, 2> centre(int64_t row, int64_t column) const;
  /// The position whose middle is nearest to a point; it may lie beyond the map.
  std::array<int64_t, 2> position(double row, double column) const;
};

/// `node` has rows and columns.
ReceptiveField receptive_field(const Network& network, int node);

}  // namespace limpid
