// SPDX-License-Identifier: Apache-2.0
#pragma once
// The adjoint of several convolutions in a row, down to an input of few channels, as one matrix product.

#include <array>
#include <functional>
#include <vector>

#include "limpid/net/kernels.h"

namespace limpid {

/// One of the convolutions: over two axes, of stride 1, in one group.
struct StretchPart {
  std::array<int64_t, 2> kernel, before, dilation;  // `before` is the padding above and to the left
  std::array<int64_t, 2> size;                      // of its output's maps
  int64_t channels;                                 // of its output
};

/// Convolutions one on top of the other, the lowest first. Where a way through them leaves the maps in between it ends:
/// positions near a border have kernels of their own, alike where they lie alike.
class Stretch {
 public:
  Stretch(int64_t channels, std::array<int64_t, 2> size, std::vector<StretchPart> parts);

  double multiply_adds() const;  // for one map
  double values_added() const;   // to an image, for one map
  double preparation() const;    // multiply-adds

  /// A signal [M, K, h, w] → [M, C, rows, columns]. Weights [K_l, K_{l−1}, …], the lowest first, on a CPU.
  std::function<Tensor(const Tensor& signal)> adjoint(const std::vector<Tensor>& weights) const;

 private:
  /// Rows or columns. A position of the upper end reaches the `extent` positions of the lower one from s + first on.
  struct Axis {
    int64_t first, extent;
    std::vector<std::array<int64_t, 2>> sources;  // ranges [begin, end) of the upper end's positions that are alike
    std::vector<int64_t> targets;                 // one of each kind of positions of the lower end
    std::vector<std::vector<int64_t>> kind;       // by range and step from `first`: the kind of position there
    std::vector<int64_t> lowest, extents;         // by level: what a target reaches upwards, from p + lowest on
  };
  Axis axis(size_t which) const;
  Tensor inside(size_t which, size_t level) const;
  Tensor matrices(const std::vector<Tensor>& weights) const;

  int64_t channels_;
  std::array<int64_t, 2> size_;
  std::vector<StretchPart> parts_;
  std::array<Axis, 2> axes_;
};

}  // namespace limpid
