// SPDX-License-Identifier: Apache-2.0
#include <Eigen/LU>
#include <algorithm>
#include <cmath>

#include "crystal/checking.h"
#include "crystal/known_crystal.h"
#include "crystal/lattice.h"
#include "crystal/lattice_points.h"
#include "limpid/core/error.h"
#include "limpid/crystal/classes.h"
#include "limpid/crystal/diffraction.h"
#include "limpid/crystal/symmetry.h"

namespace limpid {
namespace {

using Eigen::Array3d;
using Eigen::Matrix3d;
using Eigen::Vector3d;

constexpr double kTie = 1e-6;              // ångström: extents that differ by less are equal
constexpr double kEdge = .01;              // ångström: atoms so near to the far side of the cell are at its near side
constexpr double kLoose = .1;              // ångström: largest tolerance at which a crystal's symmetry is looked for
constexpr double kRough[] = {.3, .2, .1};  // ångström: tolerances for lattices of pieces
constexpr double kOnSites = .02;           // spread of atoms that are not moved, in units of the nearest distance

/// Atoms in the cell; those at its far side, within rounding, at the near one.
Structure tidied(Structure structure) {
  const Matrix3d to_space = structure.cell->transpose(), to_fraction = to_space.inverse();
  const Array3d edge = kEdge / heights_of(*structure.cell).array();
  for (Vector3d& position : structure.positions) {
    const Array3d fraction = (to_fraction * position).array();
    position = to_space * (fraction - (fraction + edge).floor()).matrix();
  }
  return structure;
}

/// How often the cell is repeated until there are enough atoms: always once more along the axis in which they extend
/// least.
std::array<int, 3> copies_for(const Structure& cell, int64_t atoms) {
  Array3d low = cell.positions.front().array(), high = low;
  for (const Vector3d& position : cell.positions) {
    low = low.min(position.array());
    high = high.max(position.array());
  }
  std::array<int, 3> copies = {1, 1, 1};
  while (copies[0] * copies[1] * copies[2] * cell.size() < atoms) {
    Array3d extent = high - low;
    for (int row = 0; row < 3; ++row)
      extent += (copies[static_cast<size_t>(row)] - 1) * cell.cell->row(row).transpose().array().abs();
    size_t shortest = 0;
    for (size_t axis = 1; axis < 3; ++axis)
      if (extent[static_cast<int>(axis)] < extent[static_cast<int>(shortest)] - kTie) shortest = axis;
    ++copies[shortest];
  }
  return copies;
}

Cluster repeated(const Structure& cell, int64_t atoms, ClusterCell kind) {
  const Structure tidy = tidied(cell);
  const std::array<int, 3> copies = copies_for(tidy, atoms);
  return {supercell(tidy, copies), copies, kind, *tidy.cell};
}

/// The standard cell of the mean crystal, and r → rotation · r + shift from the structure into it.
struct StandardFrame {
  Structure cell;
  std::optional<SpaceGroup> symmetry = {};
  Matrix3d rotation;
  Vector3d shift;

  Vector3d operator()(const Vector3d& position) const { return rotation * position + shift; }
};

/// See Cluster::symmetry.
SpaceGroup symmetry_of(const StandardCell& standard, SymmetryTolerance tolerance = {}) {
  if (class_of_group(standard.group.number)) return standard.group;
  Structure sites = standard.cell;
  std::fill(sites.species.begin(), sites.species.end(), sites.species.front());
  for (; tolerance.distance < 1.01 * kLoose; tolerance.distance *= std::sqrt(10.))
    if (const auto group = find_space_group(sites, tolerance); group && class_of_group(group->number)) return *group;
  return standard.group;
}

/// The shift that brings rotated sites onto those of the standard cell, by the one that does it best.
Vector3d shift_onto(const Structure& standard, const Structure& crystal, const Matrix3d& rotation) {
  const Remainder remainder(*standard.cell);
  Vector3d best = Vector3d::Zero();
  double least = std::numeric_limits<double>::infinity();
  for (const Vector3d& target : standard.positions) {
    const Vector3d shift = target - rotation * crystal.positions.front();
    double worst = 0;
    for (const Vector3d& position : crystal.positions) {
      double nearest = std::numeric_limits<double>::infinity();
      for (const Vector3d& other : standard.positions)
        nearest = std::min(nearest, remainder(rotation * position + shift - other).norm());
      worst = std::max(worst, nearest);
    }
    if (worst < least) least = worst, best = shift;
  }
  return best;
}

/// For its sites as they are known: one of few tolerances, as spglib is not asked twice about a crystal with the same.
SymmetryTolerance tolerance_for(const MeanCrystal& crystal) {
  SymmetryTolerance tolerance;
  while (tolerance.distance < 2 * crystal.uncertainty()) tolerance.distance *= std::sqrt(std::sqrt(2.));
  return tolerance;
}

/// The lattice of a piece is known too roughly for the tolerance that fits its sites, if it is strained: the loosest is
/// taken at which it has the symmetry of a class. fcc strained at random by 1 % would lie like any of its subgroups
/// otherwise; a tetragonal lattice 6 % away from fcc is still told from it, by its angles.
std::optional<StandardCell> cell_of_piece(const MeanCrystal& crystal, const Structure& mean) {
  constexpr double kAngle = 3;
  for (const double distance : kRough)
    if (auto found = find_standard_cell(mean, {distance, kAngle}); found && class_of_group(found->group.number))
      return found;
  return find_standard_cell(mean, tolerance_for(crystal));
}

std::optional<StandardFrame> standard_frame(const MeanCrystal& crystal, const Structure& structure) {
  const Structure mean = as_structure(crystal, structure);
  StandardFrame frame;
  const auto standard =
      structure.cell ? find_standard_cell(mean, tolerance_for(crystal)) : cell_of_piece(crystal, mean);
  if (!standard) return {};
  frame.rotation = standard->rotation;
  frame.cell = tidied(standard->cell);
  if (structure.cell) frame.symmetry = symmetry_of(*standard, tolerance_for(crystal));
  frame.shift = shift_onto(frame.cell, mean, frame.rotation);
  return frame;
}

/// Where a block of cells begins, as a fraction of the cell: halfway between the last site of one cell and the first
/// of the next, so that atoms which are moved a little stay.
Array3d beginning(const Structure& cell) {
  const Matrix3d to_fraction = cell.cell->transpose().inverse();
  Array3d low = Array3d::Ones(), high = -low;
  for (const Vector3d& position : cell.positions) {
    low = low.min((to_fraction * position).array());
    high = high.max((to_fraction * position).array());
  }
  return (low + high - 1) / 2;
}

/// All atoms of a periodic structure that lie in a block of standard cells.
Structure block(const Structure& structure, const StandardFrame& frame, const std::array<int, 3>& copies) {
  const Matrix3d cell = *frame.cell.cell, to_fraction = cell.transpose().inverse();
  const Matrix3d period = shortest_cell(*structure.cell * frame.rotation.transpose());
  const Array3d counts(copies[0], copies[1], copies[2]), begin = beginning(frame.cell);
  const Matrix3d whole = counts.matrix().asDiagonal() * cell;
  // The block lies within a sphere; so do the images that can be in it.
  const Vector3d middle = cell.transpose() * (begin + counts / 2).matrix();
  const double radius = (whole.cwiseAbs().colwise().sum()).norm() / 2 + 1e-6;
  const Remainder remainder(period);
  const std::vector<Vector3d> images = lattice_vectors(period, radius + period.rowwise().norm().sum());
  std::vector<Array3d> moves;  // of the images, as fractions
  for (const Vector3d& image : images) moves.push_back((to_fraction * image).array());
  Structure result;
  result.name = structure.name;
  for (size_t i = 0; i < structure.positions.size(); ++i) {
    const Vector3d near = middle + remainder(frame(structure.positions[i]) - middle);
    const Array3d from_begin = (to_fraction * near).array() - begin;
    for (size_t k = 0; k < images.size(); ++k) {
      const Array3d place = from_begin + moves[k];
      if (!(place.minCoeff() >= 0 && (counts - place).minCoeff() > 0)) continue;
      result.species.push_back(structure.species[i]);
      result.positions.push_back(near + images[k]);
    }
  }
  const Matrix3d multiples = whole * period.inverse();
  if ((multiples - Matrix3d(multiples.array().rint())).cwiseAbs().maxCoeff() < 1e-3) result.cell = whole;
  return result;
}

/// Whether a crystal stands behind a structure of which spglib knows this cell: many times smaller, and of atoms that
/// are moved (then spglib has no symmetry, or none but inversion) or on their sites.
bool stands_behind(const MeanCrystal& crystal, const Structure& structure, const std::optional<StandardCell>& known) {
  const int64_t atoms = known ? known->cell.size() : structure.size();
  if (atoms < few_cells * static_cast<int64_t>(crystal.sites.size())) return false;
  if (!known) return true;
  return crystal.spread < kOnSites * nearest_distance(crystal) || known->group.number <= 2;
}

std::optional<Cluster> cluster_of_mean(KnownCrystal& known, int64_t atoms) {
  if (known.has_small_cell()) return {};
  const Structure& structure = known.structure();
  const std::optional<MeanCrystal>& crystal = known.mean();
  if (!crystal || !stands_behind(*crystal, structure, known.standard())) return {};
  const auto frame = standard_frame(*crystal, structure);
  if (!frame) return {};
  Cluster cluster{structure, {1, 1, 1}, ClusterCell::mean, *frame->cell.cell};
  cluster.symmetry = frame->symmetry;
  if (structure.cell) {
    cluster.copies = copies_for(frame->cell, atoms);
    cluster.structure = block(structure, *frame, cluster.copies);
  } else {
    for (Vector3d& position : cluster.structure.positions) position = (*frame)(position);
  }
  return cluster;
}

Cluster cluster_of(KnownCrystal& known, int64_t atoms) {
  const Structure& structure = known.structure();
  if (const auto cluster = cluster_of_mean(known, atoms)) return *cluster;
  if (const auto& standard = known.standard()) {
    Cluster cluster = repeated(standard->cell, atoms, ClusterCell::standard);
    cluster.symmetry = symmetry_of(*standard);
    return cluster;
  }
  if (!structure.cell) return {structure, {1, 1, 1}, ClusterCell::as_it_stands};
  return repeated(niggli_cell(structure), atoms, ClusterCell::reduced);
}

}  // namespace

const std::string& name_of(ClusterCell cell) {
  static const std::string names[] = {"standard", "mean", "reduced", "as-it-stands"};
  return names[static_cast<size_t>(cell)];
}

Cluster standard_cluster(KnownCrystal& known, int64_t atoms) {
  if (known.structure().size() == 0) fail(called(known.structure()), " has no atoms; a fingerprint needs at least one");
  if (atoms < 1) refuse("a supercell of at least ", atoms, " atoms is impossible; expected 1 or more");
  Cluster cluster = cluster_of(known, atoms);
  cluster.group = known.group();
  return cluster;
}

Cluster standard_cluster(const Structure& structure, int64_t atoms) {
  KnownCrystal known(structure);
  return standard_cluster(known, atoms);
}

ScaledCluster scaled_cluster(const Structure& structure, const FingerprintOptions& options) {
  KnownCrystal known(structure);
  const Cluster cluster = standard_cluster(known, options.atoms);
  // Of a crystal that is not defective both scales are the same, and the mean is found sooner.
  if (options.scaling == Scaling::robust && known.has_small_cell())
    return {cluster, length_scale(known.standard()->cell, Scaling::mean_nn)};
  return {cluster, length_scale(known, options.scaling)};
}

}  // namespace limpid
