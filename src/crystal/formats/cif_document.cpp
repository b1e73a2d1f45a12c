// SPDX-License-Identifier: Apache-2.0
// Compiled as C++17, without the precompiled header: clang does not take gemmi's documents as C++20, in which a
// vector's elements must be complete earlier.
#include "crystal/formats/cif_document.h"

#include <gemmi/cif.hpp>

#include "limpid/core/error.h"

namespace limpid {
namespace {

using gemmi::cif::Block;
using gemmi::cif::Item;
using gemmi::cif::ItemType;

gemmi::cif::Document parsed(const std::string& bytes, const std::string& file) {
  try {
    return gemmi::cif::read_memory(bytes.data(), bytes.size(), "line");
  } catch (const tao::pegtl::parse_error& error) {
    fail("'", file, "', line ", error.positions().front().line, ": ", error.message());
  } catch (const std::runtime_error& error) {  // begins with the name given and a number
    const std::string reason = error.what();
    const bool placed = reason.rfind("line:", 0) == 0;
    fail("'", file, placed ? "', line " : "': ", placed ? reason.substr(5) : reason);
  }
}

std::string plain(const std::string& value) {
  return gemmi::cif::is_null(value) ? std::string() : gemmi::cif::as_string(value);
}

CifTable table_of(const Item& item) {
  CifTable table;
  table.line = item.line_number;
  if (item.type == ItemType::Pair) {
    table.tags = {gemmi::to_lower(item.pair[0])};
    table.values = {plain(item.pair[1])};
    return table;
  }
  for (const std::string& tag : item.loop.tags) table.tags.push_back(gemmi::to_lower(tag));
  table.values.reserve(item.loop.values.size());
  for (const std::string& value : item.loop.values) table.values.push_back(plain(value));
  return table;
}

/// The table with a tag, and the tag's column in it.
std::pair<const CifTable*, size_t> find(const CifBlock& block, const std::string& tag) {
  for (const CifTable& table : block.tables)
    for (size_t i = 0; i < table.tags.size(); ++i)
      if (table.tags[i] == tag) return {&table, i};
  return {nullptr, 0};
}

}  // namespace

std::vector<const std::string*> CifBlock::column(const std::string& tag) const {
  const auto found = find(*this, tag);
  std::vector<const std::string*> values;
  if (!found.first) return values;
  const size_t width = found.first->tags.size();
  for (size_t row = 0; row < found.first->rows(); ++row)
    values.push_back(&found.first->values[row * width + found.second]);
  return values;
}

std::string CifBlock::value(const std::string& tag) const {
  const auto values = column(tag);
  return values.empty() ? std::string() : *values.front();
}

std::string CifBlock::place(const std::string& tag) const {
  const CifTable* const table = find(*this, tag).first;
  return "'" + file + "'" + (table ? ", line " + std::to_string(table->line) : " in data_" + name);
}

std::vector<CifBlock> read_cif_blocks(const std::string& bytes, const std::string& file) {
  std::vector<CifBlock> blocks;
  for (const Block& block : parsed(bytes, file).blocks) {
    blocks.push_back({block.name, file, {}});
    for (const Item& item : block.items)
      if (item.type == ItemType::Pair || (item.type == ItemType::Loop && !item.loop.tags.empty()))
        blocks.back().tables.push_back(table_of(item));
  }
  return blocks;
}

}  // namespace limpid
