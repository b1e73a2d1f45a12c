// SPDX-License-Identifier: Apache-2.0
#pragma once
// Bytes as text (RFC 4648, section 4).

#include <string>
#include <string_view>

namespace limpid {

std::string base64(std::string_view bytes);

/// Throws for text that base64() would not have written.
std::string from_base64(std::string_view text);

}  // namespace limpid
