// SPDX-License-Identifier: Apache-2.0
#include "crystal/primitive.h"

#include <Eigen/LU>
#include <algorithm>

#include "crystal/lattice.h"
#include "crystal/lattice_points.h"

namespace limpid {
namespace {

using Eigen::Matrix3d;
using Eigen::Vector3d;

/// Atoms of one species that a shift brings onto each other: for each atom the one it comes onto, and how far from it.
class Overlap {
 public:
  Overlap(const Structure& structure, double close)
      : structure_(structure), remainder_(*structure.cell), close_(close) {}

  /// The vector from the nearest atom of the same species, or its image, to a place; none where it is not close.
  std::optional<Vector3d> miss(const Vector3d& place, int species) const {
    for (size_t i = 0; i < structure_.positions.size(); ++i) {
      if (structure_.species[i] != species) continue;
      const Vector3d miss = remainder_(place - structure_.positions[i]);
      if (miss.norm() < close_) return miss;
    }
    return {};
  }

  /// A shift that brings all atoms onto others, corrected by what they miss on average; none where it does not.
  std::optional<Vector3d> translation(const Vector3d& shift) const {
    Vector3d sum = Vector3d::Zero();
    for (size_t i = 0; i < structure_.positions.size(); ++i) {
      const auto missed = miss(structure_.positions[i] + shift, structure_.species[i]);
      if (!missed) return {};
      sum += *missed;
    }
    return remainder_(shift) - sum / static_cast<double>(structure_.positions.size());
  }

 private:
  const Structure& structure_;
  Remainder remainder_;
  double close_;
};

/// Of the cell's vectors and the translations, the three that span the smallest cell.
Matrix3d spanned(const Matrix3d& cell, const std::vector<Vector3d>& translations) {
  std::vector<Vector3d> vectors = translations;
  for (int row = 0; row < 3; ++row) vectors.emplace_back(cell.row(row));
  const double least = .5 * std::abs(cell.determinant()) / static_cast<double>(translations.size() + 1);
  Matrix3d best = cell, basis;
  for (size_t i = 0; i < vectors.size(); ++i)
    for (size_t j = 0; j < i; ++j)
      for (size_t k = 0; k < j; ++k) {
        basis << vectors[i].transpose(), vectors[j].transpose(), vectors[k].transpose();
        const double volume = std::abs(basis.determinant());
        if (volume > least && volume < (1 - 1e-3) * std::abs(best.determinant())) best = basis;
      }
  return shortest_cell(right_handed(best));
}

/// Of the atoms that are one in the primitive cell, the mean.
void add_means(Structure& primitive, const Structure& structure, double close) {
  const Remainder remainder(*primitive.cell);
  std::vector<bool> taken(structure.positions.size(), false);
  for (size_t i = 0; i < taken.size(); ++i) {
    if (taken[i]) continue;
    Vector3d sum = Vector3d::Zero();
    double count = 0;
    for (size_t j = i; j < taken.size(); ++j) {
      const Vector3d rest = remainder(structure.positions[j] - structure.positions[i]);
      if (taken[j] || structure.species[j] != structure.species[i] || rest.norm() > 2 * close) continue;
      taken[j] = true;
      sum += rest;
      ++count;
    }
    primitive.species.push_back(structure.species[i]);
    primitive.positions.push_back(structure.positions[i] + sum / count);
  }
}

}  // namespace

std::optional<Structure> primitive_of(const Structure& structure, double close) {
  const Overlap overlap(structure, close);
  std::vector<Vector3d> translations;
  for (size_t i = 1; i < structure.positions.size(); ++i) {
    if (structure.species[i] != structure.species[0]) continue;
    const auto found = overlap.translation(structure.positions[i] - structure.positions[0]);
    if (found) translations.push_back(*found);
  }
  Structure primitive;
  primitive.name = structure.name;
  primitive.cell = spanned(*structure.cell, translations);
  const double parts = std::abs(structure.cell->determinant() / primitive.cell->determinant());
  if (std::abs(parts - static_cast<double>(translations.size() + 1)) > .1) return {};
  add_means(primitive, structure, close);
  const auto all = static_cast<int64_t>(translations.size() + 1) * primitive.size();
  return all == structure.size() ? std::optional(primitive) : std::nullopt;
}

}  // namespace limpid
