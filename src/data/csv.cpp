// SPDX-License-Identifier: Apache-2.0
#include "limpid/data/csv.h"

#include <utility>

#include "limpid/core/error.h"

namespace limpid {

size_t byte_order_mark(std::string_view text) { return text.starts_with("\xEF\xBB\xBF") ? 3 : 0; }

std::vector<std::vector<std::string>> csv_rows(const std::string& text, const std::string& name) {
  std::vector<std::vector<std::string>> rows;
  std::vector<std::string> row;
  std::string cell;
  bool quoted = false;
  const auto end_cell = [&] { row.push_back(std::exchange(cell, {})); };
  for (size_t i = byte_order_mark(text); i < text.size(); ++i) {
    const char c = text[i];
    if (quoted) {
      quoted = c != '"' || (i + 1 < text.size() && text[i + 1] == '"');
      if (quoted) cell += c;
      if (quoted && c == '"') ++i;
    } else if (c == '"') {
      quoted = true;
    } else if (c == ',') {
      end_cell();
    } else if (c == '\n') {
      end_cell();
      if (row.size() > 1 || !row[0].empty()) rows.push_back(row);
      row.clear();
    } else if (c != '\r') {
      cell += c;
    }
  }
  if (quoted) fail("'", name, "' ends inside a quoted cell");
  end_cell();
  if (row.size() > 1 || !row[0].empty()) rows.push_back(row);
  return rows;
}

}  // namespace limpid
