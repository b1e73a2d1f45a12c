// SPDX-License-Identifier: Apache-2.0
#include "crystal/shape_memory.h"

#include <Eigen/LU>
#include <algorithm>
#include <array>
#include <cmath>

#include "crystal/lattice.h"

namespace limpid {
namespace {

using Eigen::Matrix3d;
using Eigen::Vector3d;

constexpr double kResolution = 1e8;     // steps a unit in which shapes are alike
constexpr double kWider = 2;            // the same crystal in other sizes: how much further the tolerance is tried
constexpr size_t kMost = 4096;          // shapes that are remembered
constexpr int64_t kAtomsOfShapes = 32;  // of larger cells no two are alike
constexpr size_t kHead = 10;            // the angle and the vectors; four numbers an atom follow

int64_t steps(double number) { return std::llround(kResolution * number); }

/// Of each atom a number of its species: the rarer and lighter it is, the lower.
std::vector<int64_t> numbers_of(const std::vector<int>& species) {
  std::map<int, int64_t> counts;
  for (const int one : species) ++counts[one];
  std::vector<std::pair<int64_t, int>> order;
  for (const auto& [one, count] : counts) order.emplace_back(count, one);
  std::sort(order.begin(), order.end());
  std::map<int, int64_t> numbers;
  for (const auto& [count, one] : order) numbers.emplace(one, static_cast<int64_t>(numbers.size()) + 1);
  std::vector<int64_t> found;
  for (const int one : species) found.push_back(numbers[one]);
  return found;
}

using ShapeAtoms = std::vector<std::array<int64_t, 4>>;

/// Fractions from an atom and species of all atoms, sorted.
ShapeAtoms atoms_from(const std::vector<Vector3d>& fractions, const std::vector<int64_t>& species, size_t origin) {
  ShapeAtoms atoms;
  for (size_t i = 0; i < fractions.size(); ++i) {
    std::array<int64_t, 4> atom = {0, 0, 0, species[i]};
    for (int axis = 0; axis < 3; ++axis) {
      const double between = fractions[i][axis] - fractions[origin][axis];
      atom[static_cast<size_t>(axis)] = steps(between - std::floor(between + 1e-7));
    }
    atoms.push_back(atom);
  }
  std::sort(atoms.begin(), atoms.end());
  return atoms;
}

struct Described {
  std::vector<int64_t> shape;
  size_t origin;  // the atom from which fractions count
};

/// However the crystal is turned and in whatever order its atoms are: of the rarest species the atom is the origin with
/// which the list is the least.
Described described(const Structure& cell, double edge, double angle) {
  std::vector<int64_t> shape = {steps(angle)};
  const Matrix3d turned = oriented_cell(*cell.cell), to_fraction = cell.cell->transpose().inverse();
  for (int row = 0; row < 3; ++row)
    for (int column = 0; column < 3; ++column) shape.push_back(steps(turned(row, column) / edge));
  std::vector<Vector3d> fractions;
  for (const Vector3d& position : cell.positions) fractions.emplace_back(to_fraction * position);
  const std::vector<int64_t> species = numbers_of(cell.species);
  ShapeAtoms least;
  size_t origin = 0;
  for (size_t i = 0; i < fractions.size(); ++i) {
    if (species[i] != 1) continue;
    ShapeAtoms atoms = atoms_from(fractions, species, i);
    if (least.empty() || atoms < least) least = std::move(atoms), origin = i;
  }
  for (const auto& atom : least) shape.insert(shape.end(), atom.begin(), atom.end());
  return {shape, origin};
}

/// The cell again, of volume 1.
Structure cell_of(const std::vector<int64_t>& shape) {
  const auto number = [&](size_t i) { return static_cast<double>(shape[i]) / kResolution; };
  Structure cell;
  cell.cell = Matrix3d::Zero();
  for (int row = 0; row < 3; ++row)
    for (int column = 0; column < 3; ++column)
      (*cell.cell)(row, column) = number(static_cast<size_t>(1 + 3 * row + column));
  for (size_t i = kHead; i < shape.size(); i += 4) {
    cell.positions.emplace_back(cell.cell->transpose() * Vector3d(number(i), number(i + 1), number(i + 2)));
    cell.species.push_back(static_cast<int>(shape[i + 3]));
  }
  return cell;
}

bool are_alike(const FoundSymmetry& one, const FoundSymmetry& other) {
  return one.group.number == other.group.number && one.to_standard.isApprox(other.to_standard, 1e-6) &&
         (one.shift - other.shift).norm() < 1e-6;
}

}  // namespace

FoundSymmetry ShapeMemory::operator()(const Structure& cell, const SymmetryTolerance& tolerance, const Find& find) {
  if (cell.size() > kAtomsOfShapes) return find(cell, tolerance);
  const double edge = std::cbrt(cell.cell->determinant());
  const Described known = described(cell, edge, tolerance.angle);
  FoundSymmetry found = of_shape(known.shape, tolerance.distance / edge, tolerance.angle, find);
  found.shift -= found.to_standard * cell.cell->transpose().inverse() * cell.positions[known.origin];
  return found;
}

FoundSymmetry ShapeMemory::of_shape(const Shape& shape, double share, double angle, const Find& find) {
  std::optional<double> beyond;
  {
    const std::lock_guard lock(access_);
    if (const auto place = known_.find(shape); place != known_.end()) {
      Known& known = place->second;
      if (known.least <= share && share <= known.most) return known.found;
      const bool below = share < known.least;
      bool& reached = below ? known.reached_below : known.reached_above;
      if (!reached) beyond = below ? share / kWider : share * kWider;
      reached = true;
    }
  }
  const Structure cell = cell_of(shape);
  const FoundSymmetry found = find(cell, {share, angle});
  note(shape, share, found);
  if (!beyond) return found;
  const FoundSymmetry far = find(cell, {*beyond, angle});
  if (are_alike(found, far)) note(shape, *beyond, far);
  return found;
}

void ShapeMemory::note(const Shape& shape, double share, const FoundSymmetry& found) {
  const std::lock_guard lock(access_);
  if (known_.size() >= kMost) known_.clear();
  const auto [place, is_new] = known_.try_emplace(shape, Known{share, share, found});
  if (is_new) return;
  Known& known = place->second;
  if (are_alike(known.found, found)) {
    known.least = std::min(known.least, share);
    known.most = std::max(known.most, share);
  } else {
    known = {share, share, found};
  }
}

}  // namespace limpid
