// SPDX-License-Identifier: Apache-2.0
#include "crystal/pair_lattice.h"

#include <Eigen/Geometry>
#include <Eigen/LU>
#include <algorithm>

#include "crystal/lattice.h"
#include "crystal/lattice_points.h"

namespace limpid {
namespace {

using Eigen::Matrix3d;
using Eigen::Vector3d;

constexpr double kWidth = .12;       // of the map's Gaussian, in units of the spacing
constexpr double kReach = .93;       // of the vectors' reach: peaks that lie within it as a whole
constexpr double kStrong = .25;      // of the highest peak's count
constexpr size_t kFewest = 3;        // vectors that can tell of a lattice
constexpr size_t kGuesses = 40;      // at most
constexpr double kLeastVolume = .3;  // of a cell, by the cube of the shortest vector
constexpr double kCollinear = .2;    // sine of the angle between two vectors that span a plane
constexpr double kBetween = .25;     // fraction of a cell vector that is no rounding

/// The correlation of the map with itself moved by a vector, over its peaks: near 1 for a vector of the lattice. Twice
/// the product by the sum of the squares, so that neither faint peaks nor the map's edge count for much.
double likeness(const PairMap& map, const Vector3d& moved, double reach) {
  double same = 0, squares = 0;
  for (const PairMap::Peak& peak : map.peaks())
    for (const Vector3d& place : {Vector3d(peak.place + moved), Vector3d(peak.place - moved)}) {
      if (place.norm() > reach || place.norm() < .4 * moved.norm()) continue;  // at the origin are the atoms themselves
      const double count = map(place);
      same += peak.count * count;
      squares += peak.count * peak.count + count * count;
    }
  return same > 0 ? 2 * same / squares : 0;
}

std::vector<Likeness> likely_vectors(const PairMap& map, double reach) {
  double most = 0;
  for (const PairMap::Peak& peak : map.peaks()) most = std::max(most, peak.count);
  std::vector<Likeness> found;
  for (const PairMap::Peak& peak : map.peaks())
    if (peak.count > kStrong * most && peak.place.norm() < reach)
      found.push_back({peak.place, likeness(map, peak.place, reach)});
  std::sort(found.begin(), found.end(), [](const auto& one, const auto& other) { return one.value > other.value; });
  return found;
}

/// How many vectors lie before each gap in likeness, the widest gap first.
std::vector<size_t> counts_before_gaps(const std::vector<Likeness>& vectors) {
  std::vector<std::pair<double, size_t>> gaps;
  for (size_t i = kFewest; i < vectors.size(); ++i) gaps.emplace_back(vectors[i - 1].value - vectors[i].value, i);
  if (vectors.size() >= kFewest) gaps.emplace_back(vectors.back().value, vectors.size());
  std::sort(gaps.rbegin(), gaps.rend());
  std::vector<size_t> counts;
  for (size_t i = 0; i < std::min(gaps.size(), kGuesses); ++i) counts.push_back(gaps[i].second);
  return counts;
}

/// Of vectors from the shortest to the longest, the first three that span space.
std::optional<Matrix3d> shortest_basis(const std::vector<Vector3d>& vectors, double least_volume) {
  Matrix3d basis;
  int count = 0;
  for (const Vector3d& vector : vectors) {
    basis.row(count) = vector;
    const Vector3d first = basis.row(0).normalized();
    if (count == 1 && vector.normalized().cross(first).norm() < kCollinear) continue;
    if (count == 2 && std::abs(basis.determinant()) < least_volume) continue;
    if (++count == 3) return shortest_cell(basis);
  }
  return {};
}

/// The cell of which the vectors are whole ones as nearly as can be (least squares).
void fit(Matrix3d& cell, const std::vector<Vector3d>& vectors) {
  for (int step = 0; step < 3; ++step) {
    const Remainder remainder(cell);
    Matrix3d squares = Matrix3d::Zero(), products = Matrix3d::Zero();
    for (const Vector3d& vector : vectors) {
      const Vector3d whole = remainder.whole(vector);
      squares += whole * whole.transpose();
      products += whole * vector.transpose();
    }
    if (std::abs(squares.determinant()) < 1e-9) return;
    cell = squares.inverse() * products;
  }
}

/// Makes the cell smaller until the vectors are whole ones.
void include(Matrix3d& cell, const std::vector<Vector3d>& vectors, double least_volume) {
  for (const Vector3d& vector : vectors) {
    const Vector3d rest = Remainder(cell)(vector), fraction = cell.transpose().inverse() * rest;
    if (fraction.cwiseAbs().maxCoeff() < kBetween) continue;
    for (int row = 0; row < 3; ++row) {
      Matrix3d smaller = cell;
      smaller.row(row) = rest;
      const double volume = std::abs(smaller.determinant());
      if (volume < least_volume || volume > .75 * std::abs(cell.determinant())) continue;
      cell = shortest_cell(smaller);
      break;
    }
  }
}

}  // namespace

PairLattices::PairLattices(const Structure& structure) {
  const PairVectors pairs = pair_vectors(structure);
  likely_ = likely_vectors(PairMap(pairs, kWidth * pairs.spacing), kReach * pairs.reach);
  counts_ = counts_before_gaps(likely_);
  for (const Likeness& one : likely_)
    if (shortest_ == 0 || one.vector.norm() < shortest_) shortest_ = one.vector.norm();
}

std::optional<Matrix3d> PairLattices::guess(size_t index) const {
  std::vector<Vector3d> vectors;
  for (size_t i = 0; i < counts_[index]; ++i) vectors.push_back(likely_[i].vector);
  std::sort(vectors.begin(), vectors.end(),
            [](const Vector3d& one, const Vector3d& other) { return one.squaredNorm() < other.squaredNorm(); });
  const double least_volume = kLeastVolume * std::pow(shortest_, 3);
  std::optional<Matrix3d> cell = shortest_basis(vectors, least_volume);
  if (!cell) return {};
  fit(*cell, vectors);
  include(*cell, vectors, least_volume);
  fit(*cell, vectors);
  if (!(std::abs(cell->determinant()) > least_volume)) return {};
  return shortest_cell(*cell);
}

}  // namespace limpid
