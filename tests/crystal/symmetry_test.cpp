// SPDX-License-Identifier: Apache-2.0
#include "limpid/crystal/symmetry.h"

#include <Eigen/Geometry>
#include <thread>

#include "crystal/crystals.h"
#include "limpid/crystal/defects.h"
#include "limpid/crystal/neighbours.h"
#include "limpid/crystal/prototypes.h"

namespace limpid::testing {
namespace {
using ::testing::HasSubstr;

/// The same crystal in a random cell of its lattice, rotated, atoms shuffled and moved together.
Structure disguised_crystal(const Structure& crystal, Random& random) {
  Structure other = crystal;
  for (int step = 0; step < 4; ++step) {
    const int64_t to = random.below(3), from = (to + 1 + random.below(2)) % 3;
    other.cell->row(to) += (random.below(2) == 0 ? 1. : -1.) * other.cell->row(from);
  }
  const Eigen::Vector3d shift = random_vector(random, -5, 5);
  random.shuffle(other.positions);  // of one element
  for (Eigen::Vector3d& position : other.positions) position += shift;
  return wrapped(rotated(other, random_rotation(random)));
}

/// Distances around every atom, all sorted: equal for equal crystals however they are described.
std::vector<double> shells(const Structure& crystal, double radius) {
  std::vector<double> distances;
  for_each_pair(crystal, radius,
                [&](int64_t, int64_t, const Eigen::Vector3d& between) { distances.push_back(between.norm()); });
  std::sort(distances.begin(), distances.end());
  std::vector<double> thinned;  // of one atom's worth, as the number of atoms in the cell may differ
  for (size_t i = 0; i < distances.size(); i += static_cast<size_t>(crystal.size())) thinned.push_back(distances[i]);
  return thinned;
}

void expect_oriented(const Structure& crystal) {
  const Eigen::Matrix3d& cell = *crystal.cell;
  EXPECT_EQ(cell(0, 1), 0);
  EXPECT_EQ(cell(0, 2), 0);
  EXPECT_EQ(cell(1, 2), 0);
  EXPECT_GT(cell.diagonal().minCoeff(), 0);
}

TEST(Symmetry, PrototypesHaveTheirSpaceGroup) {
  for (const Prototype& prototype : prototypes())
    for (const int species : {1, 6, 26, 47, 94}) {
      const auto group = find_space_group(build_prototype(prototype.name, species));
      ASSERT_TRUE(group) << prototype.name;
      EXPECT_EQ(group->number, prototype.space_group) << prototype.name;
    }
  EXPECT_EQ(find_space_group(build_prototype("bcc", 26))->symbol, "Im-3m");
  EXPECT_EQ(find_space_group(build_prototype("rh", 80))->symbol, "R-3m");
}

// Within the tolerance the angles of this lattice are those of a cube, but what turns it into itself is no group:
// spglib alone searched for seconds, and found nothing.
TEST(Symmetry, ALatticeThatIsNearlyCubicHasAnAnswer) {
  Structure structure;
  structure.cell.emplace();
  *structure.cell << -12.6999, 0, -12.6999, 0, -.1, -12.6999, -12.2, -12.8, -12.7994;
  structure.positions = {Eigen::Vector3d(1, 2, 3)};
  structure.species = {26};
  ASSERT_TRUE(find_space_group(structure));
  EXPECT_EQ(find_space_group(structure)->number, 2);
  ASSERT_TRUE(standard_cell(structure));
  EXPECT_NEAR(standard_cell(structure)->cell->determinant(), std::abs(structure.cell->determinant()), 1e-6);
}

TEST(Symmetry, AStrainedLatticeOfOneAtomHasItsGroupAndKeepsItsStrain) {
  Random random(12);
  for (const std::string prototype : {"sc", "bcc", "fcc", "bct_139"}) {
    const Structure crystal = build_prototype(prototype, 47);
    for (int trial = 0; trial < 10; ++trial) {
      Eigen::Matrix3d strain = Eigen::Matrix3d::Identity();
      for (double& part : strain.reshaped()) part += .004 * random.normal();
      const Structure cell = disguised_crystal(strained(crystal, strain - Eigen::Matrix3d::Identity()), random);
      const auto found = find_standard_cell(cell, {.3, 3});
      ASSERT_TRUE(found) << prototype;
      EXPECT_EQ(found->group.number, find_space_group(crystal)->number) << prototype;
      EXPECT_NEAR(found->cell.cell->determinant() / crystal.cell->determinant(), strain.determinant(), 1e-6);
      const std::vector<double> expected = shells(cell, 6), got = shells(found->cell, 6);
      ASSERT_EQ(got.size(), expected.size());
      for (size_t i = 0; i < got.size(); ++i) EXPECT_NEAR(got[i], expected[i], 1e-6);
    }
  }
}

TEST(Symmetry, ADescriptionOfACrystalDoesNotChangeItsSpaceGroup) {
  Random random(1);
  for (const Prototype& prototype : prototypes())
    for (int trial = 0; trial < 5; ++trial) {
      const Structure crystal = build_prototype(prototype.name, 42);
      EXPECT_EQ(find_space_group(disguised_crystal(crystal, random))->number, prototype.space_group) << prototype.name;
      EXPECT_EQ(find_space_group(supercell(crystal, {2, 1, 3}))->number, prototype.space_group) << prototype.name;
    }
}

TEST(Symmetry, TheStandardCellIsTheConventionalOneWithAAlongX) {
  Random random(2);
  for (const Prototype& prototype : prototypes())
    for (int trial = 0; trial < 5; ++trial) {
      const Structure crystal = build_prototype(prototype.name, 29);
      const auto standard = standard_cell(disguised_crystal(crystal, random));
      ASSERT_TRUE(standard) << prototype.name;
      expect_oriented(*standard);
      EXPECT_EQ(standard->size(), crystal.size()) << prototype.name;
      EXPECT_TRUE(standard->cell->isApprox(*crystal.cell, 1e-6)) << prototype.name << "\n" << *standard->cell;
      EXPECT_EQ(find_space_group(*standard)->number, prototype.space_group);
      EXPECT_THAT(shells(*standard, 8), ::testing::Pointwise(::testing::DoubleNear(1e-6), shells(crystal, 8)));
    }
}

TEST(Symmetry, AMirroredCellIsNotMirroredBack) {
  // Trigonal selenium: P3_121 (152) has a mirror image in P3_221 (154).
  Structure selenium;
  const double a = 4.366, c = 4.954, u = .225;
  selenium.cell = (Eigen::Matrix3d() << a, 0, 0, -a / 2, a * std::sqrt(3.) / 2, 0, 0, 0, c).finished();
  for (const Eigen::Vector3d& fraction :
       {Eigen::Vector3d(u, 0, 1. / 3), Eigen::Vector3d(0, u, 2. / 3), Eigen::Vector3d(-u, -u, 0)}) {
    selenium.species.push_back(34);
    selenium.positions.push_back(selenium.cell->transpose() * fraction);
  }
  Structure left = selenium;
  left.cell->row(2) *= -1;  // another basis of the same lattice
  Structure mirrored = selenium;
  for (Eigen::Vector3d& position : mirrored.positions) position[0] *= -1;
  for (int i = 0; i < 3; ++i) (*mirrored.cell)(i, 0) *= -1;
  for (const auto& [crystal, number] : {std::pair(selenium, 152), std::pair(left, 152), std::pair(mirrored, 154)}) {
    EXPECT_EQ(find_space_group(crystal)->number, number);
    EXPECT_EQ(find_space_group(*standard_cell(crystal))->number, number);
    EXPECT_EQ(find_space_group(niggli_cell(crystal))->number, number);
  }
}

TEST(Symmetry, NothingIsIdealised) {
  Random random(3);
  const Structure crystal = supercell(build_prototype("fcc", 13), {1, 1, 1});
  Structure noisy = crystal;
  for (Eigen::Vector3d& position : noisy.positions) position += random_vector(random, -1e-3, 1e-3);
  noisy.cell->row(0) *= 1.0003;
  const auto standard = standard_cell(noisy);
  ASSERT_TRUE(standard);
  EXPECT_EQ(find_space_group(noisy)->number, 225);
  EXPECT_NEAR(standard->cell->determinant(), noisy.cell->determinant(), 1e-9);
  EXPECT_GT((*standard->cell - *crystal.cell).norm(), 1e-4);
}

TEST(Symmetry, DefectsHideItAtEveryTolerance) {
  Random random(4);
  const Structure large = supercell(build_prototype("bcc", 74), {5, 5, 5});
  for (const SymmetryTolerance& tolerance : {SymmetryTolerance{.1, 5}, SymmetryTolerance{1e-4, 1}}) {
    const auto moved = find_space_group(displaced(large, .08, random), tolerance);
    EXPECT_TRUE(!moved || moved->number != 229);
    const auto rest = find_space_group(with_vacancies(large, .02, random), tolerance);
    EXPECT_TRUE(!rest || rest->number != 229);
  }
}

TEST(Symmetry, NiggliCellsAreReducedAndTheSameCrystal) {
  Random random(5);
  for (int trial = 0; trial < 50; ++trial) {
    const Structure crystal = random_crystal(random, 3, 4), reduced = niggli_cell(crystal);
    expect_oriented(reduced);
    const Eigen::Matrix3d metric = *reduced.cell * reduced.cell->transpose();
    EXPECT_LE(metric(0, 0), metric(1, 1) + 1e-4);
    EXPECT_LE(metric(1, 1), metric(2, 2) + 1e-4);
    for (const auto& [row, column] : {std::pair(1, 2), std::pair(0, 2), std::pair(0, 1)})
      EXPECT_LE(std::abs(2 * metric(row, column)), metric(row, row) + 1e-4);
    EXPECT_NEAR(reduced.cell->determinant(), std::abs(crystal.cell->determinant()), 1e-6);
    EXPECT_THAT(shells(reduced, 5), ::testing::Pointwise(::testing::DoubleNear(1e-6), shells(crystal, 5)));
  }
}

TEST(Symmetry, WhereSpglibFindsNothingThereIsNoAnswer) {
  Structure twice;
  twice.species = {1, 1};
  twice.positions = {{0, 0, 0}, {0, 0, 0}};
  twice.cell = 3 * Eigen::Matrix3d::Identity();
  ::testing::internal::CaptureStderr();
  EXPECT_FALSE(find_space_group(twice));
  EXPECT_FALSE(standard_cell(twice));
  twice.cell.reset();
  EXPECT_FALSE(find_space_group(twice));
  EXPECT_FALSE(standard_cell(twice));
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");
  EXPECT_THAT(error_of([&] { niggli_cell(twice); }), HasSubstr("a cluster without a cell"));
  EXPECT_THAT(error_of([&] { find_space_group(twice, {0, 5}); }), HasSubstr("symmetry tolerance of 0 Å"));
}

TEST(Symmetry, ALatticeFinerThanAnyAtomHasNoGroup) {
  Structure fine;
  fine.species = {1};
  fine.positions = {{0, 0, 0}};
  fine.cell = Eigen::Matrix3d{{.1, 0, 0}, {0, 12.79, 0}, {.05, .05, 12.8}};
  EXPECT_FALSE(find_space_group(fine));
  EXPECT_FALSE(standard_cell(fine));
  fine.cell->row(1) += 100 * fine.cell->row(0);  // however it is written
  EXPECT_FALSE(find_space_group(fine));
  EXPECT_FALSE(standard_cell(fine));
  fine.cell = Eigen::Matrix3d{{4, 0, 0}, {0, 12.79, 0}, {0, 0, 12.8}};
  EXPECT_EQ(find_space_group(fine)->number, 47);
  // a chain of equal atoms that lie as close
  fine.cell = Eigen::Matrix3d{{.4, 0, 0}, {0, 12.79, 0}, {0, 0, 12.8}};
  fine.species = {1, 1};
  fine.positions = {{0, 0, 0}, {.2, 0, 0}};
  EXPECT_FALSE(standard_cell(fine));
}

TEST(Symmetry, SeveralThreadsMayAskAtOnce) {
  const std::vector<Prototype>& all = prototypes();
  std::vector<int> found(64, 0);
  std::vector<std::thread> threads;
  for (size_t worker = 0; worker < 4; ++worker)
    threads.emplace_back([&, worker] {
      for (size_t i = worker; i < found.size(); i += 4) {
        Random random(i);
        found[i] = find_space_group(disguised_crystal(build_prototype(all[i % all.size()].name, 40), random))->number;
      }
    });
  for (std::thread& thread : threads) thread.join();
  for (size_t i = 0; i < found.size(); ++i) EXPECT_EQ(found[i], all[i % all.size()].space_group);
}

TEST(Prototypes, NeighboursAreTwoRadiiApart) {
  for (const Prototype& prototype : prototypes())
    for (int species = 1; species <= 94; ++species) {
      const std::vector<double> distances = nearest_distances(build_prototype(prototype.name, species));
      for (const double distance : distances) EXPECT_NEAR(distance, 2 * atomic_radius(species), 1e-9);
    }
}

TEST(Prototypes, LatticesOfTheIdealRatiosAreTheCubicOnes) {
  const auto group = [](const char* name, double ratio) {
    return find_space_group(build_prototype(name, 47, ratio))->number;
  };
  EXPECT_EQ(group("bct_139", 1), 229);
  EXPECT_EQ(group("bct_139", std::sqrt(2.)), 225);
  EXPECT_EQ(group("bct_141", std::sqrt(2.)), 227);
  EXPECT_EQ(group("rh", std::sqrt(3. / 8)), 229);
  EXPECT_EQ(group("rh", std::sqrt(3. / 2)), 221);
  EXPECT_EQ(group("rh", std::sqrt(6.)), 225);
  EXPECT_EQ(group("bct_139", 1.2), 139);
  EXPECT_EQ(group("rh", 1.5), 166);
}

TEST(Prototypes, RadiiAreThoseOfWellKnownCrystals) {
  EXPECT_NEAR(2 * atomic_radius(6), 1.545, .01);    // diamond, a = 3.567 Å
  EXPECT_NEAR(2 * atomic_radius(26), 2.482, .01);   // bcc iron, a = 2.866 Å
  EXPECT_NEAR(2 * atomic_radius(29), 2.556, .01);   // fcc copper, a = 3.615 Å
  EXPECT_NEAR(2 * atomic_radius(84), 3.345, .015);  // sc polonium, a = 3.345 Å
  EXPECT_NEAR(2 * atomic_radius(92), 2.75, .02);    // α-uranium
  EXPECT_THAT(error_of([] { atomic_radius(95); }), HasSubstr("no radius is known of atomic number 95"));
}

TEST(Prototypes, ImpossibleOnesAreRefused) {
  EXPECT_THAT(error_of([] { build_prototype("bc", 26); }), HasSubstr("no prototype is called 'bc'; did you mean"));
  EXPECT_THAT(error_of([] { build_prototype("bcc", 26, 1.2); }), HasSubstr("its ratio c/a is 1"));
  EXPECT_THAT(error_of([] { build_prototype("hcp", 26, -1); }), HasSubstr("a ratio c/a of -1 is out of range"));
  EXPECT_THAT(error_of([] { build_prototype("hcp", 26, 0, .2); }), HasSubstr("has no free coordinate"));
  EXPECT_THAT(error_of([] { build_prototype("rh_c", 26, 0, .7); }), HasSubstr("a coordinate of 0.7 is out of range"));
}

TEST(Symmetry, ACrystalOfAnyShapeIsAskedAboutWithItsOwnTolerance) {
  // The same shape at two sizes: c/a differs from 1 by less than the tolerance in the smaller crystal alone. Asked
  // about in both orders, so that what is remembered of one cannot be taken for the other.
  const auto group_at = [](double edge) {
    Structure crystal;
    crystal.cell = Eigen::Vector3d(edge, edge, 1.002 * edge).asDiagonal();
    crystal.species = {84};
    crystal.positions = {Eigen::Vector3d(.1, .2, .3)};
    return find_standard_cell(crystal)->group.number;
  };
  for (const double edge : {3., 30., 3.1, 29., 3., 30.}) EXPECT_EQ(group_at(edge), edge < 5 ? 221 : 123) << edge;
}

TEST(Symmetry, TheGroupOfTheStandardCellIsTheOneOfTheStructure) {
  Random random(5);
  for (const Prototype& prototype : prototypes()) {
    const auto found = find_standard_cell(disguised_crystal(build_prototype(prototype.name, 42), random));
    ASSERT_TRUE(found) << prototype.name;
    EXPECT_EQ(found->group.number, prototype.space_group);
    EXPECT_EQ(found->group.symbol, find_space_group(build_prototype(prototype.name, 42))->symbol);
    EXPECT_NEAR((found->rotation * found->rotation.transpose() - Eigen::Matrix3d::Identity()).norm(), 0, 1e-9);
  }
}

TEST(Symmetry, ACrystalIsTurnedNoMoreThanItMust) {
  Random random(6);
  for (const Prototype& prototype : prototypes())
    for (int trial = 0; trial < 10; ++trial) {
      // One turn by 10° brings it back to the standard orientation; symmetry allows many others.
      const Eigen::Vector3d axis = random_vector(random, -1, 1).normalized();
      const Eigen::Matrix3d turn = Eigen::AngleAxisd(M_PI / 18, axis).toRotationMatrix();
      const auto found = find_standard_cell(rotated(build_prototype(prototype.name, 42), turn));
      ASSERT_TRUE(found) << prototype.name;
      EXPECT_GT(found->rotation.trace(), turn.trace() - 1e-6) << prototype.name;
    }
}

TEST(Symmetry, WhatIsFoundDoesNotDependOnWhatWasAskedBefore) {
  Random random(7);
  std::vector<Structure> crystals;
  std::vector<StandardCell> found;
  for (int trial = 0; trial < 8; ++trial)
    for (const Prototype& prototype : prototypes()) {
      crystals.push_back(disguised_crystal(build_prototype(prototype.name, 20 + 7 * trial), random));
      found.push_back(find_standard_cell(crystals.back()).value());
    }
  for (size_t i = crystals.size(); i-- > 0;) {
    const StandardCell again = find_standard_cell(crystals[i]).value();
    EXPECT_EQ(again.cell.positions, found[i].cell.positions);
    EXPECT_EQ(*again.cell.cell, *found[i].cell.cell);
    EXPECT_EQ(again.rotation, found[i].rotation);
  }
}

}  // namespace
}  // namespace limpid::testing
