// SPDX-License-Identifier: Apache-2.0
#include "crystal/lattice_points.h"

#include <Eigen/Geometry>
#include <algorithm>
#include <cmath>
#include <tuple>

#include "crystal/lattice.h"

namespace limpid {

std::vector<Eigen::Vector3d> lattice_vectors(const Eigen::Matrix3d& cell, double reach) {
  const Eigen::Matrix3d shortest = shortest_cell(cell);
  const Eigen::Array3d most = (reach / heights_of(shortest).array()).floor();
  std::vector<Eigen::Vector3d> found;
  for (double i = -most[0]; i <= most[0]; ++i)
    for (double j = -most[1]; j <= most[1]; ++j)
      for (double k = -most[2]; k <= most[2]; ++k) {
        const Eigen::Vector3d vector = shortest.transpose() * Eigen::Vector3d(i, j, k);
        if (vector.squaredNorm() <= reach * reach) found.push_back(vector);
      }
  return found;
}

std::vector<Eigen::Matrix3d> lattice_symmetries(const Eigen::Matrix3d& cell, double alike_within) {
  const Eigen::Matrix3d metric = cell * cell.transpose();
  const std::vector<Eigen::Vector3d> vectors =
      lattice_vectors(cell, std::sqrt(metric.diagonal().maxCoeff()) * (1 + alike_within));
  const auto alike = [&](const Eigen::Vector3d& one, const Eigen::Vector3d& other, int i, int j) {
    return std::abs(one.dot(other) - metric(i, j)) < alike_within * std::sqrt(metric(i, i) * metric(j, j));
  };
  const Eigen::Matrix3d to_fraction = cell.transpose().inverse();
  std::vector<Eigen::Matrix3d> found;
  for (const Eigen::Vector3d& a : vectors) {
    if (!alike(a, a, 0, 0)) continue;
    for (const Eigen::Vector3d& b : vectors) {
      if (!alike(b, b, 1, 1) || !alike(a, b, 0, 1)) continue;
      for (const Eigen::Vector3d& c : vectors) {
        if (!alike(c, c, 2, 2) || !alike(a, c, 0, 2) || !alike(b, c, 1, 2)) continue;
        Eigen::Matrix3d images;
        images << a, b, c;
        found.push_back(images * to_fraction);
      }
    }
  }
  return found;
}

Eigen::Matrix3d settled_cell(const Eigen::Matrix3d& cell) {
  constexpr double steps = 1e6;  // in which lengths and coordinates are compared, in edges of a cube of its volume
  const Eigen::Matrix3d shortest = shortest_cell(cell);
  const double volume = std::abs(cell.determinant()), edge = std::cbrt(volume);
  std::vector<Eigen::Vector3d> vectors = lattice_vectors(shortest, shortest.rowwise().norm().maxCoeff() * (1 + 1e-6));
  const auto rank = [&](const Eigen::Vector3d& vector) {
    const Eigen::Vector3d whole = rounded(vector / edge * steps);
    return std::tuple(std::llround(vector.norm() / edge * steps), -whole[0], -whole[1], -whole[2]);
  };
  std::sort(vectors.begin(), vectors.end(),
            [&](const auto& one, const auto& other) { return rank(one) < rank(other); });
  for (size_t i = 1; i < vectors.size(); ++i)  // the first is zero
    for (size_t j = i + 1; j < vectors.size(); ++j) {
      if (vectors[i].cross(vectors[j]).norm() < 1e-3 * edge * edge) continue;
      for (size_t k = j + 1; k < vectors.size(); ++k) {
        Eigen::Matrix3d basis;
        basis << vectors[i].transpose(), vectors[j].transpose(), vectors[k].transpose();
        if (std::abs(std::abs(basis.determinant()) / volume - 1) < 1e-3) return right_handed(basis);
      }
    }
  return right_handed(shortest);
}

}  // namespace limpid
