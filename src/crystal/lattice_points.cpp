// SPDX-License-Identifier: Apache-2.0
#include "crystal/lattice_points.h"

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

}  // namespace limpid
