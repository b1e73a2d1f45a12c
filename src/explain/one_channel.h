// SPDX-License-Identifier: Apache-2.0
#pragma once
// Signals that are zero in all channels but one: of a unit, of a class.

#include "limpid/core/tensor.h"

namespace limpid {

/// Of maps [N, K, …] the channels [N, S]: [N, S, …].
Tensor chosen(const Tensor& maps, const Tensor& channels);

/// Maps [N, S, …] placed in their channels [N, S] of K: [N·S, K, …].
Tensor one_channel(const Tensor& maps, const Tensor& channels, int64_t count);

}  // namespace limpid
