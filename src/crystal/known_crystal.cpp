// SPDX-License-Identifier: Apache-2.0
#include "crystal/known_crystal.h"

#include <Eigen/LU>
#include <algorithm>
#include <map>

#include "crystal/lattice_points.h"
#include "limpid/crystal/asymmetry.h"

namespace limpid {
namespace {

constexpr int64_t kManyAtoms = 12;           // in a standard cell: there may be a smaller one behind them
constexpr int64_t kMostAtomsOfKnown = 2000;  // for spglib, whose time grows with their square
constexpr int64_t kSomeAtoms = 64;           // from which on the mean crystal is found sooner than spglib's cell
constexpr double kExact = .005;              // ångström: spread of atoms that are not moved

bool is_of_one_species(const Structure& structure) {
  return std::all_of(structure.species.begin(), structure.species.end(),
                     [&](int species) { return species == structure.species.front(); });
}

/// Whether atoms are moved, or sites or cells lack one.
bool is_defective(const MeanCrystal& crystal, const Structure& structure) {
  size_t atoms = 0;
  for (const MeanSite& site : crystal.sites) atoms += site.atoms.size();
  const double cells = std::abs(structure.cell->determinant() / crystal.cell.determinant());
  const double sites = cells * static_cast<double>(crystal.sites.size());
  return !crystal.exact || crystal.spread > kExact || atoms != structure.positions.size() ||
         std::abs(sites - static_cast<double>(atoms)) > .5;
}

}  // namespace

const std::optional<StandardCell>& KnownCrystal::standard() {
  if (!standard_) standard_ = find_standard();
  return *standard_;
}

std::optional<StandardCell> KnownCrystal::find_standard() {
  if (!structure_.cell || structure_.size() > kMostAtomsOfKnown) return {};
  if (structure_.size() < kSomeAtoms || !mean() ||
      structure_.size() < few_cells * static_cast<int64_t>(mean()->sites.size()))
    return find_standard_cell(structure_);
  const bool defective = is_defective(*mean(), structure_), one_species = is_of_one_species(structure_);
  if (one_species && !defective) return find_standard_cell(as_structure(*mean(), structure_));
  if (one_species) return {};
  no_symmetry_ = has_no_symmetry(structure_);
  return no_symmetry_ ? std::nullopt : find_standard_cell(structure_);
}

std::optional<SpaceGroup> KnownCrystal::group() {
  if (standard()) return standard()->group;
  return no_symmetry_ ? std::optional(SpaceGroup{1, "P1"}) : std::nullopt;
}

bool KnownCrystal::has_small_cell() { return structure_.cell && standard() && standard()->cell.size() < kManyAtoms; }

const std::optional<MeanCrystal>& KnownCrystal::mean() {
  if (!mean_) mean_ = mean_crystal(structure_);
  return *mean_;
}

Structure as_structure(const MeanCrystal& crystal, const Structure& structure) {
  Structure result;
  result.cell = settled_cell(crystal.cell);  // the same for the same lattice, about which spglib is asked once
  for (const MeanSite& site : crystal.sites) {
    std::map<int, int64_t> species;
    for (const int64_t atom : site.atoms) ++species[structure.species[static_cast<size_t>(atom)]];
    const auto commonest = std::max_element(
        species.begin(), species.end(), [](const auto& one, const auto& other) { return one.second < other.second; });
    result.species.push_back(commonest->first);
    result.positions.push_back(site.position);
  }
  return result;
}

}  // namespace limpid
