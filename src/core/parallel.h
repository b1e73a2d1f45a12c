// SPDX-License-Identifier: Apache-2.0
#pragma once
// Loops of our own on as many threads as tensor operations use. A loop within a loop, and tensor operations within one,
// stay on its thread. The first exception is thrown on when all threads have stopped.

#include <cstdint>
#include <functional>

namespace limpid {

/// How many threads a loop that begins here could have.
int64_t available_threads();

/// Calls range(begin, end) for ranges that together are 0 … count − 1: one a thread, of at least `grain` where there
/// are several.
void parallel_for(int64_t count, int64_t grain, const std::function<void(int64_t begin, int64_t end)>& range);

/// Calls one(0) … one(count − 1): a thread that is done takes the next, so they may take differently long.
void for_each_parallel(size_t count, const std::function<void(size_t)>& one);

}  // namespace limpid
