// SPDX-License-Identifier: Apache-2.0
#pragma once
// Tables of results: numbers kept whole in files, shortened where people read them.

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace limpid {

/// NaN is a number that there is none of: empty in CSV, a dash where it is shown.
using Cell = std::variant<std::string, double, int64_t>;

struct Table {
  std::vector<std::string> columns;
  std::vector<std::vector<Cell>> rows;

  /// Appends a row; throws unless it has a cell for each column.
  void add(std::vector<Cell> row);
};

/// Some columns of a table, by name.
Table chosen_columns(const Table& table, const std::vector<std::string>& columns);

/// The cell as people read it: at most four significant digits, whole numbers in full.
std::string shown(const Cell& cell);

/// Quoted as RFC 4180 has it, lines end in \n, the first has the columns' names; numbers are read back exactly.
std::string csv(const Table& table);

/// {"columns": [names], "rows": [objects by column]}; NaN is null.
std::string table_json(const Table& table);

/// What table_json() wrote, with the same cells. Throws for anything else.
Table table_of_json(std::string_view json);

/// A table of GitHub's Markdown, numbers to the right.
std::string markdown(const Table& table);

/// An HTML table whose headings sort it, in a page.
std::string html(const Table& table);

}  // namespace limpid
