// SPDX-License-Identifier: Apache-2.0
#include "pipeline/crystals/local_grid.h"

#include <algorithm>
#include <cmath>

#include "limpid/core/error.h"

namespace limpid {

using Eigen::Vector3d;

constexpr double kMostPositions = 5e6;

Vector3d LocalGrid::at(int64_t index) const {
  const Vector3d whole(static_cast<double>(index / (counts[1] * counts[2])),
                       static_cast<double>(index / counts[2] % counts[1]), static_cast<double>(index % counts[2]));
  return begin + steps.transpose() * whole;
}

LocalGrid grid_of(const Structure& structure, double stride) {
  Vector3d low = structure.positions.front(), high = low;
  for (const Vector3d& position : structure.positions) {
    low = low.cwiseMin(position);
    high = high.cwiseMax(position);
  }
  Eigen::Matrix3d box = (high - low).asDiagonal();
  Vector3d begin = low;
  if (structure.cell) box = *structure.cell, begin = Vector3d::Zero();
  double all = 1;
  for (int axis = 0; axis < 3; ++axis) all *= box.row(axis).norm() / stride + 1;
  if (!(all < kMostPositions))
    refuse("a stride of ", stride, " Å makes about ", all, " positions; expected at most ", kMostPositions,
           ": a larger one works");
  LocalGrid grid{begin, box, {}};
  for (int axis = 0; axis < 3; ++axis) {
    const double length = box.row(axis).norm();
    const auto cells = std::max<int64_t>(1, static_cast<int64_t>(std::ceil(length / stride - 1e-9)));
    grid.counts[static_cast<size_t>(axis)] = cells;
    grid.steps.row(axis) /= static_cast<double>(cells);
    grid.begin += grid.steps.row(axis).transpose() / 2;
  }
  return grid;
}

Structure sphere(const Structure& structure, const AtomTree& tree, const Vector3d& center, double radius) {
  Structure found;
  found.name = structure.name;
  tree.for_each_within(center, radius, [&](int64_t atom, const Vector3d& between) {
    found.species.push_back(structure.species[static_cast<size_t>(atom)]);
    found.positions.push_back(between);
  });
  return found;
}

double radius_for(const Structure& structure, const AtomTree& tree, double atoms) {
  constexpr size_t kLooked = 101;
  double radius = 8;
  for (int step = 0; step < 4; ++step) {
    std::vector<double> counts;
    for (size_t i = 0; i < kLooked; ++i) {
      double count = 0;
      const Vector3d& center = structure.positions[i * structure.positions.size() / kLooked];
      tree.for_each_within(center, radius, [&](int64_t, const Vector3d&) { ++count; });
      counts.push_back(count);
    }
    std::nth_element(counts.begin(), counts.begin() + kLooked / 2, counts.end());
    radius *= std::clamp(std::cbrt(atoms / counts[kLooked / 2]), .3, 3.);
  }
  return radius;
}

}  // namespace limpid
