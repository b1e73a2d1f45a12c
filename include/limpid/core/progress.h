// SPDX-License-Identifier: Apache-2.0
#pragma once
// How long work tells a front end how far it is.

#include <cstdint>
#include <functional>
#include <string_view>

namespace limpid {

/// Called from the working thread with the steps done, all steps, and what is being done. Throwing from it stops the
/// work.
using Progress = std::function<void(int64_t done, int64_t all, std::string_view what)>;

}  // namespace limpid
