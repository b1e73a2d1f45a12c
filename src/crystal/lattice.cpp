// SPDX-License-Identifier: Apache-2.0
#include "crystal/lattice.h"

#include <Eigen/Geometry>
#include <Eigen/LU>
#include <Eigen/QR>
#include <array>

namespace limpid {
namespace {

using Eigen::Matrix3d;
using Eigen::Vector3d;

constexpr int kMostSteps = 1000;  // each shortens the cell: a bound for rounding, never reached otherwise
constexpr double kShorter = 1 - 1e-12;

/// Rows from the shortest to the longest.
void sort_rows(Matrix3d& cell) {
  for (const auto& [low, high] : {std::pair{0, 1}, std::pair{1, 2}, std::pair{0, 1}})
    if (cell.row(high).squaredNorm() < cell.row(low).squaredNorm()) cell.row(low).swap(cell.row(high));
}

/// The shortest of `vector` + i·a + j·b with the integers beside those that would be best as real numbers.
Vector3d shortened(const Vector3d& vector, const Vector3d& a, const Vector3d& b) {
  Eigen::Matrix<double, 3, 2> plane;
  plane << a, b;
  const Eigen::Vector2d best = -plane.colPivHouseholderQr().solve(vector);
  Vector3d found = vector;
  for (int i = -1; i <= 1; ++i)
    for (int j = -1; j <= 1; ++j) {
      const Vector3d candidate = vector + (std::round(best[0]) + i) * a + (std::round(best[1]) + j) * b;
      if (candidate.squaredNorm() < kShorter * found.squaredNorm()) found = candidate;
    }
  return found;
}

/// Gauss's algorithm on the first two rows.
void reduce_plane(Matrix3d& cell) {
  for (int step = 0; step < kMostSteps; ++step) {
    if (cell.row(1).squaredNorm() < cell.row(0).squaredNorm()) cell.row(0).swap(cell.row(1));
    const double times = std::round(cell.row(0).dot(cell.row(1)) / cell.row(0).squaredNorm());
    if (times == 0) return;
    cell.row(1) -= times * cell.row(0);
  }
}

}  // namespace

Matrix3d shortest_cell(const Matrix3d& cell) {
  Matrix3d reduced = cell;
  for (int step = 0; step < kMostSteps; ++step) {
    sort_rows(reduced);
    reduce_plane(reduced);
    const Vector3d third = shortened(reduced.row(2), reduced.row(0), reduced.row(1));
    const bool shorter = third.squaredNorm() < kShorter * reduced.row(2).squaredNorm();
    reduced.row(2) = third;
    if (!shorter) break;
  }
  sort_rows(reduced);
  return (reduced.determinant() < 0) == (cell.determinant() < 0) ? reduced : Matrix3d(-reduced);
}

Vector3d heights_of(const Matrix3d& cell) { return cell.inverse().colwise().norm().cwiseInverse().transpose(); }

Matrix3d oriented_cell(const Matrix3d& cell) {
  const Vector3d x = cell.row(0).normalized();
  const Vector3d z = Vector3d(cell.row(0)).cross(Vector3d(cell.row(1))).normalized();
  Matrix3d axes;
  axes << x, z.cross(x), z;
  Matrix3d oriented = cell * axes;
  oriented(0, 1) = oriented(0, 2) = oriented(1, 2) = 0;  // but for rounding they are
  return oriented;
}

Matrix3d right_handed(const Matrix3d& cell) { return cell.determinant() < 0 ? Matrix3d(-cell) : cell; }

Vector3d wrapped_fraction(Vector3d fraction) {
  for (double& part : fraction) {
    part -= std::floor(part);
    if (part >= 1) part = 0;  // of −1e-17
  }
  return fraction;
}

bool is_lattice_vector(const Vector3d& fraction) {
  return (fraction.array() - fraction.array().round()).abs().maxCoeff() < .01;
}

}  // namespace limpid
