// SPDX-License-Identifier: Apache-2.0
// XYZ: a count, a comment, and a line for each atom; extended where the comment tells of cell and columns.
#include <fmt/format.h>

#include "crystal/formats/formats.h"
#include "crystal/formats/xyz_comment.h"

namespace limpid {
namespace {
namespace fs = std::filesystem;

bool is_atom(const std::string& line) {
  const std::vector<std::string_view> words = words_of(line);
  return words.size() >= 4 && number_of(words[1]) && number_of(words[2]) && number_of(words[3]);
}

bool recognises(const fs::path& path, const std::string& beginning) {
  if (has_ending(path, {".xyz", ".extxyz"})) return true;
  std::istringstream text(beginning);
  std::string count, comment, atom;
  if (!std::getline(text, count) || !std::getline(text, comment) || !std::getline(text, atom)) return false;
  const std::vector<std::string_view> words = words_of(count);
  return words.size() == 1 && integer_of(words[0]) &&
         (is_atom(atom) || comment.find("Properties=") != std::string::npos);
}

int64_t count_of_atoms(Lines& lines, const StructureLimits& limits) {
  const std::vector<std::string_view> words = words_of(lines.expect("a count of atoms"));
  const std::optional<int64_t> count = words.size() == 1 ? integer_of(words[0]) : std::nullopt;
  if (!count || *count < 0)
    lines.fail(shown(words.empty() ? "" : words[0]), " begins a frame; expected a count of atoms alone in its line");
  check_atoms(lines.place(), *count, limits);
  return *count;
}

void read_atom(const Lines& lines, std::string_view line, const XyzColumns& columns, Structure& structure) {
  Words words(line);
  Eigen::Vector3d position;
  int species = 0;
  const size_t needed = std::max(columns.species + 1, columns.position + 3);  // some files lack what comes after them
  for (size_t i = 0; i < columns.count; ++i) {
    const std::string_view word = words.next();
    if (word.empty() && i < needed) lines.fail(i, " columns; expected at least ", needed, " for an atom");
    if (i == columns.species) species = expect_species(lines, word);
    if (i < columns.position || i >= columns.position + 3) continue;
    Words coordinate(word);
    position[static_cast<Eigen::Index>(i - columns.position)] = expect_number(lines, coordinate, "a coordinate");
  }
  if (columns.exact && !words.rest().empty())
    lines.fail("more than the ", columns.count, " columns of Properties: ", shown(words.rest()));
  structure.species.push_back(species);
  structure.positions.push_back(position);
}

Structure read_frame(Lines& lines, const StructureLimits& limits) {
  constexpr int64_t kReserved = 1 << 16;  // what the file says and has not yet shown
  const int64_t count = count_of_atoms(lines, limits);
  XyzComment comment = read_xyz_comment(lines, lines.expect("a comment"));
  Structure structure;
  structure.cell = comment.cell;
  structure.notes = std::move(comment.notes);
  structure.species.reserve(static_cast<size_t>(std::min(count, kReserved)));
  structure.positions.reserve(static_cast<size_t>(std::min(count, kReserved)));
  for (int64_t i = 0; i < count; ++i) read_atom(lines, lines.expect("an atom"), comment.columns, structure);
  return structure;
}

void read(const fs::path& path, const StructureLimits& limits, const TakeStructure& take) {
  Lines lines(path, limits);
  Frames frames(path, take);
  bool more = true;
  while (more) {
    Structure structure = read_frame(lines, limits);
    const bool last = lines.at_end();
    more = frames.give(std::move(structure), last) && !last;
  }
}

constexpr std::string_view kWordCharacters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";

/// "R", "I" or "S".
char type_of(const AtomColumn& column) { return "RIS"[column.values.index()]; }

void check_columns(const Structure& structure, const std::vector<AtomColumn>& columns) {
  for (const AtomColumn& column : columns) {
    if (column.name.empty() || column.name.find_first_not_of(kWordCharacters) != std::string::npos)
      fail("a column of atoms is called '", column.name, "'; expected letters, digits and _");
    const size_t count = std::visit([](const auto& values) { return values.size(); }, column.values);
    if (count != structure.species.size())
      fail("the column ", column.name, " has ", count, " values for ", structure.species.size(), " atoms");
    if (const auto* const words = std::get_if<std::vector<std::string>>(&column.values))
      for (const std::string& word : *words)
        if (words_of(word).size() != 1 || words_of(word)[0] != word)
          fail("the column ", column.name, " has the value '", word, "'; expected one word");
  }
}

std::string comment_of(const Structure& structure, const std::vector<AtomColumn>& columns) {
  std::string text;
  if (structure.cell)
    for (int i = 0; i < 9; ++i)
      text += fmt::format("{}{}", i == 0 ? "Lattice=\"" : " ", (*structure.cell)(i / 3, i % 3));
  text += structure.cell ? "\" Properties=species:S:1:pos:R:3" : "Properties=species:S:1:pos:R:3";
  for (const AtomColumn& column : columns) text += ":" + column.name + ":" + type_of(column) + ":1";
  return text + (structure.cell ? " pbc=\"T T T\"" : " pbc=\"F F F\"");
}

void write(std::ostream& out, const Structure& structure) { write_extended_xyz(out, structure); }

}  // namespace

void write_extended_xyz(std::ostream& out, const Structure& structure, const std::vector<AtomColumn>& columns) {
  check_columns(structure, columns);
  fmt::memory_buffer text;
  const auto to = std::back_inserter(text);
  fmt::format_to(to, "{}\n{}\n", structure.size(), comment_of(structure, columns));
  for (size_t i = 0; i < structure.species.size(); ++i) {
    const Eigen::Vector3d& p = structure.positions[i];
    fmt::format_to(to, "{} {} {} {}", chemical_symbol(structure.species[i]), p[0], p[1], p[2]);
    for (const AtomColumn& column : columns)
      std::visit([&](const auto& values) { fmt::format_to(to, " {}", values[i]); }, column.values);
    fmt::format_to(to, "\n");
  }
  out.write(text.data(), static_cast<std::streamsize>(text.size()));
}

const StructureFormat xyz_format = {
    "XYZ", "*.xyz *.extxyz", "clusters, or crystals where it is extended, in frames", recognises, read, write, true};

}  // namespace limpid
