// SPDX-License-Identifier: Apache-2.0
#pragma once
// How far a change of some rows and columns of the input spreads through a network.

#include <array>
#include <optional>
#include <vector>

#include "limpid/net/network.h"
#include "limpid/net/partial.h"

namespace limpid {

struct Span {  // of rows or of columns
  int64_t begin, size;
};

/// What one box reaches of every node, its rows or its columns; size 0: nothing.
using Spans = std::vector<Span>;

/// What a batch of boxes computes of every node: as many rows and columns for each box, or the whole map.
struct Sizes {
  std::array<std::vector<int64_t>, 2> axes;
  std::vector<bool> whole;

  bool changed(size_t node) const { return axes[0][node] > 0 && axes[1][node] > 0; }
};

struct Spread {
  Spread(const Network& network, const std::vector<int>& nodes);

  /// Along an axis, 0: rows.
  Spans reached(size_t axis, Span changed) const;

  /// Large enough for no box; `include` makes them large enough for one box more, `choose_whole` fills in the rest.
  Sizes no_sizes() const;
  static void include(Sizes& sizes, size_t axis, const Spans& reached);
  void choose_whole(Sizes& sizes) const;

  /// Multiply-adds for one box, and what memory traffic costs in terms of them.
  double work(const Sizes& sizes) const;
  /// What a batch costs beside the work for its boxes.
  double batch_work() const;
  /// Bytes of values for one box.
  int64_t bytes(const Sizes& sizes) const;

  /// The part of a node's map that is computed for one box.
  double share(const Sizes& sizes, size_t node) const;

  const Network& network;
  std::vector<bool> needed;                 // by node
  std::vector<std::optional<Reach>> reach;  // by node; nothing: whole
  std::vector<double> whole_work;           // by node, of the whole map
};

}  // namespace limpid
