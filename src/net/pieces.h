// SPDX-License-Identifier: Apache-2.0
#pragma once
// Pieces of maps.

#include "limpid/core/tensor.h"

namespace limpid {

/// Where a piece of a map has its first row and column; it may hang over the map.
struct Place {
  int64_t row, column;
  bool operator==(const Place&) const = default;
};

/// Copies what two pieces of one map, [C, h, w] at their places, have in common.
void lay(const Tensor& target, Place to, const Tensor& source, Place from);

}  // namespace limpid
