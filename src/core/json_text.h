// SPDX-License-Identifier: Apache-2.0
#pragma once
// Documents of limpid as text.

#include <nlohmann/json.hpp>
#include <string>

namespace limpid {

/// Members in their order, on one line where `indent` is −1. Bytes that are no UTF-8, as of a file's name, become
/// U+FFFD.
inline std::string json_text(const nlohmann::ordered_json& json, int indent = -1) {
  return json.dump(indent, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace limpid
