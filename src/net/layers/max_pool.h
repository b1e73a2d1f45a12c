// SPDX-License-Identifier: Apache-2.0
#pragma once
// What computes a max pooling layer, both ways.

#include "limpid/net/layer.h"

namespace limpid {

MaxPooling max_pooling_of(const Layer& layer);

/// The visit's signal at the switches, in the shape of the layer's input; `rectified`: max(·, 0) of it.
Tensor unpooled(const MaxPooling& pooling, const Visit& visit, bool rectified);

}  // namespace limpid
