// SPDX-License-Identifier: Apache-2.0
#include "crystal/shape_memory.h"

#include <Eigen/LU>
#include <cmath>

namespace limpid {
namespace {

using Eigen::Matrix3d;
using Eigen::Vector3d;

constexpr double kResolution = 1e8;  // steps a unit in which shapes are alike
constexpr size_t kMost = 4096;       // shapes that are remembered
constexpr int64_t kFewAtoms = 32;    // of larger cells no two are alike
constexpr size_t kHead = 10;         // the angle and the vectors; four numbers an atom follow

int64_t steps(double number) { return std::llround(kResolution * number); }

/// Fractions count from the first atom; species are told apart by the first atom of each.
std::vector<int64_t> shape_of(const Structure& cell, double edge, double angle) {
  std::vector<int64_t> shape = {steps(angle)};
  const Matrix3d to_fraction = cell.cell->transpose().inverse();
  for (int row = 0; row < 3; ++row)
    for (int column = 0; column < 3; ++column) shape.push_back(steps((*cell.cell)(row, column) / edge));
  for (size_t i = 0; i < cell.positions.size(); ++i) {
    const Vector3d fraction = to_fraction * (cell.positions[i] - cell.positions[0]);
    for (int axis = 0; axis < 3; ++axis) shape.push_back(steps(fraction[axis] - std::floor(fraction[axis] + 1e-7)));
    size_t first = 0;
    while (cell.species[first] != cell.species[i]) ++first;
    shape.push_back(static_cast<int64_t>(first) + 1);
  }
  return shape;
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
  if (cell.size() > kFewAtoms) return find(cell, tolerance);
  const double edge = std::cbrt(cell.cell->determinant());
  FoundSymmetry found =
      of_shape(shape_of(cell, edge, tolerance.angle), tolerance.distance / edge, tolerance.angle, find);
  found.shift -= found.to_standard * cell.cell->transpose().inverse() * cell.positions[0];
  return found;
}

FoundSymmetry ShapeMemory::of_shape(const Shape& shape, double share, double angle, const Find& find) {
  {
    const std::lock_guard lock(access_);
    const auto known = known_.find(shape);
    if (known != known_.end() && known->second.least <= share && share <= known->second.most)
      return known->second.found;
  }
  const FoundSymmetry found = find(cell_of(shape), {share, angle});
  note(shape, share, found);
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
