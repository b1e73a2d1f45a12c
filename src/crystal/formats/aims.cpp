// SPDX-License-Identifier: Apache-2.0
// FHI-aims' geometry.in: a keyword a line.
#include <array>

#include "crystal/formats/formats.h"

namespace limpid {
namespace {
namespace fs = std::filesystem;

using Eigen::Vector3d;

/// What may stand in the file and says nothing about where atoms are.
constexpr std::array kIgnored = {"calculate_friction",
                                 "constrain_relaxation",
                                 "empty",
                                 "esp_constraint",
                                 "hessian_block",
                                 "hessian_block_lv",
                                 "hessian_block_lv_atom",
                                 "hessian_file",
                                 "homogeneous_field",
                                 "include_in_hessian",
                                 "initial_charge",
                                 "initial_moment",
                                 "isotope",
                                 "magnetic_moment",
                                 "magnetic_response",
                                 "multipole",
                                 "nuclear_spin",
                                 "pseudocore",
                                 "rt_tddft_initial_velocity",
                                 "set_vacuum_level",
                                 "symmetry_frac",
                                 "symmetry_frac_change_threshold",
                                 "symmetry_lv",
                                 "symmetry_n_params",
                                 "symmetry_params",
                                 "trust_radius",
                                 "velocity",
                                 "verbatim_writeout"};

bool recognises(const fs::path& path, const std::string& beginning) {
  if (path.filename().string().starts_with("geometry.in")) return true;
  std::istringstream text(beginning);
  for (std::string line; std::getline(text, line);) {
    Words words(line);
    const std::string_view keyword = words.next();
    if (keyword.empty() || keyword.starts_with('#')) continue;
    if (keyword == "lattice_vector" || keyword == "atom_frac" || keyword == "atom")
      return number_of(words.next()).has_value();
    if (std::find(kIgnored.begin(), kIgnored.end(), keyword) == kIgnored.end()) return false;
  }
  return false;
}

struct Geometry {
  std::vector<Vector3d> vectors;
  Structure structure;
  std::vector<size_t> fractional;  // atoms whose positions are fractions
};

void read_line(const Lines& lines, std::string_view line, Geometry& geometry) {
  Words words(line.substr(0, line.find('#')));
  const std::string_view keyword = words.next();
  if (keyword == "lattice_vector") {
    geometry.vectors.push_back(expect_vector(lines, words, "three numbers and no more than three such lines"));
  } else if (keyword == "atom" || keyword == "atom_frac") {
    if (keyword == "atom_frac") geometry.fractional.push_back(geometry.structure.positions.size());
    geometry.structure.positions.push_back(expect_vector(lines, words, "the position of an atom"));
    geometry.structure.species.push_back(expect_species(lines, words.next()));
  } else if (!keyword.empty() && std::find(kIgnored.begin(), kIgnored.end(), keyword) == kIgnored.end()) {
    lines.fail("the keyword ", shown(keyword),
               " is not known; expected atom, atom_frac, lattice_vector or another of "
               "FHI-aims");
  }
}

void read(const fs::path& path, const StructureLimits& limits, const TakeStructure& take) {
  Lines lines(path, limits);
  Geometry geometry;
  for (std::string_view line; lines.next(line);) {
    read_line(lines, line, geometry);
    check_atoms(lines.place(), geometry.structure.size(), limits);
    if (geometry.vectors.size() > 3) lines.fail("a fourth lattice_vector; expected three, or none for a cluster");
  }
  Structure& structure = geometry.structure;
  if (!geometry.vectors.empty()) {
    if (geometry.vectors.size() != 3)
      lines.fail(geometry.vectors.size(), " lattice_vector lines; expected three, or none for a cluster");
    structure.cell.emplace();
    for (int i = 0; i < 3; ++i) structure.cell->row(i) = geometry.vectors[static_cast<size_t>(i)];
  } else if (!geometry.fractional.empty()) {
    lines.fail("atom_frac without lattice_vector lines; expected three of them");
  }
  for (const size_t atom : geometry.fractional)
    structure.positions[atom] = structure.cell->transpose() * structure.positions[atom];
  Frames(path, take).give(std::move(structure), true);
}

}  // namespace

const StructureFormat aims_format = {"FHI-aims", "geometry.in*", "a crystal or a cluster, as FHI-aims has it",
                                     recognises, read};

}  // namespace limpid
