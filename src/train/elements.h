// SPDX-License-Identifier: Apache-2.0
#pragma once
// Loops over all numbers of a tensor, on all threads and through the vector units.

#include "core/parallel.h"
#include "core/vectorized.h"

namespace limpid {

/// Calls one(i) for all i below `count`. It should hold pointers and numbers by value: what lies behind a reference is
/// read again for every number, and nothing goes through the vector units.
template <class One>
void each_element(int64_t count, const One& one) {
  parallel_for(count, 1 << 15, [&](int64_t begin, int64_t end) {
    vectorized([&]() LIMPID_INLINE {
      const One own = one;  // in registers
      for (int64_t i = begin; i < end; ++i) own(i);
    });
  });
}

}  // namespace limpid
