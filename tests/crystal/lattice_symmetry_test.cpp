// SPDX-License-Identifier: Apache-2.0
#include "crystal/lattice_symmetry.h"

#include <gtest/gtest.h>

#include <Eigen/LU>

#include "crystal/lattice.h"
#include "limpid/core/random.h"

namespace limpid {
namespace {

using Eigen::Matrix3d;

constexpr SymmetryTolerance kLoose = {.3, 3}, kTight = {1e-5, 1e-3};

struct Bravais {
  std::string name;
  Matrix3d cell;
  size_t rotations;
};

std::vector<Bravais> lattices() {
  const double half = std::sqrt(3.) / 2;
  Matrix3d hexagonal, fcc, bcc, monoclinic, triclinic;
  hexagonal << 2.5, 0, 0, -1.25, 2.5 * half, 0, 0, 0, 4.1;
  fcc << 0, 2, 2, 2, 0, 2, 2, 2, 0;
  bcc << -1.4, 1.4, 1.4, 1.4, -1.4, 1.4, 1.4, 1.4, -1.4;
  monoclinic << 3, 0, 0, 0, 4, 0, -1, 0, 5;
  triclinic << 3, 0, 0, .8, 4, 0, -1, 1.4, 5;
  Matrix3d body_centred = bcc;
  body_centred.col(2) *= 1.25;
  return {{"sc", 3 * Matrix3d::Identity(), 24},
          {"fcc", fcc, 24},
          {"bcc", bcc, 24},
          {"hexagonal", hexagonal, 12},
          {"tetragonal", Eigen::DiagonalMatrix<double, 3>(3, 3, 5), 8},
          {"body-centred tetragonal", body_centred, 8},
          {"orthorhombic", Eigen::DiagonalMatrix<double, 3>(3, 4, 5), 4},
          {"monoclinic", monoclinic, 2},
          {"triclinic", triclinic, 1}};
}

Matrix3d strained(const Matrix3d& cell, double by, Random& random) {
  Matrix3d strain = Matrix3d::Identity();
  for (double& part : strain.reshaped()) part += by * random.normal();
  return shortest_cell(cell * strain);
}

double worst_change(const Matrix3d& cell, const std::vector<Matrix3d>& rotations) {
  const Matrix3d products = cell * cell.transpose();
  double worst = 0;
  for (const Matrix3d& rotation : rotations)
    worst = std::max(worst, (rotation * products * rotation.transpose() - products).cwiseAbs().maxCoeff());
  return worst;
}

TEST(LatticeSymmetry, EachBravaisLatticeHasItsRotations) {
  for (const Bravais& lattice : lattices()) {
    const Matrix3d cell = shortest_cell(lattice.cell);
    const std::vector<Matrix3d> rotations = lattice_rotations(cell, kTight);
    EXPECT_EQ(rotations.size(), lattice.rotations) << lattice.name;
    EXPECT_LT(worst_change(cell, rotations), 1e-9) << lattice.name;
  }
}

TEST(LatticeSymmetry, AStrainedLatticeGetsThoseOfTheLatticeItWasExactly) {
  Random random(3);
  for (const Bravais& lattice : lattices())
    for (int k = 0; k < 20; ++k) {
      const Matrix3d cell = strained(lattice.cell, .003, random), symmetric = most_symmetric_cell(cell, kLoose);
      EXPECT_EQ(lattice_rotations(symmetric, kTight).size(), lattice.rotations) << lattice.name;
      EXPECT_LT((symmetric * symmetric.transpose() - cell * cell.transpose()).cwiseAbs().maxCoeff(), .5)
          << lattice.name;
      EXPECT_NEAR(symmetric.determinant() / lattice.cell.determinant(), lattice.cell.determinant() > 0 ? 1 : -1, .05);
    }
}

TEST(LatticeSymmetry, WhateverTheStrainTheyAreAGroup) {
  Random random(5);
  for (const Bravais& lattice : lattices())
    for (int k = 0; k < 50; ++k) {
      const Matrix3d cell = strained(lattice.cell, .02, random);
      const std::vector<Matrix3d> rotations = lattice_rotations(cell, kLoose);
      for (const Matrix3d& one : rotations)
        for (const Matrix3d& other : rotations)
          EXPECT_NE(std::find(rotations.begin(), rotations.end(), Matrix3d(one * other)), rotations.end());
      EXPECT_LT(worst_change(most_symmetric_cell(cell, kLoose), rotations), 1e-9) << lattice.name;
    }
}

TEST(LatticeSymmetry, ATolerancePastAllLengthsHasAGroupToo) {
  const double endless = std::numeric_limits<double>::infinity();
  for (const Bravais& lattice : lattices())
    EXPECT_LE(lattice_rotations(shortest_cell(lattice.cell), {endless, endless}).size(), 24) << lattice.name;
}

TEST(LatticeSymmetry, ACellThatHasThemStaysAsItIs) {
  for (const Bravais& lattice : lattices()) {
    const Matrix3d cell = oriented_cell(shortest_cell(right_handed(lattice.cell)));
    EXPECT_TRUE(most_symmetric_cell(cell, kTight).isApprox(cell, 1e-12)) << lattice.name;
  }
}

}  // namespace
}  // namespace limpid
