// SPDX-License-Identifier: Apache-2.0
#pragma once
// What went wrong with one input, so that the others can go on.

#include <string>

namespace limpid {

/// Within a catch: the sentence of what was thrown where it can be one input's fault (errors of limpid and of tensor
/// operations, no memory); anything else is thrown on. `scarce` is said where there is not enough memory.
std::string failure_caught(const std::string& scarce);

}  // namespace limpid
