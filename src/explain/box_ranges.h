// SPDX-License-Identifier: Apache-2.0
#pragma once
// What of every node a box of one node depends on.

#include <array>
#include <optional>
#include <vector>

#include "limpid/net/network.h"
#include "net/pieces.h"

namespace limpid {

constexpr double most_of_a_map = 0.75;  // cutting parts out costs more than the rest of the map

/// What boxes depend on of a node: of a box at row (column) p the `size` ones from p · stride − before on.
struct Range {
  int64_t stride, before, size;
};
using Ranges = std::array<Range, 2>;  // of rows, of columns

/// The same of the input of a node.
Ranges looked_at(const Ranges& ranges, const Reach& reach);

/// Where that of box number m lies; places int64 [M, 2] on the CPU.
Place place_of(const Ranges& ranges, const Tensor& places, int64_t m);

/// By node, for boxes of rows × columns at `from`; nothing for nodes off the way, for those without a reach and all
/// that they read, and where boxes depend on more than `most` of a map.
std::vector<std::optional<Ranges>> ranges_of_boxes(const Network& network,
                                                   const std::vector<std::optional<Reach>>& reach,
                                                   const std::vector<bool>& on_way, int from, int64_t rows,
                                                   int64_t columns, double most = most_of_a_map);

}  // namespace limpid
