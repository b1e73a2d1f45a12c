// SPDX-License-Identifier: Apache-2.0
// VASP's POSCAR and CONTCAR, of version 5 and 4: a comment, a scale, three cell vectors, species, counts, positions.
#include <fmt/format.h>

#include <Eigen/LU>
#include <cmath>

#include "crystal/checking.h"
#include "crystal/formats/formats.h"

namespace limpid {
namespace {
namespace fs = std::filesystem;

using Eigen::Matrix3d;
using Eigen::Vector3d;

std::vector<double> leading_numbers(std::string_view line) {
  std::vector<double> numbers;
  for (const std::string_view word : words_of(line)) {
    const std::optional<double> number = number_of(word);
    if (!number) break;
    numbers.push_back(*number);
  }
  return numbers;
}

/// By the scale and the cell in lines 2 to 5.
bool looks_like_poscar(const std::string& beginning) {
  std::istringstream text(beginning);
  std::string line;
  for (int i = 1; i <= 5; ++i) {
    if (!std::getline(text, line)) return false;
    if (i > 1 && leading_numbers(line).size() < (i == 2 ? 1u : 3u)) return false;
  }
  return true;
}

bool recognises(const fs::path& path, const std::string& beginning) {
  const std::string name = path.filename().string();
  return has_ending(path, {".vasp", ".poscar", ".contcar"}) || name.starts_with("POSCAR") ||
         name.starts_with("CONTCAR") || looks_like_poscar(beginning);
}

/// What Cartesian lengths in x, y and z are multiplied by. One negative number is the volume of the cell.
Vector3d scale_of(const Lines& lines, const std::vector<double>& numbers, const Matrix3d& cell) {
  if (numbers.size() >= 3) {
    const Vector3d scale(numbers[0], numbers[1], numbers[2]);
    if (!(scale.minCoeff() > 0)) lines.fail("the three scale factors of line 2 must be above 0");
    return scale;
  }
  if (numbers[0] > 0) return Vector3d::Constant(numbers[0]);
  const double volume = std::abs(cell.determinant());
  if (numbers[0] == 0 || volume == 0)
    lines.fail("a scale of ", numbers[0], " with a cell of ", volume,
               " Å³ is impossible; expected a factor, or the volume with a minus");
  return Vector3d::Constant(std::cbrt(-numbers[0] / volume));
}

std::vector<int> species_in(const std::vector<std::string_view>& words) {
  std::vector<int> species;
  for (const std::string_view word : words) {
    species.push_back(species_of(word));
    if (species.back() == 0) break;
  }
  return species;
}

/// Of version 4, which has no line of species: the comment's first words, where they are symbols.
std::vector<int> species_of_comment(const Lines& lines, const std::string& comment, size_t count) {
  std::vector<std::string_view> words = words_of(comment);
  words.resize(std::min(words.size(), count));
  std::vector<int> species = species_in(words);
  if (species.size() < count || species.back() == 0)
    lines.fail("no species are named (VASP 4); expected a line with ", count,
               count == 1 ? " chemical symbol" : " chemical symbols", " before the counts, or in line 1");
  return species;
}

struct Header {
  Vector3d scale = Vector3d::Ones();
  Matrix3d cell = Matrix3d::Identity();
  std::vector<int> species = {};  // of each atom
  bool cartesian = false;
};

void read_cell(Lines& lines, Header& header) {
  const std::vector<double> scale = leading_numbers(lines.expect("a scale"));
  if (scale.empty()) lines.fail("no scale; expected one number, or three");
  for (int i = 0; i < 3; ++i) {
    Words words(lines.expect("a cell vector"));
    header.cell.row(i) = expect_vector(lines, words, "a cell vector of three numbers");
  }
  header.scale = scale_of(lines, scale, header.cell);
  header.cell = header.cell * header.scale.asDiagonal();
}

void read_species(Lines& lines, const std::string& comment, const StructureLimits& limits, Header& header) {
  std::string line(lines.expect("species or counts"));
  std::vector<int> species;
  const bool named = !words_of(line).empty() && !integer_of(words_of(line)[0]);
  if (named) {
    for (const std::string_view word : words_of(line)) species.push_back(expect_species(lines, word));
    line = lines.expect("counts of atoms");
  }
  const std::vector<std::string_view> counts = words_of(line);
  if (counts.empty()) lines.fail("no counts of atoms; expected a whole number for each species");
  if (!named) species = species_of_comment(lines, comment, counts.size());
  if (species.size() != counts.size())
    lines.fail(counts.size(), " counts for ", species.size(), " species; expected one for each");
  for (size_t i = 0; i < counts.size(); ++i) {
    const std::optional<int64_t> count = integer_of(counts[i]);
    if (!count || *count < 0) lines.fail(shown(counts[i]), " is no count of atoms; expected a whole number");
    if (*count > limits.atoms - static_cast<int64_t>(header.species.size()))
      check_atoms(lines.place(), *count + limits.atoms, limits);
    header.species.insert(header.species.end(), static_cast<size_t>(*count), species[i]);
  }
}

void read_mode(Lines& lines, Header& header) {
  const auto initial = [](std::string_view line) {
    const std::string_view word = Words(line).next();
    return word.empty() ? ' ' : static_cast<char>(std::tolower(static_cast<unsigned char>(word[0])));
  };
  constexpr std::string_view kModes = "'Direct' or 'Cartesian'";
  std::string_view line = lines.expect(kModes);
  if (initial(line) == 's') line = lines.expect(kModes);  // Selective dynamics: flags follow each position
  const char mode = initial(line);
  if (mode != 'd' && mode != 'c' && mode != 'k') lines.fail(shown(line), " is no mode; expected ", kModes);
  header.cartesian = mode != 'd';
}

void read(const fs::path& path, const StructureLimits& limits, const TakeStructure& take) {
  Lines lines(path, limits);
  const std::string comment(lines.expect("a comment"));
  Header header;
  read_cell(lines, header);
  read_species(lines, comment, limits, header);
  read_mode(lines, header);
  Structure structure;
  structure.cell = header.cell;
  for (size_t i = 0; i < header.species.size(); ++i) {
    Words words(lines.expect("the position of an atom"));
    const Vector3d position = expect_vector(lines, words, "the position of an atom");
    structure.positions.push_back(header.cartesian ? Vector3d(position.cwiseProduct(header.scale))
                                                   : Vector3d(header.cell.transpose() * position));
  }
  structure.species = std::move(header.species);
  Frames(path, take).give(std::move(structure), true);
}

/// Of atoms in a row of the same species.
std::vector<std::pair<int, int64_t>> runs(const std::vector<int>& species) {
  std::vector<std::pair<int, int64_t>> all;
  for (const int number : species) {
    if (all.empty() || all.back().first != number) all.emplace_back(number, 0);
    ++all.back().second;
  }
  return all;
}

void write(std::ostream& out, const Structure& structure) {
  if (!structure.cell)
    fail(called(structure), " is a cluster, which a POSCAR cannot hold; a name that ends in .xyz would do");
  std::string symbols, counts;
  for (const auto& [number, count] : runs(structure.species)) {
    symbols += " " + chemical_symbol(number);
    counts += " " + std::to_string(count);
  }
  out << "written by limpid\n1.0\n";
  for (const auto& vector : structure.cell->rowwise())
    out << fmt::format("{:22.16f} {:22.16f} {:22.16f}\n", vector[0], vector[1], vector[2]);
  out << symbols << "\n" << counts << "\nDirect\n";
  const Matrix3d to_fraction = structure.cell->transpose().inverse();
  for (const Vector3d& position : structure.positions) {
    const Vector3d fraction = to_fraction * position;
    out << fmt::format("{:19.16f} {:19.16f} {:19.16f}\n", fraction[0], fraction[1], fraction[2]);
  }
}

}  // namespace

const StructureFormat poscar_format = {
    "POSCAR", "POSCAR* CONTCAR* *.vasp *.poscar", "a crystal, as VASP 4 and 5 have it", recognises, read, write};

}  // namespace limpid
