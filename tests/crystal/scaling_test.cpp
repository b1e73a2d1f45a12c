// SPDX-License-Identifier: Apache-2.0
#include <Eigen/Geometry>

#include "crystal/crystals.h"
#include "crystal/mean_crystal.h"
#include "limpid/crystal/defects.h"
#include "limpid/crystal/diffraction.h"
#include "limpid/crystal/prototypes.h"

namespace limpid::testing {
namespace {
using ::testing::HasSubstr;

struct Example {
  std::string prototype;
  double ratio;
};

/// The eight prototypes, away from and near to where shells of neighbours fall together.
const std::vector<Example> examples = {{"sc", 0},        {"bcc", 0},       {"fcc", 0},        {"diam", 0},
                                       {"hcp", 1.4},     {"hcp", 1.633},   {"hcp", 1.85},     {"rh", .9},
                                       {"rh", 2},        {"bct_139", .65}, {"bct_139", 1.03}, {"bct_139", 1.52},
                                       {"bct_139", 1.9}, {"bct_141", .42}, {"bct_141", .546}, {"bct_141", .8}};

double cosine_of(const Tensor& one, const Tensor& other) {
  return ((one * other).sum() / (one.square().sum() * other.square().sum()).sqrt()).item<double>();
}

TEST(LengthScale, IsTheNearestDistanceOfAPristineCrystal) {
  Random random(1);
  for (const auto& [prototype, ratio] : examples)
    for (const int species : {6, 29, 55}) {
      const double nearest = 2 * atomic_radius(species);
      Structure crystal = build_prototype(prototype, species, ratio);
      for (int description = 0; description < 3; ++description) {
        EXPECT_NEAR(length_scale(crystal, Scaling::mean_nn) / nearest, 1, 1e-9) << prototype << ' ' << ratio;
        EXPECT_NEAR(length_scale(crystal, Scaling::robust) / nearest, 1, 1e-6) << prototype << ' ' << ratio;
        crystal = wrapped(rotated(supercell(crystal, {1 + description, 2, 1}), random_rotation(random)));
      }
    }
}

Structure crystal_of(const Eigen::Matrix3d& cell, const std::vector<Eigen::Vector3d>& fractions) {
  Structure crystal;
  crystal.cell = cell;
  for (const Eigen::Vector3d& fraction : fractions) {
    crystal.species.push_back(29);
    crystal.positions.push_back(cell.transpose() * fraction);
  }
  return crystal;
}

// Of one atom, any lattice seems to be one of its own.
TEST(LengthScale, IsTheNearestDistanceInCellsOfFewAtoms) {
  Eigen::Matrix3d bcc, fcc, hexagonal, tetragonal;
  bcc << -1.6, 1.6, 1.6, 1.6, -1.6, 1.6, 1.6, 1.6, -1.6;
  fcc << 0, 1.8, 1.8, 1.8, 0, 1.8, 1.8, 1.8, 0;
  hexagonal << 3.7, 0, 0, -1.85, 3.7 * std::sqrt(.75), 0, 0, 0, 12.1;
  tetragonal << 3.96, 0, 0, 0, 3.96, 0, 0, 0, 5.1;
  const double third = 1. / 3;
  const std::vector<Structure> crystals = {
      crystal_of(bcc, {{0, 0, 0}}), crystal_of(fcc, {{0, 0, 0}}),
      crystal_of(hexagonal, {{0, 0, 0}, {third, 2 * third, .25}, {0, 0, .5}, {2 * third, third, .75}}),
      crystal_of(tetragonal, {{.1, .1, 0}, {.9, .9, 0}, {.4, .6, .5}, {.6, .4, .5}})};  // molecules
  Random random(5);
  for (const Structure& crystal : crystals)
    for (const Structure& same : {crystal, rotated(crystal, random_rotation(random)), supercell(crystal, {2, 1, 1})})
      EXPECT_NEAR(length_scale(same, Scaling::robust), length_scale(crystal, Scaling::mean_nn), 1e-6) << same.size();
}

/// What is left of the nearest distance's error, and of the fingerprint, at a level of defects.
void expect_robust(double sigma, double vacancies, double error, double least_cosine) {
  for (const auto& [prototype, ratio] : examples) {
    Random random(mixed_seed({static_cast<uint64_t>(100 * sigma), static_cast<uint64_t>(100 * vacancies)}));
    const Structure crystal = standard_cluster(build_prototype(prototype, 47, ratio)).structure;
    const Structure defective = displaced(with_vacancies(crystal, vacancies, random), sigma, random);
    const double expected = 2 * atomic_radius(47), scale = length_scale(defective, Scaling::robust);
    EXPECT_NEAR(scale / expected, 1, error) << prototype << ' ' << ratio;
    EXPECT_GT(cosine_of(simulate_diffraction(defective, scale), simulate_diffraction(crystal, expected)), least_cosine)
        << prototype << ' ' << ratio;
  }
}

TEST(LengthScale, DoesNotMindDisplacements) {
  expect_robust(.06, 0, .002, .98);
  expect_robust(.2, 0, .005, .9);
}

TEST(LengthScale, DoesNotMindVacancies) {
  expect_robust(0, .4, 1e-6, .95);
  expect_robust(0, .7, 1e-6, .8);
}

TEST(LengthScale, DoesNotMindBoth) { expect_robust(.1, .3, .005, .9); }

TEST(LengthScale, DoesNotMindOtherSpeciesOrAFewAtomsTooMany) {
  Random random(2);
  const Structure crystal = standard_cluster(build_prototype("bcc", 26)).structure;
  const double expected = 2 * atomic_radius(26);
  EXPECT_NEAR(length_scale(substituted(crystal, .5, random), Scaling::robust) / expected, 1, 1e-6);
  const Structure more = with_interstitials(displaced(crystal, .1, random), .03, 1, random);
  EXPECT_NEAR(length_scale(more, Scaling::robust) / expected, 1, .005);
}

/// The atoms of a large crystal within a sphere, as they lie after a rotation.
Structure cut_sphere(const Structure& crystal, double radius, Random& random) {
  const Eigen::Vector3d middle = crystal.cell->transpose() * Eigen::Vector3d(.5, .5, .5);
  Structure sphere;
  for (size_t i = 0; i < crystal.positions.size(); ++i)
    if ((crystal.positions[i] - middle).norm() < radius) {
      sphere.species.push_back(crystal.species[i]);
      sphere.positions.push_back(crystal.positions[i] - middle);
    }
  return rotated(sphere, random_rotation(random));
}

TEST(LengthScale, NeedsNoCell) {
  Random random(3);
  for (const auto& [prototype, ratio] : examples) {
    const double expected = 2 * atomic_radius(47);
    const Structure crystal = standard_cluster(build_prototype(prototype, 47, ratio), 4000).structure;
    const Structure defective = displaced(with_vacancies(crystal, .2, random), .1, random);
    const Structure sphere = cut_sphere(defective, 3.8 * expected, random);
    EXPECT_NEAR(length_scale(sphere, Scaling::robust) / expected, 1, .01) << prototype << ' ' << ratio;
  }
}

TEST(LengthScale, OfALargeStructureIsThatOfItsParts) {
  Random random(6);
  const Structure crystal = standard_cluster(build_prototype("hcp", 12), 6000).structure;
  const Structure defective = displaced(with_vacancies(crystal, .3, random), .15, random);
  EXPECT_NEAR(length_scale(defective, Scaling::robust) / (2 * atomic_radius(12)), 1, .01);
}

TEST(MeanCrystal, HasThePrimitiveCellAndItsSites) {
  for (const auto& [prototype, ratio] : examples) {
    Random random(5);
    const Structure conventional = build_prototype(prototype, 47, ratio);
    const Structure pristine = standard_cluster(conventional).structure;
    const Structure defective = displaced(with_vacancies(pristine, .3, random), .1, random);
    const auto crystal = mean_crystal(defective);
    ASSERT_TRUE(crystal) << prototype << ' ' << ratio;
    const bool pairs = prototype == "diam" || prototype == "hcp" || prototype == "bct_141";
    EXPECT_EQ(crystal->sites.size(), pairs ? 2 : 1) << prototype << ' ' << ratio;
    EXPECT_TRUE(crystal->exact) << prototype << ' ' << ratio;
    EXPECT_NEAR(crystal->spread, .1, .01) << prototype << ' ' << ratio;
    const double volume = std::abs(conventional.cell->determinant()) / static_cast<double>(conventional.size());
    EXPECT_NEAR(std::abs(crystal->cell.determinant()), volume * (pairs ? 2 : 1), 1e-6) << prototype << ' ' << ratio;
  }
}

// Arsenic's structure is simple cubic but for a shift of every other plane: two sites that are nearly one.
TEST(MeanCrystal, TellsTwoSitesThatAreNearlyOne) {
  Random random(7);
  const Structure pristine = standard_cluster(build_prototype("rh_c", 33)).structure;
  const auto crystal = mean_crystal(displaced(with_vacancies(pristine, .3, random), .1, random));
  ASSERT_TRUE(crystal);
  EXPECT_EQ(crystal->sites.size(), 2);
  EXPECT_NEAR(nearest_distance(*crystal) / (2 * atomic_radius(33)), 1, .01);
}

// Atoms thrown in one by one, none nearer to another than 2.4 Å: the first shell begins there.
TEST(LengthScale, OfAGlassIsItsFirstShell) {
  Random random(4);
  for (int trial = 0; trial < 5; ++trial) {
    Structure glass;
    glass.cell = 16 * Eigen::Matrix3d::Identity();
    for (int tries = 0; tries < 200'000 && glass.size() < 140; ++tries) {
      const Eigen::Vector3d place = random_vector(random, 0, 16);
      const bool room = std::all_of(glass.positions.begin(), glass.positions.end(), [&](const Eigen::Vector3d& other) {
        Eigen::Vector3d between = place - other;
        for (double& part : between) part -= 16 * std::round(part / 16);
        return between.norm() > 2.4;
      });
      if (!room) continue;
      glass.positions.push_back(place);
      glass.species.push_back(14);
    }
    EXPECT_FALSE(mean_crystal(glass));
    const double scale = length_scale(glass, Scaling::robust);
    EXPECT_GT(scale, 2.3);
    EXPECT_LT(scale, 3);
  }
}

TEST(LengthScale, OfAFewAtomsIsTheirDistance) {
  const Structure pair = {.species = {1, 1}, .positions = {{0, 0, 0}, {0, 0, 2}}};
  EXPECT_NEAR(length_scale(pair, Scaling::mean_nn), 2, 1e-9);
  EXPECT_NEAR(length_scale(pair, Scaling::robust), 2, .05);
  const Structure single = {.name = "one.xyz", .species = {1}, .positions = {{0, 0, 0}}};
  for (const Scaling scaling : {Scaling::mean_nn, Scaling::robust})
    EXPECT_THAT(error_of([&] { length_scale(single, scaling); }), HasSubstr("'one.xyz' is a single atom"));
}

}  // namespace
}  // namespace limpid::testing
