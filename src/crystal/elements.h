// SPDX-License-Identifier: Apache-2.0
#pragma once
// Chemical symbols for readers, which have more to say about an unknown one than atomic_number has.

#include <string>

namespace limpid {

/// "Fe" → 26; 0 for what is no symbol.
int atomic_number_or_none(const std::string& symbol);

}  // namespace limpid
