// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a CIF holds, as tables of words: all that the rest of limpid sees of gemmi's documents.

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace limpid {

/// Rows of values under tags in lower case; a value outside loops is a table of one row. Quotation marks are taken off,
/// and what the file leaves open, ? or ., is empty.
struct CifTable {
  std::vector<std::string> tags, values;
  int line = 0;  // where it begins

  size_t rows() const { return values.size() / tags.size(); }
};

struct CifBlock {
  std::string name, file;
  std::vector<CifTable> tables;

  /// The values of a tag, none of them where it is not there. Tags are in lower case.
  std::vector<const std::string*> column(const std::string& tag) const;

  /// The first value; empty where there is none.
  std::string value(const std::string& tag) const;

  /// Where a tag stands, for errors: "'file', line 12".
  std::string place(const std::string& tag) const;
};

/// Throws with the line where it is broken.
std::vector<CifBlock> read_cif_blocks(const std::string& bytes, const std::string& file);

}  // namespace limpid
