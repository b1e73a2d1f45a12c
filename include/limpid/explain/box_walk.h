// SPDX-License-Identifier: Apache-2.0
#pragma once
// Walks back from signals that are zero outside a box, such as one position of a map: only what the box depends on is
// computed.

#include <array>
#include <memory>

#include "limpid/explain/propagate.h"

namespace limpid {

/// Pieces [M, C, rows, columns] of M maps with their first rows and columns, int64 [M, 2] on the CPU. A piece may hang
/// over its map; it is zero there.
struct Crops {
  Tensor values, places;
};

/// The walk from boxes of one size at one node to the input, prepared once; to rounding what Walk gives for the whole
/// signals. Boxes of several images and places go together. From a layer on that looks at all positions, or where boxes
/// depend on most of a map, maps are walked whole. Safe to share between threads while the network lives.
class BoxWalk {
 public:
  /// `from` is a node with rows and columns.
  BoxWalk(const Network& network, const Composite& composite, int from, int64_t rows, int64_t columns);

  /// Signals [N·S, …] as pieces that lie within their maps, image-major → [N·S, C, …] at the input.
  Crops operator()(const Activations& activations, const Crops& signal) const;

  /// Crops of the input as whole maps [M, C, H, W].
  Tensor whole(const Crops& crops) const;

 private:
  struct Plan;
  std::shared_ptr<const Plan> plan_;
};

}  // namespace limpid
