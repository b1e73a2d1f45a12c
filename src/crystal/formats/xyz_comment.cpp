// SPDX-License-Identifier: Apache-2.0
#include "crystal/formats/xyz_comment.h"

namespace limpid {
namespace {

/// A value and what closes it where it begins with a quotation mark or a bracket: "5 0 0", [5, 0, 0], {5 0 0}.
std::string_view value_at(std::string_view text) {
  constexpr std::string_view kOpening = "\"'[{", kClosing = "\"']}";
  const size_t kind = text.empty() ? std::string_view::npos : kOpening.find(text[0]);
  if (kind == std::string_view::npos) return text.substr(0, text.find_first_of(" \t\r\n"));
  if (text[0] == '[') {  // may be nested
    int depth = 0;
    for (size_t i = 0; i < text.size(); ++i) {
      depth += text[i] == '[' ? 1 : text[i] == ']' ? -1 : 0;
      if (depth == 0) return text.substr(0, i + 1);
    }
    return text;
  }
  const size_t end = text.find(kClosing[kind], 1);
  return text.substr(0, end == std::string_view::npos ? end : end + 1);
}

std::string without_brackets(std::string_view value) {
  std::string text(value);
  for (char& c : text)
    if (std::string_view("\"'[]{},").find(c) != std::string_view::npos) c = ' ';
  return text;
}

std::string_view without_leading_space(std::string_view text) {
  text.remove_prefix(std::min(text.size(), text.find_first_not_of(" \t\r\n")));
  return text;
}

/// Of the first of each key, in lower case.
std::map<std::string, std::string> pairs_in(std::string_view comment) {
  std::map<std::string, std::string> pairs;
  for (std::string_view rest = without_leading_space(comment); !rest.empty(); rest = without_leading_space(rest)) {
    std::string key(rest.substr(0, rest.find_first_of("= \t\r\n")));
    for (char& c : key) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    rest = without_leading_space(rest.substr(key.size()));
    if (!rest.starts_with('=')) continue;
    rest = without_leading_space(rest.substr(1));
    const std::string_view value = value_at(rest);
    pairs.emplace(std::move(key), without_brackets(value));
    rest.remove_prefix(value.size());
  }
  return pairs;
}

Eigen::Matrix3d lattice_of(const Lines& lines, const std::string& value) {
  Words words(value);
  Eigen::Matrix3d cell;
  for (int i = 0; i < 3; ++i) cell.row(i) = expect_vector(lines, words, "nine numbers of Lattice");
  if (!words.rest().empty()) lines.fail("more than nine numbers of Lattice: ", shown(words.rest()));
  return cell;
}

/// In how many directions it repeats.
int periodic_directions(const Lines& lines, const std::string& value) {
  std::vector<std::string_view> words = words_of(value);
  if (words.size() == 1) words.resize(3, words[0]);
  int count = 0;
  for (const std::string_view word : words) {
    const char c = static_cast<char>(std::tolower(static_cast<unsigned char>(word[0])));
    if (c != 't' && c != 'f' && c != '1' && c != '0') lines.fail(shown(word), " in pbc; expected T or F");
    if (c == 't' || c == '1') ++count;
  }
  if (words.size() != 3) lines.fail("pbc has ", words.size(), " values; expected three of T or F");
  return count;
}

/// "species:S:1:pos:R:3:…"
XyzColumns columns_of(const Lines& lines, const std::string& value) {
  constexpr size_t kNone = std::string::npos;
  constexpr int64_t kMostColumns = 10'000;
  XyzColumns columns = {kNone, kNone, 0, true};
  size_t numbers = kNone;
  std::istringstream text(value);
  for (std::string name, type, count; std::getline(text, name, ':');) {
    if (!std::getline(text, type, ':') || !std::getline(text, count, ':'))
      lines.fail("Properties are ", shown(value), "; expected name:type:count for each");
    const std::optional<int64_t> width = integer_of(words_of(count).empty() ? "" : words_of(count)[0]);
    if (!width || *width < 1 || *width > kMostColumns)
      lines.fail("the property ", shown(name), " has ", shown(count), " columns; expected 1 to ", kMostColumns);
    const std::string_view word = words_of(name).empty() ? "" : words_of(name)[0];
    if (word == "species" && *width == 1) columns.species = columns.count;
    if (word == "pos" && *width == 3) columns.position = columns.count;
    if (word == "Z" && *width == 1) numbers = columns.count;
    columns.count += static_cast<size_t>(*width);
    if (columns.count > kMostColumns) lines.fail("Properties have more than ", kMostColumns, " columns");
  }
  if (columns.species == kNone) columns.species = numbers;
  if (columns.species == kNone || columns.position == kNone)
    lines.fail("Properties are ", shown(value), "; expected species:S:1 (or Z:I:1) and pos:R:3 among them");
  return columns;
}

}  // namespace

XyzComment read_xyz_comment(const Lines& lines, std::string_view comment) {
  const std::map<std::string, std::string> pairs = pairs_in(comment);
  XyzComment read;
  if (const auto found = pairs.find("properties"); found != pairs.end())
    read.columns = columns_of(lines, found->second);
  const auto lattice = pairs.find("lattice"), pbc = pairs.find("pbc");
  if (lattice != pairs.end()) read.cell = lattice_of(lines, lattice->second);
  if (pbc == pairs.end()) return read;
  const int directions = periodic_directions(lines, pbc->second);
  if (directions > 0 && !read.cell) lines.fail("pbc says that the structure repeats, but there is no Lattice");
  if (directions == 0) read.cell.reset();
  if (directions == 1 || directions == 2)
    read.notes.push_back("it repeats in " + std::to_string(directions) +
                         " of three directions (pbc), and is taken to repeat in all of them");
  return read;
}

}  // namespace limpid
