// SPDX-License-Identifier: Apache-2.0
#pragma once
// Files that the build puts into the library (cmake/LimpidEmbed.cmake).

#include <string>

namespace limpid {

inline std::string embedded(const unsigned char* bytes, unsigned long size) {
  return {reinterpret_cast<const char*>(bytes), static_cast<size_t>(size)};
}

}  // namespace limpid
