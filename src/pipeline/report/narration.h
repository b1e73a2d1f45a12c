// SPDX-License-Identifier: Apache-2.0
#pragma once
// Sentences made of templates and numbers, each of which says where it comes from.

#include <map>
#include <string>
#include <variant>
#include <vector>

namespace limpid {

/// What stands for a name in a template: words, or a number and how it follows from a file.
struct Word {
  std::string name;
  std::variant<std::string, double> value;
  std::string file = {}, how = {};  // of numbers: below the output folder
};

/// A part of a sentence: text as it is shown; `word` of what was put in.
struct Piece {
  std::string text;
  const Word* word = nullptr;  // null: the template's own
};

struct Statement {
  std::string id;  // "evidence.share"
  std::vector<Word> words;
  std::vector<Piece> pieces;  // point into `words`

  Statement(std::string id, std::vector<Word> words);
  Statement(const Statement&) = delete;
  Statement(Statement&&) = default;

  std::string text() const;
  /// "evidence"
  std::string section() const { return id.substr(0, id.find('.')); }
};

/// The template of that name. Throws for others.
const std::string& statement_template(const std::string& id);
const std::map<std::string, std::string>& statement_templates();

/// A number as a template's form asks for: %, p, n, n one|many, x.
std::string shown_number(double value, const std::string& form);

}  // namespace limpid
