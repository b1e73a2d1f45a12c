// SPDX-License-Identifier: Apache-2.0
#pragma once
// Tables of text as they are stored.

#include <string>
#include <string_view>
#include <vector>

namespace limpid {

/// How many bytes of a text are the mark of UTF-8 that some programs begin files with.
size_t byte_order_mark(std::string_view text);

/// Rows of comma separated cells; quoted ones may hold commas, line ends and doubled quotes (RFC 4180). `name` is what
/// errors call the file.
std::vector<std::vector<std::string>> csv_rows(const std::string& text, const std::string& name);

}  // namespace limpid
