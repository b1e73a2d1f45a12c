// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a page or a picture of vectors holds.

#include <string>

namespace limpid::testing {

/// How often a part occurs.
inline size_t count(const std::string& text, const std::string& part) {
  size_t found = 0;
  for (size_t place = text.find(part); place != std::string::npos; place = text.find(part, place + 1)) ++found;
  return found;
}

}  // namespace limpid::testing
