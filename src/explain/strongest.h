// SPDX-License-Identifier: Apache-2.0
#pragma once
// For every pixel the strongest of many maps, which come some at a time.

#include "limpid/core/tensor.h"

namespace limpid {

struct Strongest {
  Tensor levels;  // [N, s, …], falling; of equal ones the map that came first
  Tensor names;   // int32 [N, s, …]
};

/// Takes maps [N, k, …] with their names [N, k] in; `count` are kept, or as many as there were yet.
void keep_strongest(Strongest& best, const Tensor& maps, const Tensor& names, int64_t count);

}  // namespace limpid
