// SPDX-License-Identifier: Apache-2.0
#pragma once
// ReLU for training: in place, and its gradient from what it gave.

#include "limpid/core/tensor.h"

namespace limpid {

/// max(x, 0) written over x, which autograd sees; NaN stays. Nothing else may need the values of x.
Tensor rectified_in_place(const Tensor& x);

}  // namespace limpid
