// SPDX-License-Identifier: Apache-2.0
#include "limpid/render/table.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "core/json_text.h"
#include "limpid/core/error.h"
#include "render/payload.h"

namespace limpid {
namespace {

using Json = nlohmann::ordered_json;

bool is_text(const Cell& cell) { return std::holds_alternative<std::string>(cell); }

/// Whether a column holds words, which stand to the left.
bool is_wordy(const Table& table, size_t column) {
  return std::any_of(table.rows.begin(), table.rows.end(), [=](const auto& row) { return is_text(row[column]); });
}

std::string with_commas(int64_t number) {
  std::string digits = std::to_string(std::abs(number));
  for (size_t place = digits.size(); place > 3; place -= 3) digits.insert(place - 3, ",");
  return (number < 0 ? "−" : "") + digits;
}

std::string shown_number(double number) {
  if (std::isnan(number)) return "–";
  if (std::isinf(number)) return number < 0 ? "−∞" : "∞";
  const double size = std::abs(number);
  std::string text = size == 0      ? "0"
                     : size >= 1e15 ? fmt::format("{:.2e}", size)
                     : size >= 1000 ? with_commas(std::llround(size))
                     : size < 1e-3  ? fmt::format("{:.2e}", size)
                                    : fmt::format("{:.{}f}", size,
                                                 size >= 100  ? 1
                                                  : size >= 10 ? 2
                                                  : size >= 1  ? 3
                                                               : 4);
  return (number < 0 ? "−" : "") + text;
}

std::string exact(const Cell& cell) {
  if (const auto* text = std::get_if<std::string>(&cell)) return *text;
  if (const auto* number = std::get_if<double>(&cell)) return std::isnan(*number) ? "" : fmt::format("{}", *number);
  return std::to_string(std::get<int64_t>(cell));
}

Cell cell_of(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_number_integer()) return value.get<int64_t>();
  return value.is_null() ? std::numeric_limits<double>::quiet_NaN() : value.get<double>();
}

std::string csv_field(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? "\"\"" : std::string(1, c);
  return quoted + "\"";
}

template <class Cells, class Field>
std::string line(const Cells& cells, const std::string& before, const std::string& between, const std::string& after,
                 const Field& field) {
  std::string text = before;
  for (size_t i = 0; i < cells.size(); ++i) text += (i ? between : "") + field(cells[i], i);
  return text + after;
}

std::string markdown_field(std::string text) {
  for (size_t place = 0; (place = text.find('|', place)) != std::string::npos; place += 2) text.insert(place, "\\");
  return text;
}

}  // namespace

void Table::add(std::vector<Cell> row) {
  if (row.size() != columns.size())
    fail("a row of ", row.size(), " cells does not fit a table of ", columns.size(), " columns");
  rows.push_back(std::move(row));
}

Table chosen_columns(const Table& table, const std::vector<std::string>& columns) {
  Table chosen{columns, {}};
  for (const auto& row : table.rows) {
    std::vector<Cell> cells;
    for (const std::string& column : columns)
      cells.push_back(row[static_cast<size_t>(std::find(table.columns.begin(), table.columns.end(), column) -
                                              table.columns.begin())]);
    chosen.add(cells);
  }
  return chosen;
}

std::string shown(const Cell& cell) {
  if (const auto* number = std::get_if<double>(&cell)) return shown_number(*number);
  if (const auto* whole = std::get_if<int64_t>(&cell)) return with_commas(*whole);
  return std::get<std::string>(cell);
}

std::string csv(const Table& table) {
  std::string text =
      line(table.columns, "", ",", "\n", [](const std::string& name, size_t) { return csv_field(name); });
  for (const auto& row : table.rows)
    text += line(row, "", ",", "\n", [](const Cell& cell, size_t) { return csv_field(exact(cell)); });
  return text;
}

std::string table_json(const Table& table) {
  Json rows = Json::array();
  for (const auto& row : table.rows) {
    Json object = Json::object();
    for (size_t i = 0; i < row.size(); ++i)  // NaN is dumped as null
      std::visit([&](const auto& value) { object[table.columns[i]] = value; }, row[i]);
    rows.push_back(object);
  }
  const Json document = {{"columns", table.columns}, {"rows", rows}};
  return json_text(document, 1) + "\n";
}

Table table_of_json(std::string_view json) {
  const Json document = Json::parse(json, nullptr, false);
  try {
    Table table{document.at("columns"), {}};
    for (const Json& row : document.at("rows")) {
      std::vector<Cell> cells;
      for (const std::string& column : table.columns) cells.push_back(cell_of(row.at(column)));
      table.add(std::move(cells));
    }
    return table;
  } catch (const Json::exception& error) {
    fail("this is not a table in JSON, an object with columns and rows: ", error.what());
  }
}

std::string markdown(const Table& table) {
  std::string text =
      line(table.columns, "| ", " | ", " |\n", [](const std::string& name, size_t) { return markdown_field(name); });
  text += line(table.columns, "| ", " | ", " |\n",
               [&](const std::string&, size_t i) { return std::string(is_wordy(table, i) ? "---" : "---:"); });
  for (const auto& row : table.rows)
    text += line(row, "| ", " | ", " |\n", [](const Cell& cell, size_t) { return markdown_field(shown(cell)); });
  return text;
}

std::string html(const Table& table) {
  const auto kind = [&](size_t i) { return std::string(is_wordy(table, i) ? " class=\"name\"" : ""); };
  std::string text = "<div class=\"table\"><table><thead>";
  text += line(table.columns, "<tr>", "", "</tr></thead><tbody>\n", [&](const std::string& name, size_t i) {
    return "<th scope=\"col\"" + kind(i) + "><button type=\"button\">" + html_escaped(name) + "</button></th>";
  });
  for (const auto& row : table.rows)
    text += line(row, "<tr>", "", "</tr>\n", [&](const Cell& cell, size_t i) {
      const std::string value = is_text(cell) ? "" : " data-value=\"" + exact(cell) + "\"";
      return "<td" + kind(i) + value + ">" + html_escaped(shown(cell)) + "</td>";
    });
  return text + "</tbody></table></div>\n";
}

}  // namespace limpid
