// SPDX-License-Identifier: Apache-2.0
#pragma once
// Independent pieces of work on as many threads as tensor operations use.

#include <cstddef>
#include <functional>

namespace limpid {

/// Calls one(0) … one(count − 1), each once, several at a time. What is thrown first is thrown on when all threads have
/// stopped.
void for_each_parallel(size_t count, const std::function<void(size_t)>& one);

}  // namespace limpid
