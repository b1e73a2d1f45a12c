// SPDX-License-Identifier: Apache-2.0
#include <Eigen/Geometry>

#include "crystal/crystals.h"
#include "limpid/crystal/defects.h"
#include "limpid/crystal/diffraction.h"
#include "limpid/crystal/prototypes.h"
#include "limpid/crystal/symmetry.h"

namespace limpid::testing {
namespace {
using ::testing::HasSubstr;

double cosine(const Tensor& one, const Tensor& other) {
  return ((one * other).sum() / (one.square().sum() * other.square().sum()).sqrt()).item<double>();
}

// Ziletti 2018, Supplementary: supercells of at least 256 atoms.
TEST(Cluster, HasAsManyCellsAsThePaperSays) {
  struct Example {
    std::string prototype;
    int species;
    double ratio;
    std::array<int, 3> copies;
    int64_t atoms;
  };
  for (const Example& example : std::vector<Example>{{"sc", 84, 0, {7, 7, 6}, 294},
                                                     {"bcc", 74, 0, {6, 5, 5}, 300},
                                                     {"fcc", 29, 0, {4, 4, 4}, 256},
                                                     {"diam", 6, 0, {4, 3, 3}, 288},
                                                     {"bct_139", 49, 1.5206, {6, 6, 4}, 288},
                                                     {"bct_141", 50, .5456, {4, 4, 5}, 320},
                                                     {"hcp", 12, 1.6236, {4, 8, 5}, 320}}) {
    const Cluster cluster = standard_cluster(build_prototype(example.prototype, example.species, example.ratio));
    EXPECT_EQ(cluster.copies, example.copies) << example.prototype;
    EXPECT_EQ(cluster.structure.size(), example.atoms) << example.prototype;
    EXPECT_EQ(cluster.cell, ClusterCell::standard);
  }
}

/// The same crystal in a random cell of its lattice, or of a supercell, rotated, atoms shuffled and moved together.
Structure disguised(const Structure& crystal, Random& random) {
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

TEST(Cluster, DoesNotDependOnTheChoiceOfCellOrOrientation) {
  Random random(1);
  for (const Prototype& prototype : prototypes()) {
    const Structure crystal = build_prototype(prototype.name, 29);
    const Tensor expected = fingerprint(crystal);
    for (int trial = 0; trial < 4; ++trial) {
      const Structure other = disguised(supercell(crystal, {1 + trial % 2, 1, 1 + trial / 2}), random);
      EXPECT_GT(cosine(fingerprint(other), expected), .999) << prototype.name << ' ' << trial;
    }
  }
}

TEST(Cluster, DoesNotDependOnWhereTheCrystalBegins) {
  Random random(2);
  for (const Prototype& prototype : prototypes()) {
    Structure crystal = build_prototype(prototype.name, 29);
    const Cluster expected = standard_cluster(crystal);
    const double scale = length_scale(crystal, Scaling::robust);
    const Tensor before = diffraction_intensities(expected.structure, scale);
    const Eigen::Vector3d shift = random_vector(random, -5, 5);
    for (Eigen::Vector3d& position : crystal.positions) position += shift;
    std::reverse(crystal.positions.begin(), crystal.positions.end());
    const Tensor after = diffraction_intensities(standard_cluster(crystal).structure, scale);
    EXPECT_LT(((after - before).abs().max() / before.max()).item<float>(), 1e-5) << prototype.name;
  }
}

TEST(Cluster, AtomsAtTheFarSideOfTheCellByRoundingAreAtTheNearOne) {
  Structure crystal = build_prototype("sc", 84);
  crystal.positions[0] = Eigen::Vector3d(-1e-12, 0, 1e-9);
  EXPECT_EQ(standard_cluster(crystal).copies, (std::array<int, 3>{7, 7, 6}));
}

/// Defects are made in the supercell; the file that holds it says nothing of the crystal it was.
TEST(Cluster, OfADefectiveSupercellFillsTheCellsOfTheCrystalBehindIt) {
  Random random(3);
  for (const auto& [prototype, ratio] : {std::pair<std::string, double>{"sc", 0},
                                         {"bcc", 0},
                                         {"fcc", 0},
                                         {"diam", 0},
                                         {"hcp", 1.6},
                                         {"rh", 2},
                                         {"bct_139", 1.52},
                                         {"bct_141", .546}})
    for (const auto& [sigma, vacancies] : {std::pair{.1, 0.}, {0., .3}, {0., .6}, {.1, .3}}) {
      const Cluster pristine = standard_cluster(build_prototype(prototype, 47, ratio));
      const Structure defective = displaced(with_vacancies(pristine.structure, vacancies, random), sigma, random);
      const double scale = length_scale(defective, Scaling::robust);
      const Tensor expected = simulate_diffraction(defective, scale);
      const Cluster as_read = standard_cluster(defective);
      EXPECT_EQ(as_read.cell, ClusterCell::mean) << prototype << ' ' << sigma << ' ' << vacancies;
      EXPECT_EQ(as_read.copies, pristine.copies) << prototype << ' ' << sigma << ' ' << vacancies;
      EXPECT_EQ(as_read.structure.size(), defective.size()) << prototype << ' ' << sigma << ' ' << vacancies;
      EXPECT_GT(cosine(simulate_diffraction(as_read.structure, scale), expected), .9)
          << prototype << ' ' << sigma << ' ' << vacancies;
      // In another cell of the same supercell, turned.
      const Cluster turned = standard_cluster(disguised(defective, random));
      EXPECT_EQ(turned.cell, ClusterCell::mean) << prototype << ' ' << sigma << ' ' << vacancies;
      EXPECT_GT(cosine(simulate_diffraction(turned.structure, scale), expected), .85)
          << prototype << ' ' << sigma << ' ' << vacancies;
    }
}

TEST(Cluster, KnowsTheSpaceGroupOfTheCrystalBehindDefects) {
  Random random(7);
  for (const auto& [prototype, group] : {std::pair<std::string, int>{"sc", 221},
                                         {"bcc", 229},
                                         {"fcc", 225},
                                         {"diam", 227},
                                         {"hcp", 194},
                                         {"rh", 166},
                                         {"bct_139", 139},
                                         {"bct_141", 141}}) {
    const Structure pristine = standard_cluster(build_prototype(prototype, 47)).structure;
    EXPECT_EQ(standard_cluster(pristine).symmetry->number, group) << prototype;
    for (const auto& [sigma, vacancies] : {std::pair{.1, 0.}, {0., .3}, {.1, .3}}) {
      const Structure defective = displaced(with_vacancies(pristine, vacancies, random), sigma, random);
      EXPECT_EQ(standard_cluster(defective).symmetry->number, group) << prototype << ' ' << sigma << ' ' << vacancies;
    }
  }
}

/// Stackings of layers fold into one layer whose sites are partly filled: a lattice too fine for them.
TEST(Cluster, OfAStackingWithDefectsHasTheSymmetryOfTheStacking) {
  const double third = 1. / 3;
  const Prototype dhcp = {
      "dhcp", "", 194, 3.22, true, {{0, 0, 0}, {0, 0, .5}, {third, 2 * third, .25}, {2 * third, third, .75}}, true};
  const Prototype graphite = {
      "graphite", "", 194, 2.72, true, {{0, 0, .25}, {0, 0, .75}, {third, 2 * third, .25}, {2 * third, third, .75}},
      true};
  for (const Prototype& stacking : {dhcp, graphite}) {
    const Structure pristine = supercell(build_prototype(stacking, 57), {6, 6, 2});
    int right = 0;
    for (uint64_t seed = 0; seed < 10; ++seed) {
      Random random(seed);
      const Structure defective = displaced(with_vacancies(pristine, .2, random), .05, random);
      right += standard_cluster(defective).symmetry->number == 194;
    }
    EXPECT_GE(right, 9) << stacking.name;
    EXPECT_EQ(standard_cluster(pristine).symmetry->number, 194) << stacking.name;
  }
}

TEST(Cluster, OfASlightlyDistortedCrystalHasTheSymmetryOfAClass) {
  Structure strained = build_prototype("bcc", 47);
  strained.cell->row(1) *= 1.01;  // orthorhombic by 0.03 Å
  strained.cell->row(2) *= .995;
  strained.positions[1] = strained.cell->colwise().sum().transpose() / 2;
  EXPECT_EQ(standard_cluster(strained).symmetry->number, 229);
  strained.cell->row(1) *= 1.2;
  strained.cell->row(2) *= .9;
  strained.positions[1] = strained.cell->colwise().sum().transpose() / 2;
  EXPECT_EQ(standard_cluster(strained).symmetry->number, 71);
  Structure salt = supercell(build_prototype("sc", 11), {2, 2, 2});  // sites are looked at, not species
  for (size_t i = 0; i < 8; ++i)
    if (((i & 1) + (i >> 1 & 1) + (i >> 2 & 1)) % 2) salt.species[i] = 17;
  EXPECT_EQ(standard_cluster(salt).symmetry->number, 225);
}

TEST(Cluster, AVacancyDoesNotTurnTheCrystal) {
  // A cell along the face diagonals, in which the crystal that is left has axes of its own.
  Structure crystal = build_prototype("fcc", 29);
  const Tensor pristine = fingerprint(crystal);
  Eigen::Matrix3d diagonal;
  diagonal << 1, 1, 0, -1, 1, 0, 0, 0, 1;
  const Eigen::Matrix3d cell = diagonal * *crystal.cell;
  Structure large;
  large.cell = cell;
  for (const Eigen::Vector3d& position : supercell(crystal, {2, 2, 1}).positions) {
    const Eigen::Vector3d fraction = cell.transpose().inverse() * position;
    const Eigen::Vector3d inside = fraction.array() - (fraction.array() + 1e-9).floor();
    const Eigen::Vector3d place = cell.transpose() * inside;
    const bool known = std::any_of(large.positions.begin(), large.positions.end(),
                                   [&](const Eigen::Vector3d& other) { return (other - place).norm() < .1; });
    if (known) continue;
    large.positions.push_back(place);
    large.species.push_back(29);
  }
  ASSERT_EQ(large.size(), 8);
  Structure vacant = supercell(large, {2, 2, 2});
  vacant.positions.pop_back();
  vacant.species.pop_back();
  const Cluster cluster = standard_cluster(vacant);
  EXPECT_EQ(cluster.cell, ClusterCell::mean);
  EXPECT_EQ(cluster.copies, (std::array<int, 3>{4, 4, 4}));
  EXPECT_NEAR(static_cast<double>(cluster.structure.size()), 252, 3);
  EXPECT_GT(cosine(fingerprint(vacant), pristine), .99);
}

TEST(Cluster, AtomsWithoutACellAreTurnedAsTheirCrystal) {
  Random random(4);
  for (const std::string prototype : {"sc", "bcc", "fcc", "diam", "hcp", "bct_139"}) {
    const Structure crystal = build_prototype(prototype, 47);
    Structure atoms = standard_cluster(crystal).structure;
    atoms.cell.reset();
    const Structure turned = rotated(atoms, random_rotation(random));
    const Cluster cluster = standard_cluster(turned);
    EXPECT_EQ(cluster.cell, ClusterCell::mean);
    EXPECT_EQ(cluster.structure.size(), atoms.size());
    EXPECT_GT(cosine(fingerprint(turned), fingerprint(crystal)), .85) << prototype;
  }
}

// As a particle's that a microscope has measured: symmetry holds to a hundredth only.
TEST(Cluster, AStrainedPieceIsTurnedAsItsCrystal) {
  Random random(9);
  for (const char* name : {"bcc", "fcc", "diam", "sc"})
    for (int trial = 0; trial < 4; ++trial) {
      const Structure crystal = build_prototype(name, 78);
      Structure piece = rotated(supercell_of_at_least(crystal, 500), random_rotation(random));
      Eigen::Matrix3d strain = Eigen::Matrix3d::Identity();
      for (double& part : strain.reshaped()) part += .006 * random.normal();
      for (Eigen::Vector3d& position : piece.positions) position = strain * position;
      piece.cell.reset();
      const Cluster cluster = standard_cluster(displaced(piece, .05, random));
      ASSERT_EQ(cluster.cell, ClusterCell::mean) << name;
      const Eigen::Vector3d lengths = cluster.axes->rowwise().norm();
      const double edge = crystal.cell->row(0).norm();
      EXPECT_LT((lengths.array() / edge - 1).abs().maxCoeff(), .03) << name << " " << lengths.transpose();
      const Eigen::Matrix3d directions = cluster.axes->array().colwise() / lengths.array();
      EXPECT_LT((directions - Eigen::Matrix3d::Identity()).cwiseAbs().maxCoeff(), .05) << name << "\n" << directions;
    }
}

TEST(Cluster, APieceOfATetragonalCrystalNearFccIsTurnedAsThat) {
  Random random(10);
  for (const double ratio : {.94, 1.06, 1.33, 1.5}) {
    const Structure crystal = build_prototype("bct_139", 49, ratio);
    Structure piece = rotated(supercell_of_at_least(crystal, 500), random_rotation(random));
    piece.cell.reset();
    const Cluster cluster = standard_cluster(displaced(piece, .05, random));
    ASSERT_EQ(cluster.cell, ClusterCell::mean);
    EXPECT_NEAR(cluster.axes->row(2).norm() / cluster.axes->row(0).norm(), ratio, .01);
  }
}

TEST(Cluster, IsTheSameWhenFoundWithItsScale) {
  Random random(11);
  const Structure cell = build_prototype("hcp", 12, 1.7), pristine = standard_cluster(cell).structure;
  const Structure defective = displaced(with_vacancies(pristine, .3, random), .1, random);
  Structure without_cell = defective;
  without_cell.cell = {};
  for (const Structure& structure : {cell, pristine, defective, without_cell})
    for (const Scaling scaling : {Scaling::mean_nn, Scaling::robust}) {
      const ScaledCluster both = scaled_cluster(structure, {.scaling = scaling, .atoms = 200});
      const Cluster cluster = standard_cluster(structure, 200);
      EXPECT_EQ(both.cluster.cell, cluster.cell);
      EXPECT_EQ(both.cluster.copies, cluster.copies);
      EXPECT_EQ(both.cluster.structure.positions, cluster.structure.positions);
      EXPECT_NEAR(both.scale, length_scale(structure, scaling), 1e-5);
    }
}

TEST(Cluster, OfAtomsWithoutOrderIsTheAtomsThemselves) {
  Random random(5);
  const Structure atoms = random_cluster(random, 100, 15);
  const Cluster cluster = standard_cluster(atoms);
  EXPECT_EQ(cluster.cell, ClusterCell::as_it_stands);
  EXPECT_EQ(cluster.structure.positions, atoms.positions);
}

TEST(Cluster, WithoutSymmetryIsOfTheReducedCell) {
  Random random(6);
  Structure crystal = random_crystal(random, 3, 6);
  crystal.positions.push_back(crystal.positions.front() + Eigen::Vector3d(1e-4, 0, 0));  // too near for spglib
  crystal.species.push_back(crystal.species.front());
  ASSERT_FALSE(standard_cell(crystal));
  const Cluster cluster = standard_cluster(crystal);
  EXPECT_EQ(cluster.cell, ClusterCell::reduced);
  EXPECT_GE(cluster.structure.size(), 256);
  EXPECT_EQ(name_of(cluster.cell), "reduced");
}

TEST(Cluster, NeedsAtoms) {
  EXPECT_THAT(error_of([] { standard_cluster(Structure{.name = "none.cif"}); }), HasSubstr("'none.cif' has no atoms"));
  EXPECT_THAT(error_of([] { standard_cluster(build_prototype("sc", 84), 0); }), HasSubstr("at least 0 atoms"));
}

}  // namespace
}  // namespace limpid::testing
