// SPDX-License-Identifier: Apache-2.0
#pragma once
// Signals that are zero in all channels but one: of a unit, of a class.

#include "limpid/net/layer.h"

namespace limpid {

/// Of maps [N, K, …] the channels [N, S]: [N, S, …].
Tensor chosen(const Tensor& maps, const Tensor& channels);

/// Maps [N, S, …] placed in their channels [N, S] of K: [N·S, K, …].
Tensor one_channel(const Tensor& maps, const Tensor& channels, int64_t count);

/// The adjoint of a layer for signals in one channel: of a convolution of stride 1 only that channel's weights are
/// used, one of K.
class OneChannelAdjoint {
 public:
  explicit OneChannelAdjoint(const Layer& layer);

  /// Maps [N, S, …] of the output's channels [N, S] → [N·S, C, …]; activations of the layer's input and output [N, …].
  Tensor operator()(const Tensor& maps, const Tensor& channels, const Tensor& input, const Tensor& output) const;

 private:
  Layer layer_;
  Step adjoint_;  // of all channels; empty where one is taken
};

}  // namespace limpid
