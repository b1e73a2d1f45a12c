// SPDX-License-Identifier: Apache-2.0
#pragma once
// A page of text, tables, charts and pictures in one HTML file that needs no other.

#include <string>
#include <utility>
#include <vector>

#include "limpid/render/picture.h"
#include "limpid/render/table.h"

namespace limpid {

/// A part of a sentence; what it is based on, where it is a number, is told when it is pointed at.
struct SentencePart {
  std::string text;
  std::string about = {};
};
using Sentence = std::vector<SentencePart>;

class Page {
 public:
  explicit Page(std::string title, std::string subtitle = "");

  // Each appends. Text is text: nothing in it is markup.
  void heading(const std::string& text);
  void subheading(const std::string& text);
  void paragraph(const std::string& text);
  void list(const std::vector<std::string>& entries);
  /// One after the other in a paragraph of larger letters, or each an entry of a list.
  void lead(const std::vector<Sentence>& all);
  void sentences(const std::vector<Sentence>& all);
  void facts(const std::vector<std::pair<std::string, std::string>>& pairs);
  void table(const Table& table, const std::string& caption = "");
  /// Charts side by side where the window is wide enough.
  void charts(const std::vector<std::string>& svgs, const std::string& caption = "");
  void picture(const Tensor& picture, const std::string& caption);
  /// Pictures in rows as wide as the window, each with its caption.
  void gallery(const std::vector<GridCell>& cells);

  std::string html() const;

 private:
  std::string title_, subtitle_, body_;
};

}  // namespace limpid
