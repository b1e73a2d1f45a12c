// SPDX-License-Identifier: Apache-2.0
#include "crystal/lattice_symmetry.h"

#include <Eigen/Cholesky>
#include <Eigen/LU>
#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "crystal/lattice.h"

namespace limpid {
namespace {

using Eigen::Matrix3d;
using Eigen::Vector3d;

constexpr double kTaken = .9;             // of a tolerance with which there is no group
constexpr double kExactTolerance = 1e-6;  // ångström: at less the identity is the only one
constexpr std::array kAxes = {0, 1, 2};

double degrees_between(const Vector3d& one, const Vector3d& other) {
  const double cosine = one.dot(other) / (one.norm() * other.norm());
  return std::acos(std::clamp(cosine, -1., 1.)) * 180 / std::numbers::pi;
}

/// A vector of the lattice, and its integers.
struct Candidate {
  Vector3d vector, integers;
};

/// For each cell vector the lattice's vectors of its length. Those of a reduced cell have no integers beyond 1.
std::array<std::vector<Candidate>, 3> candidates_of(const Matrix3d& cell, double distance) {
  std::array<std::vector<Candidate>, 3> found;
  for (int code = 0; code < 27; ++code) {
    const Vector3d integers(code % 3 - 1, code / 3 % 3 - 1, code / 9 - 1);
    const Vector3d vector = cell.transpose() * integers;
    for (const int row : kAxes)
      if (std::abs(vector.norm() - cell.row(row).norm()) < distance)
        found[static_cast<size_t>(row)].push_back({vector, integers});
  }
  return found;
}

std::vector<Matrix3d> rotations_within(const Matrix3d& cell, const SymmetryTolerance& tolerance) {
  const auto candidates = candidates_of(cell, tolerance.distance);
  Matrix3d angles = Matrix3d::Zero();
  for (const int row : kAxes)
    for (const int other : kAxes) angles(row, other) = degrees_between(cell.row(row), cell.row(other));
  const auto fit = [&](const Candidate& one, int row, const Candidate& other, int column) {
    return std::abs(degrees_between(one.vector, other.vector) - angles(row, column)) < tolerance.angle;
  };
  std::vector<Matrix3d> found;
  for (const Candidate& a : candidates[0])
    for (const Candidate& b : candidates[1]) {
      if (!fit(a, 0, b, 1)) continue;
      for (const Candidate& c : candidates[2]) {
        if (!fit(a, 0, c, 2) || !fit(b, 1, c, 2)) continue;
        Matrix3d rotation;
        rotation << a.integers.transpose(), b.integers.transpose(), c.integers.transpose();
        if (std::lround(rotation.determinant()) == 1) found.push_back(rotation);
      }
    }
  return found;
}

bool is_group(const std::vector<Matrix3d>& rotations) {
  for (const Matrix3d& one : rotations)
    for (const Matrix3d& other : rotations)
      if (std::find(rotations.begin(), rotations.end(), Matrix3d(one * other)) == rotations.end()) return false;
  return true;
}

/// The cell that they leave as it is, nearest to this one: a mean of what they make of it.
Matrix3d mean_of(const std::vector<Matrix3d>& rotations, const Matrix3d& cell) {
  const Matrix3d products = cell * cell.transpose();
  Matrix3d sum = Matrix3d::Zero();
  for (const Matrix3d& rotation : rotations) sum += rotation * products * rotation.transpose();
  return Matrix3d((sum / static_cast<double>(rotations.size())).llt().matrixL());
}

}  // namespace

std::vector<Matrix3d> lattice_rotations(const Matrix3d& cell, const SymmetryTolerance& tolerance) {
  constexpr size_t kMostRotations = 24;
  SymmetryTolerance tried = {std::min(tolerance.distance, cell.norm()), std::min(tolerance.angle, 180.)};
  for (; tried.distance > kExactTolerance; tried.distance *= kTaken, tried.angle *= kTaken) {
    std::vector<Matrix3d> found = rotations_within(cell, tried);
    if (found.size() <= kMostRotations && is_group(found)) return found;
  }
  return {Matrix3d::Identity()};
}

Matrix3d most_symmetric_cell(const Matrix3d& cell, const SymmetryTolerance& tolerance) {
  Matrix3d symmetric = oriented_cell(cell);
  // A mean can have more symmetries within the tolerance than what it is the mean of.
  for (size_t known = 1;;) {
    const std::vector<Matrix3d> rotations = lattice_rotations(symmetric, tolerance);
    if (rotations.size() <= known) return symmetric;
    known = rotations.size();
    symmetric = mean_of(rotations, symmetric);
  }
}

}  // namespace limpid
