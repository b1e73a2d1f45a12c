// SPDX-License-Identifier: Apache-2.0
#include "limpid/crystal/structure.h"

#include "crystal/crystals.h"
#include "crystal/lattice.h"
#include "limpid/crystal/defects.h"
#include "limpid/crystal/neighbours.h"

namespace limpid::testing {
namespace {
using ::testing::HasSubstr;

Structure salt() {
  Structure crystal;
  crystal.name = "salt";
  crystal.species = {11, 17};
  crystal.positions = {{0, 0, 0}, {2.82, 2.82, 2.82}};
  crystal.cell = 5.64 * Eigen::Matrix3d::Identity();
  return crystal;
}

std::string fault(const std::function<void(Structure&)>& change) {
  Structure crystal = salt();
  change(crystal);
  return error_of([&] { check_structure(crystal); });
}

TEST(Structure, WhatIsWrongIsToldOfTheAtomOrTheCell) {
  EXPECT_EQ(fault([](Structure&) {}), "no error");
  EXPECT_EQ(fault([](Structure& s) { s.species.clear(), s.positions.clear(); }),
            "'salt' has no atoms; expected at least one");
  EXPECT_THAT(fault([](Structure& s) { s.species.pop_back(); }), HasSubstr("has 1 species and 2 positions"));
  EXPECT_THAT(fault([](Structure& s) { s.species[1] = 0; }), HasSubstr("atom 2 has the atomic number 0; expected 1"));
  EXPECT_THAT(fault([](Structure& s) { s.species[0] = 119; }), HasSubstr("atomic number 119"));
  EXPECT_THAT(fault([](Structure& s) { s.positions[1][2] = std::nan(""); }), HasSubstr("atom 2 lies at"));
  EXPECT_THAT(fault([](Structure& s) { s.positions[1][2] = 1e9; }), HasSubstr("expected finite numbers up to 1e+07 Å"));
  EXPECT_THAT(fault([](Structure& s) { (*s.cell)(1, 0) = INFINITY; }), HasSubstr("has the cell vector"));
  EXPECT_THAT(fault([](Structure& s) { s.cell->row(2) = s.cell->row(0) + s.cell->row(1); }),
              HasSubstr("a cell without volume"));
  EXPECT_THAT(fault([](Structure& s) { s.cell->setZero(); }), HasSubstr("a cell without volume"));
  EXPECT_THAT(fault([](Structure& s) {
                s.positions[1] = {0, .05, 0};
              }),
              HasSubstr("atoms 1 and 2 are 0.05 Å apart; expected at least 0.1 Å"));
  EXPECT_THAT(fault([](Structure& s) {
                s.positions[1] = {5.62, 5.64, -5.64};
              }),
              HasSubstr("atoms 1 and 2 are 0.02 Å apart"));
  EXPECT_THAT(fault([](Structure& s) { s.cell->row(1) *= .01; }), HasSubstr("atom 1 and its own image are 0.0564 Å"));
}

TEST(Structure, TheLeastDistanceCanBeChosen) {
  EXPECT_EQ(error_of([] { check_structure(salt(), 4.88); }), "no error");
  EXPECT_THAT(error_of([] { check_structure(salt(), 4.89); }), HasSubstr("expected at least 4.89 Å"));
}

TEST(Structure, ASupercellHasEveryAtomAtEveryLatticePointOfIt) {
  Random random(1);
  const Structure crystal = random_crystal(random, 3, 1);
  const Structure large = supercell(crystal, {2, 3, 4});
  ASSERT_EQ(large.size(), 72);
  EXPECT_NEAR(large.cell->determinant(), 24 * crystal.cell->determinant(), 1e-9);
  const std::vector<double> small = nearest_distances(crystal), distances = nearest_distances(large);
  for (size_t i = 0; i < 72; ++i) {
    EXPECT_EQ(large.species[i], crystal.species[i % 3]);
    EXPECT_NEAR(distances[i], small[i % 3], 1e-9);
    const Eigen::Vector3d fraction =
        crystal.cell->transpose().inverse() * (large.positions[i] - crystal.positions[i % 3]);
    EXPECT_LT((fraction - fraction.array().round().matrix()).norm(), 1e-9);
  }
  // One copy's atoms are together, copies in the order of i, j, k.
  EXPECT_LT((large.positions[3] - crystal.positions[0] - crystal.cell->row(2).transpose()).norm(), 1e-12);
}

TEST(Structure, ASupercellGrowsAlongItsShortestVector) {
  const auto counts = [](double a, double b, double c, int64_t atoms) {
    Structure crystal = salt();
    crystal.cell = Eigen::Vector3d(a, b, c).asDiagonal();
    const Structure large = supercell_of_at_least(crystal, atoms);
    EXPECT_GE(large.size(), atoms);
    const Eigen::Matrix3d copies = *large.cell * crystal.cell->inverse();
    return std::array<double, 3>{copies(0, 0), copies(1, 1), copies(2, 2)};
  };
  EXPECT_THAT(counts(5, 5, 5, 16), ::testing::ElementsAre(2, 2, 2));
  EXPECT_THAT(counts(5, 5, 5, 17), ::testing::ElementsAre(3, 2, 2));
  EXPECT_THAT(counts(10, 5, 2, 20), ::testing::ElementsAre(1, 2, 5));
  EXPECT_THAT(counts(10, 5, 2, 1), ::testing::ElementsAre(1, 1, 1));
  EXPECT_THAT(error_of([] { supercell_of_at_least(salt(), int64_t{1} << 40); }), HasSubstr("is too large"));
}

TEST(Structure, ImpossibleSupercellsAreRefused) {
  EXPECT_THAT(error_of([] { supercell(salt(), {1, 0, 1}); }), HasSubstr("0 copies is impossible"));
  EXPECT_THAT(error_of([] { supercell(salt(), {100'000, 100'000, 100'000}); }), HasSubstr("more than 100000000 atoms"));
  Structure cluster = salt();
  cluster.cell.reset();
  EXPECT_THAT(error_of([&] { supercell(cluster, {2, 2, 2}); }), HasSubstr("'salt' is a cluster without a cell"));
}

TEST(Structure, WrappedAtomsLieInTheCellAndAreTheSameCrystal) {
  Random random(2);
  for (int trial = 0; trial < 20; ++trial) {
    const Structure crystal = random_crystal(random, 8, 2), moved = wrapped(crystal);
    const Eigen::Matrix3d inverse = crystal.cell->transpose().inverse();
    for (size_t i = 0; i < 8; ++i) {
      const Eigen::Vector3d fraction = inverse * moved.positions[i];
      EXPECT_GE(fraction.minCoeff(), -1e-9);
      EXPECT_LT(fraction.maxCoeff(), 1 + 1e-9);
      const Eigen::Vector3d shift = inverse * (moved.positions[i] - crystal.positions[i]);
      EXPECT_LT((shift - shift.array().round().matrix()).norm(), 1e-8);
    }
  }
  Structure edge = salt();
  edge.positions[0] = {-1e-18, 5.64, 0};  // not to the far side by rounding
  EXPECT_LT(wrapped(edge).positions[0].norm(), 1e-9);
}

TEST(Structure, ARotationKeepsAllDistancesAndHandedness) {
  Random random(3);
  const Structure crystal = random_crystal(random, 5, 1), turned = rotated(crystal, random_rotation(random));
  EXPECT_NEAR(turned.cell->determinant(), crystal.cell->determinant(), 1e-9);
  EXPECT_THAT(nearest_distances(turned), ::testing::Pointwise(::testing::DoubleNear(1e-9), nearest_distances(crystal)));
  EXPECT_GT((turned.positions[0] - crystal.positions[0]).norm(), .1);
  EXPECT_THAT(error_of([&] { rotated(crystal, 2 * Eigen::Matrix3d::Identity()); }), HasSubstr("not orthogonal"));
}

TEST(Structure, SymbolsAndAtomicNumbersAreInverse) {
  EXPECT_EQ(atomic_number("H"), 1);
  EXPECT_EQ(atomic_number("Fe"), 26);
  EXPECT_EQ(atomic_number("La"), 57);
  EXPECT_EQ(atomic_number("Pu"), 94);
  EXPECT_EQ(atomic_number("Og"), 118);
  for (int number = 1; number <= 118; ++number) EXPECT_EQ(atomic_number(chemical_symbol(number)), number);
  EXPECT_THAT(error_of([] { atomic_number("Xx"); }), HasSubstr("there is no element 'Xx'; did you mean '"));
  EXPECT_THAT(error_of([] { chemical_symbol(119); }), HasSubstr("atomic number 119; expected 1 (H) to 118 (Og)"));
}

TEST(Lattice, TheShortestCellSpansTheSameLatticeWithShortVectorsAtWideAngles) {
  Random random(4);
  for (int trial = 0; trial < 200; ++trial) {
    const Eigen::Matrix3d cell = skewed_cell(random, 6), shortest = shortest_cell(cell);
    EXPECT_NEAR(shortest.determinant(), cell.determinant(), 1e-6);
    const Eigen::Matrix3d steps = shortest * cell.inverse();  // whole numbers: of the lattice
    EXPECT_LT((steps - steps.array().round().matrix()).norm(), 1e-5);
    // Minkowski: no vector gets shorter by adding others.
    for (int i = -1; i <= 1; ++i)
      for (int j = -1; j <= 1; ++j) {
        const Eigen::RowVector3d c = shortest.row(2) + i * shortest.row(0) + j * shortest.row(1);
        EXPECT_GE(c.norm(), shortest.row(2).norm() - 1e-9);
        EXPECT_GE((shortest.row(1) + i * shortest.row(0)).norm(), shortest.row(1).norm() - 1e-9);
      }
    EXPECT_LE(shortest.row(0).norm(), shortest.row(1).norm() + 1e-9);
    EXPECT_LE(shortest.row(1).norm(), shortest.row(2).norm() + 1e-9);
  }
}

}  // namespace
}  // namespace limpid::testing
