// SPDX-License-Identifier: Apache-2.0
#pragma once
// The forward pass as training runs it, over the same layers that are explained.

#include "limpid/net/network.h"

namespace limpid {

/// The scores [N, classes] with what only training has: batch normalisation by the batch's statistics, whose running
/// values in the parameters move along, and values left out after layers with the attribute `dropout` (their share;
/// what stays is scaled up). The seed fixes which. Inputs take the type of each layer's parameters; the network must
/// not be prepared, so that autograd sees every operation, and must be there until the way back is gone.
Tensor training_logits(const Network& network, const Tensor& input, uint64_t seed);

}  // namespace limpid
