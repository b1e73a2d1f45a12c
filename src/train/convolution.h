// SPDX-License-Identifier: Apache-2.0
#pragma once
// Convolutions of training by the kernels that explanations run.

#include "limpid/net/layer.h"

namespace limpid {

/// Whether these are faster than autograd's own: in float32 on a CPU, stride 1, of some channels. Kernels of 3x3 go by
/// Winograd's algorithm, and the way back through others is a forward convolution too.
bool has_faster_convolution(const Layer& layer);

/// The layer's values for x; autograd sees one operation. The layer must be there until the way back is gone.
Tensor faster_convolution(const Layer& layer, const Tensor& x);

}  // namespace limpid
