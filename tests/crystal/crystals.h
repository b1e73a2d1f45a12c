// SPDX-License-Identifier: Apache-2.0
#pragma once
// Crystals for tests: random ones, distances by looking at every image, and the real ones at hand.

#include <Eigen/LU>
#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "limpid/core/random.h"
#include "limpid/crystal/structure.h"
#include "support/files.h"

namespace limpid::testing {

inline Eigen::Vector3d random_vector(Random& random, double low, double high) {
  return {random.uniform(low, high), random.uniform(low, high), random.uniform(low, high)};
}

/// Rows of a cell whose vectors are a random basis, many times as long as it need be, of a compact lattice.
inline Eigen::Matrix3d skewed_cell(Random& random, int steps) {
  Eigen::Matrix3d cell;
  do {
    for (int i = 0; i < 3; ++i) cell.row(i) = random_vector(random, -3, 3);
  } while (std::abs(cell.determinant()) < 10);
  for (int step = 0; step < steps; ++step) {
    const int64_t to = random.below(3), from = (to + 1 + random.below(2)) % 3;
    cell.row(to) += static_cast<double>(random.below(7) - 3) * cell.row(from);
  }
  return cell;
}

inline Structure random_crystal(Random& random, int64_t atoms, int steps) {
  Structure crystal;
  crystal.cell = skewed_cell(random, steps);
  for (int64_t i = 0; i < atoms; ++i) {
    crystal.species.push_back(1 + static_cast<int>(random.below(94)));
    crystal.positions.push_back(crystal.cell->transpose() * random_vector(random, -1, 2));  // not all in the cell
  }
  return crystal;
}

inline Structure random_cluster(Random& random, int64_t atoms, double size) {
  Structure cluster;
  for (int64_t i = 0; i < atoms; ++i) {
    cluster.species.push_back(26);
    cluster.positions.push_back(random_vector(random, 0, size));
  }
  return cluster;
}

/// Lengths of the vectors from an atom to all others and all images within a radius, sorted: from every lattice vector
/// that could reach it, by the bound on its coefficients that the reciprocal vectors give.
inline std::vector<double> distances_by_force(const Structure& structure, int64_t atom, double radius) {
  const Eigen::Vector3d from = structure.positions[static_cast<size_t>(atom)];
  std::vector<double> distances;
  const auto add = [&](int64_t other, const Eigen::Vector3d& shift) {
    const double distance = (structure.positions[static_cast<size_t>(other)] + shift - from).norm();
    if (distance <= radius && (other != atom || shift.norm() > 0)) distances.push_back(distance);
  };
  for (int64_t other = 0; other < structure.size(); ++other) {
    if (!structure.cell) {
      add(other, Eigen::Vector3d::Zero());
      continue;
    }
    const Eigen::Matrix3d inverse = structure.cell->transpose().inverse();
    const Eigen::Vector3d middle = inverse * (from - structure.positions[static_cast<size_t>(other)]);
    Eigen::Vector3i low, high;
    for (int k = 0; k < 3; ++k) {
      low[k] = static_cast<int>(std::floor(middle[k] - radius * inverse.row(k).norm()));
      high[k] = static_cast<int>(std::ceil(middle[k] + radius * inverse.row(k).norm()));
    }
    for (int i = low[0]; i <= high[0]; ++i)
      for (int j = low[1]; j <= high[1]; ++j)
        for (int k = low[2]; k <= high[2]; ++k) add(other, structure.cell->transpose() * Eigen::Vector3d(i, j, k));
  }
  std::sort(distances.begin(), distances.end());
  return distances;
}

/// The folder of real crystals; empty where LIMPID_SHARED_DATA does not name one.
inline std::filesystem::path real_crystals() {
  const char* const shared = std::getenv("LIMPID_SHARED_DATA");
  return shared ? std::filesystem::path(shared) / "crystals" : std::filesystem::path();
}

/// Ends the test where there are none.
#define LIMPID_NEEDS_REAL_CRYSTALS()              \
  if (::limpid::testing::real_crystals().empty()) \
  GTEST_SKIP() << "LIMPID_SHARED_DATA names no folder with crystals/, which this test reads"

}  // namespace limpid::testing
