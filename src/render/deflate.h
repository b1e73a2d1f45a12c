// SPDX-License-Identifier: Apache-2.0
#pragma once
// Bytes packed for pictures and pages.

#include <string>
#include <string_view>

namespace limpid {

/// In zlib's format, as PNG has it and a browser's DecompressionStream("deflate") reads it.
std::string deflated(std::string_view bytes);

}  // namespace limpid
