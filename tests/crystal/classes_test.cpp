// SPDX-License-Identifier: Apache-2.0
#include "limpid/crystal/classes.h"

#include <gmock/gmock.h>

#include <numeric>
#include <set>

#include "crystal/crystals.h"
#include "limpid/crystal/diffraction.h"
#include "limpid/crystal/neighbours.h"
#include "limpid/crystal/prototypes.h"
#include "limpid/crystal/symmetry.h"

namespace limpid::testing {
namespace {
using ::testing::HasSubstr;

TEST(CrystalClasses, AreThoseOfThePublishedDataSet) {  // ziletti2018
  const auto& counts = published_class_counts();
  ASSERT_EQ(crystal_classes().size(), counts.size());
  EXPECT_EQ(std::accumulate(counts.begin(), counts.end(), int64_t{0}), 10517);
  EXPECT_EQ(class_of_group(229), 0);
  EXPECT_EQ(class_of_group(166), class_of_group(194));
  EXPECT_FALSE(class_of_group(216));
}

TEST(DrawCrystal, GivesCrystalsThatSpglibPutsIntoTheirClass) {
  Random random(1);
  for (int64_t label = 0; label < 7; ++label)
    for (int i = 0; i < 40; ++i) {
      const DrawnCrystal drawn = draw_crystal(label, 1 + i, .05, random);
      std::string why;
      EXPECT_EQ(class_of(drawn.structure, why), label)
          << drawn.prototype << " " << drawn.ratio << " " << drawn.coordinate << ": " << why;
    }
}

TEST(DrawCrystal, GivesCrystalsWithOneUnitOfLengthWhateverTheCell) {
  Random random(4);  // cells of few atoms have been taken for averages of smaller ones
  for (int64_t label = 0; label < 7; ++label)
    for (int i = 0; i < 40; ++i) {
      const DrawnCrystal drawn = draw_crystal(label, 1 + i, .05, random);
      const Structure other = in_random_cell(drawn.structure, random);
      const double expected = length_scale(drawn.structure, Scaling::mean_nn);
      for (const Scaling scaling : {Scaling::mean_nn, Scaling::robust})
        EXPECT_NEAR(length_scale(other, scaling) / expected, 1, 1e-6) << drawn.structure.name << " " << drawn.ratio;
    }
}

TEST(DrawCrystal, StaysAwayFromRatiosOfHigherSymmetry) {
  Random random(2);
  std::set<std::string> prototypes;
  for (int i = 0; i < 2000; ++i) {
    const DrawnCrystal tetragonal = draw_crystal(1, 49, .05, random);
    for (const double cubic : {1., std::sqrt(2.)}) EXPECT_GE(std::abs(tetragonal.ratio / cubic - 1), .05);
    const DrawnCrystal hexagonal = draw_crystal(5, 80, .05, random);
    prototypes.insert(hexagonal.prototype);
    if (hexagonal.prototype == "rh") {
      for (const double cubic : {std::sqrt(3. / 8), std::sqrt(3. / 2), std::sqrt(6.)})
        EXPECT_GE(std::abs(hexagonal.ratio / cubic - 1), .05);
    }
  }
  EXPECT_EQ(prototypes, (std::set<std::string>{"hcp", "rh", "rh_c", "dhcp", "rh_ac", "hex_diam", "graphite"}));
}

TEST(InRandomCell, IsTheSameCrystal) {
  Random random(3);
  for (int64_t label = 0; label < 7; ++label) {
    const Structure crystal = draw_crystal(label, 26, .05, random).structure;
    const Structure other = in_random_cell(crystal, random);
    ASSERT_EQ(other.size(), crystal.size());
    EXPECT_NEAR(std::abs(other.cell->determinant()), std::abs(crystal.cell->determinant()), 1e-9);
    EXPECT_EQ(find_space_group(other)->number, find_space_group(crystal)->number);
    // Each atom sees the same distances, by looking at every image.
    const auto sorted = [](const Structure& structure) {
      std::vector<double> all;
      for (int64_t atom = 0; atom < structure.size(); ++atom)
        for (const double distance : distances_by_force(structure, atom, 6)) all.push_back(distance);
      std::sort(all.begin(), all.end());
      return all;
    };
    const std::vector<double> expected = sorted(crystal), found = sorted(other);
    ASSERT_EQ(found.size(), expected.size());
    for (size_t i = 0; i < found.size(); ++i) EXPECT_NEAR(found[i], expected[i], 1e-9);
    EXPECT_GT((*other.cell - *crystal.cell).norm(), .1);
  }
}

TEST(ClassOf, SaysWhyThereIsNone) {
  std::string why;
  Structure salt = build_prototype("sc", 11);
  salt.positions.push_back(salt.cell->transpose() * Eigen::Vector3d(.5, .5, .5));
  salt.species.push_back(17);
  EXPECT_FALSE(class_of(salt, why));
  EXPECT_THAT(why, HasSubstr("2 elements"));
  salt.species = {11, 11};
  EXPECT_EQ(class_of(salt, why), 0);
  salt.cell.reset();
  EXPECT_FALSE(class_of(salt, why));
  EXPECT_THAT(why, HasSubstr("no cell"));
  Structure nearly = build_prototype("fcc", 29);
  nearly.positions[1] += Eigen::Vector3d(.003, 0, 0);
  EXPECT_FALSE(class_of(nearly, why));
  EXPECT_THAT(why, HasSubstr("changes with the tolerance"));
  Structure orthorhombic = build_prototype("sc", 84);
  *orthorhombic.cell = Eigen::DiagonalMatrix<double, 3>(3, 3.5, 4);
  EXPECT_FALSE(class_of(orthorhombic, why));
  EXPECT_THAT(why, HasSubstr("space group is 47"));
}

TEST(CrystalClasses, AreToldFromOtherSymmetries) {
  Cluster cluster;
  for (const int group : {1, 2, 63, 129, 136, 152, 186, 191, 216}) {
    cluster.symmetry = SpaceGroup{group};
    EXPECT_TRUE(is_of_no_class(cluster)) << group;
  }
  for (const int group : {139, 141, 166, 194, 221, 225, 227, 229}) {
    cluster.symmetry = SpaceGroup{group};
    EXPECT_FALSE(is_of_no_class(cluster)) << group;
  }
  cluster.symmetry.reset();
  cluster.cell = ClusterCell::mean;  // of a piece
  EXPECT_FALSE(is_of_no_class(cluster));
  for (const ClusterCell cell : {ClusterCell::as_it_stands, ClusterCell::reduced}) {
    cluster.cell = cell;
    EXPECT_TRUE(is_of_no_class(cluster));
  }
}

}  // namespace
}  // namespace limpid::testing
