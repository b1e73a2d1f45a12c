// SPDX-License-Identifier: Apache-2.0
#include "crystal/lattice_points.h"

#include <gtest/gtest.h>

#include "crystals.h"
#include "limpid/crystal/prototypes.h"

namespace limpid {
namespace {

/// Another basis of the same lattice.
Eigen::Matrix3d sheared(Eigen::Matrix3d cell, Random& random) {
  for (int step = 0; step < 6; ++step) {
    const auto to = static_cast<int>(random.below(3)), from = static_cast<int>((to + 1 + random.below(2)) % 3);
    cell.row(to) += static_cast<double>(random.below(5) - 2) * Eigen::RowVector3d(cell.row(from));
  }
  return cell;
}

TEST(LatticePoints, ASettledCellIsTheSameForEveryBasisOfALattice) {
  Random random(4);
  const Eigen::Matrix3d cubic = 3 * Eigen::Matrix3d::Identity(), skewed = limpid::testing::skewed_cell(random, 3);
  const Eigen::Matrix3d fcc = (Eigen::Matrix3d() << 0, 2, 2, 2, 0, 2, 2, 2, 0).finished();
  for (const Eigen::Matrix3d& cell : {cubic, fcc, skewed}) {
    const Eigen::Matrix3d settled = settled_cell(cell);
    EXPECT_NEAR(settled.determinant(), std::abs(cell.determinant()), 1e-9);
    const Eigen::Matrix3d multiples = settled * cell.inverse();
    EXPECT_LT((multiples - Eigen::Matrix3d(multiples.array().rint())).cwiseAbs().maxCoeff(), 1e-9);
    for (int trial = 0; trial < 20; ++trial)
      EXPECT_TRUE(settled_cell(sheared(cell, random)).isApprox(settled, 1e-9)) << settled;
  }
}

TEST(LatticePoints, ACubicLatticeHas48Symmetries) {
  EXPECT_EQ(lattice_symmetries(Eigen::Matrix3d::Identity(), .01).size(), 48u);
  EXPECT_EQ(lattice_symmetries(Eigen::Vector3d(1, 1, 1.5).asDiagonal(), .01).size(), 16u);
  EXPECT_EQ(lattice_symmetries(Eigen::Vector3d(1, 1.2, 1.5).asDiagonal(), .01).size(), 8u);
}

}  // namespace
}  // namespace limpid
