// SPDX-License-Identifier: Apache-2.0
#pragma once
// The forward pass of an image of which a small box was changed: only what the box reaches is computed again.

#include <memory>
#include <vector>

#include "limpid/net/network.h"

namespace limpid {

/// Some rows and columns of a map.
struct Box {
  int64_t row, column, rows, columns;
};

/// An input as a plane [C, H, W]: a signal [C, L] has one row, a vector [F] one row and one channel.
Tensor as_plane(const Tensor& input);

struct Spread;  // net/spread.h

/// What of an image's activations depends on a box of its input, with the values of the whole network to rounding. From
/// a layer on that looks at all positions (dense, global pooling), or where a box reaches most of a map, maps are
/// computed whole. Safe to share between threads while the network lives.
class PartialForward {
 public:
  /// For the values of some nodes, from activations of which it takes image number `image`; none that they depend on
  /// may have been dropped.
  PartialForward(const Network& network, const Activations& activations, int64_t image, std::vector<int> nodes);

  /// The nodes' values [M, …] where in copy m of the image, as a plane, a patch [C, rows, columns], or what broadcasts
  /// to it, stands in a box. The boxes lie in the image.
  std::vector<Tensor> operator()(const std::vector<Box>& boxes, const std::vector<Tensor>& patches) const;

  /// Which copies of the image to compute together, so that what their boxes reach has nearly one size and takes about
  /// `bytes`. Each box is wanted `copies` times: copy c of box b is number b · copies + c. Every number is in one
  /// batch.
  std::vector<std::vector<int64_t>> batches(const std::vector<Box>& boxes, int64_t copies, int64_t bytes) const;

 private:
  std::shared_ptr<const Spread> spread_;
  std::vector<int> nodes_;
  std::vector<Tensor> kept_;  // by node, [1, …]
};

}  // namespace limpid
