// SPDX-License-Identifier: Apache-2.0
#pragma once
// Working memory that a thread keeps from one kernel to the next.

#include <cstddef>

namespace limpid {

/// Of this thread, at least `bytes`, at a multiple of 64; the next call may give the same again.
void* scratch(size_t bytes);

}  // namespace limpid
