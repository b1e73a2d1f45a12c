// SPDX-License-Identifier: Apache-2.0
#include "crystal/mean_crystal.h"

#include <Eigen/LU>
#include <algorithm>
#include <complex>

#include "crystal/lattice.h"
#include "crystal/lattice_points.h"
#include "crystal/mean_sites.h"
#include "crystal/pair_lattice.h"
#include "limpid/core/random.h"
#include "limpid/crystal/neighbours.h"

namespace limpid {
namespace {

using Eigen::Matrix3d;
using Eigen::Vector3d;

constexpr size_t kGuessesOfCrystal = 8;  // lattices that are always compared; more where none of them is good
constexpr double kGood = 1;              // gain that atoms without order do not reach
constexpr double kCell = .3;           // how far multiples that make up the structure's cell may be from whole numbers
constexpr double kTooNear = .7;        // of the shortest vector that many pairs have
constexpr double kLooseCrystal = .04;  // spread, in units of that vector, at which a site may be two
constexpr double kReflection = 10;     // intensity that atoms missing at random hardly reach: exp(−10)
constexpr int kEnlarged = 3;           // times that a lattice is made coarser
constexpr int64_t kSmall = 32;         // atoms: fewer may lie alike in a lattice that is not theirs, by chance
constexpr double kFinest = .01;        // ångström: a spread that is as good as none
constexpr double kMiss = 4.5;          // standard errors by which symmetric sites may be off
constexpr int64_t kAtoms = 2000;       // more are looked at in parts
constexpr double kPart = 800;          // atoms of a part
constexpr int kParts = 4;              // that are tried

/// The structure's own cell is made of whole vectors of the lattice, which it then fixes.
bool fixed_by_cell(Matrix3d& lattice, const Matrix3d& cell) {
  const Matrix3d shortest = shortest_cell(cell);  // of small multiples
  const Matrix3d multiples = shortest * lattice.inverse(), whole = multiples.array().rint();
  if ((multiples - whole).cwiseAbs().maxCoeff() > kCell || std::abs(whole.determinant()) < .5) return false;
  lattice = shortest_cell(whole.inverse() * shortest);
  return true;
}

/// What the likelihood of the atoms gains over lying anywhere, an atom, less what as many parameters gain by chance.
double gain_of(const MeanCrystal& crystal, int64_t atoms) {
  const auto all = static_cast<double>(atoms), sites = static_cast<double>(crystal.sites.size());
  const double gaussian = std::pow(2 * M_PI * M_E, 1.5) * std::pow(crystal.spread + kFinest, 3);
  const double densest = std::abs(crystal.cell.determinant()) / gaussian;
  double near = 0, gain = 0;
  for (const MeanSite& site : crystal.sites) {
    const double share = static_cast<double>(site.atoms.size()) / all;
    near += share;
    if (share > 0) gain += share * std::log(share * densest);
  }
  const double parameters = 3 * sites + (crystal.exact ? 0 : 9);
  return gain + (near < 1 ? (1 - near) * std::log(1 - near) : 0) - .65 * parameters * std::log(all) / all;
}

MeanCrystal crystal_with(const Structure& structure, const Matrix3d& cell, double shortest) {
  MeanCrystal crystal;
  crystal.cell = cell;
  if (structure.cell) crystal.exact = fixed_by_cell(crystal.cell, *structure.cell);
  crystal.sites = gathered_sites(structure, crystal.cell, shortest / 2);
  if (!crystal.exact) fit_to_atoms(crystal, structure);
  crystal.spread = spread_of(crystal, structure);
  crystal.gain = gain_of(crystal, structure.size());
  return crystal;
}

/// A lattice of a few times the volume, and a vector of its reciprocal lattice that is none of the former's: `sum` /
/// times as fractions of that.
struct Coarser {
  Matrix3d cell;
  Vector3d sum;
  int times;
};

/// Those of `times` the volume, a prime: of the vectors with a multiple of it as some sum of coordinates.
std::vector<Coarser> coarser(const Matrix3d& cell, int times) {
  std::vector<Coarser> found;
  for (int code = 1; code < times * times * times; ++code) {
    const Eigen::Vector3i sum(code % times, code / times % times, code / times / times);
    const int first = sum[0] ? 0 : sum[1] ? 1 : 2;
    if (sum[first] != 1) continue;  // the same lattice as with a multiple of the sum
    Matrix3d larger = cell;
    larger.row(first) *= times;
    for (int row = first + 1; row < 3; ++row) larger.row(row) -= sum[row] * cell.row(first);
    found.push_back({shortest_cell(larger), sum.cast<double>(), times});
  }
  return found;
}

/// The intensity of a superlattice reflection, an atom, at the sites where it is strongest: about 1 or less where sites
/// lack atoms at random, up to the number of atoms where every second or third lacks one.
double intensity_of(const Coarser& lattice, const MeanCrystal& crystal, const Structure& structure) {
  const Remainder remainder(crystal.cell);
  double strongest = 0;
  for (const MeanSite& site : crystal.sites) {
    std::vector<double> counts(static_cast<size_t>(lattice.times));  // of atoms by phase, in `times` of a turn
    for (const int64_t atom : site.atoms) {
      const Vector3d whole = remainder.whole(structure.positions[static_cast<size_t>(atom)] - site.position);
      const double turns = lattice.sum.dot(whole) / lattice.times;
      ++counts[static_cast<size_t>(std::lround((turns - std::floor(turns)) * lattice.times)) % counts.size()];
    }
    std::complex<double> sum = 0;
    for (size_t phase = 0; phase < counts.size(); ++phase)
      sum += std::polar(counts[phase], 2 * M_PI * static_cast<double>(phase) / lattice.times);
    strongest = std::max(strongest, std::norm(sum) / static_cast<double>(site.atoms.size()));
  }
  return strongest;
}

/// Sites that lack atoms in order are those of a coarser lattice, which is looked for in up to kEnlarged steps; one may
/// gain nothing before the next does.
template <typename CrystalIn>
MeanCrystal enlarged(const MeanCrystal& crystal, const Structure& structure, const CrystalIn& crystal_in) {
  MeanCrystal best = crystal, last = crystal;
  for (int step = 0; step < kEnlarged; ++step) {
    std::optional<MeanCrystal> next;
    for (const int times : {2, 3})
      for (const Coarser& lattice : coarser(last.cell, times)) {
        if (intensity_of(lattice, last, structure) < kReflection) continue;
        auto found = crystal_in(lattice.cell);
        if (!found || !found->exact) continue;
        if (!next || found->gain > next->gain) next = std::move(found);
      }
    if (!next) break;
    last = *std::move(next);
    if (last.gain > best.gain) best = last;
  }
  return best;
}

std::optional<MeanCrystal> crystal_of(const Structure& structure) {
  const PairLattices lattices(structure);
  const bool small = structure.cell && structure.size() < kSmall;
  std::optional<MeanCrystal> best;
  const auto crystal_in = [&](const Matrix3d& cell) -> std::optional<MeanCrystal> {
    MeanCrystal crystal = crystal_with(structure, cell, lattices.shortest());
    if (small && !crystal.exact) return {};
    if (!(nearest_distance(crystal) > kTooNear * lattices.shortest())) return {};
    return crystal;
  };
  const auto consider = [&](const Matrix3d& cell) {
    auto crystal = crystal_in(cell);
    if (crystal && (!best || crystal->gain > best->gain)) best = std::move(crystal);
  };
  const double loose = kLooseCrystal * lattices.shortest();
  if (small) consider(shortest_cell(*structure.cell));
  for (size_t i = 0; i < lattices.size(); ++i) {
    if (best && best->gain > kGood && i >= (best->spread > loose ? kGuessesOfCrystal : kGuessesOfCrystal / 2)) break;
    if (const auto cell = lattices.guess(i)) consider(*cell);
  }
  if (!best || best->gain < kGood) return {};
  if (best->spread > loose)
    for (const Coarser& lattice : coarser(best->cell, 2)) consider(lattice.cell);
  if (best->exact) best = enlarged(*best, structure, crystal_in);  // a piece's shape has reflections of its own
  symmetrise_sites(*best, kMiss * best->uncertainty() + 1e-3 * lattices.shortest());
  return best;
}

/// About kPart atoms around one of them, without a cell, and which they are.
struct Part {
  Structure structure;
  std::vector<int64_t> atoms;

  Part(const Structure& whole, const AtomTree& tree, const Vector3d& center) {
    double radius = 10;  // ångström
    for (int step = 0; step < 3; ++step) {
      structure = {};
      atoms.clear();
      tree.for_each_within(center, radius, [&](int64_t atom, const Vector3d& between) {
        structure.positions.push_back(center + between);
        structure.species.push_back(whole.species[static_cast<size_t>(atom)]);
        atoms.push_back(atom);
      });
      radius *= std::cbrt(kPart / std::max<double>(1, static_cast<double>(atoms.size())));
    }
  }
};

/// Of the first of a few parts in which a crystal stands out, the middle one first.
std::optional<MeanCrystal> crystal_of_parts(const Structure& structure) {
  const AtomTree tree(structure);
  Vector3d center = Vector3d::Zero();
  for (const Vector3d& position : structure.positions) center += position / static_cast<double>(structure.size());
  Random random(1);
  for (int part = 0; part < kParts; ++part) {
    const Part atoms(structure, tree, center);
    center = structure.positions[static_cast<size_t>(random.below(structure.size()))];
    if (atoms.atoms.empty()) continue;
    auto crystal = crystal_of(atoms.structure);
    if (!crystal) continue;
    for (MeanSite& site : crystal->sites)
      for (int64_t& atom : site.atoms) atom = atoms.atoms[static_cast<size_t>(atom)];
    return crystal;
  }
  return {};
}

}  // namespace

double MeanCrystal::uncertainty() const {
  size_t fewest = sites.front().atoms.size();
  for (const MeanSite& site : sites) fewest = std::min(fewest, site.atoms.size());
  return 2 * spread / std::sqrt(static_cast<double>(fewest));
}

std::optional<MeanCrystal> mean_crystal(const Structure& structure) {
  return structure.size() > kAtoms ? crystal_of_parts(structure) : crystal_of(structure);
}

double nearest_distance(const MeanCrystal& crystal) {
  const Matrix3d cell = shortest_cell(crystal.cell);
  const Remainder remainder(cell);
  double sum = 0;
  for (const MeanSite& site : crystal.sites) {
    double nearest = cell.row(0).norm();
    for (const MeanSite& other : crystal.sites) {
      if (&other == &site) continue;
      const Vector3d between = remainder(other.position - site.position);
      for (int image = 0; image < 27; ++image)  // in a cell as short as can be the nearest is next to it
        nearest = std::min(
            nearest, (between + cell.transpose() * Vector3d(image % 3 - 1, image / 3 % 3 - 1, image / 9 - 1)).norm());
    }
    sum += nearest;
  }
  return sum / static_cast<double>(crystal.sites.size());
}

}  // namespace limpid
