// SPDX-License-Identifier: Apache-2.0
#include "limpid/crystal/defects.h"

#include "crystal/crystals.h"
#include "limpid/crystal/neighbours.h"
#include "limpid/crystal/prototypes.h"

namespace limpid::testing {
namespace {
using ::testing::HasSubstr;

Structure iron(int copies) { return supercell(build_prototype("bcc", 26), {copies, copies, copies}); }

TEST(Defects, VacanciesTakeTheWholeNumberBelowTheShare) {
  Random random(1);
  const Structure crystal = iron(5);  // 250 atoms
  for (const double share : {0., .001, .01, .1, .3, .7, .999}) {
    const Structure rest = with_vacancies(crystal, share, random);
    EXPECT_EQ(rest.size(), 250 - static_cast<int64_t>(250 * share));
    EXPECT_EQ(*rest.cell, *crystal.cell);
    // Those that stay are atoms of the crystal, each once and in their order.
    size_t at = 0;
    for (const Eigen::Vector3d& position : rest.positions) {
      while (at < 250 && crystal.positions[at] != position) ++at;
      ASSERT_LT(at, 250u);
      ++at;
    }
  }
}

TEST(Defects, EveryAtomIsTakenOutEquallyOften) {
  Random random(2);
  const Structure crystal = iron(3);  // 54 atoms
  std::map<std::tuple<double, double, double>, int> stayed;
  constexpr int kTrials = 4000;
  for (int trial = 0; trial < kTrials; ++trial)
    for (const Eigen::Vector3d& p : with_vacancies(crystal, .5, random).positions) ++stayed[{p[0], p[1], p[2]}];
  ASSERT_EQ(stayed.size(), 54u);
  for (const auto& [position, count] : stayed) EXPECT_NEAR(count, kTrials / 2, 5 * std::sqrt(kTrials / 4.));
}

TEST(Defects, DisplacementsAreNormalInEachDirection) {
  Random random(3);
  const Structure crystal = iron(12), moved = displaced(crystal, .1, random);  // 3,456 atoms
  ASSERT_EQ(moved.size(), crystal.size());
  const Eigen::Matrix3d to_fraction = crystal.cell->transpose().inverse();
  Eigen::Vector3d sum = Eigen::Vector3d::Zero(), fourth = sum;
  Eigen::Matrix3d products = Eigen::Matrix3d::Zero();
  for (size_t i = 0; i < crystal.positions.size(); ++i) {
    const Eigen::Vector3d inside = to_fraction * moved.positions[i];
    EXPECT_TRUE(inside.minCoeff() > -1e-9 && inside.maxCoeff() < 1 + 1e-9);
    Eigen::Vector3d fraction = to_fraction * (moved.positions[i] - crystal.positions[i]);
    fraction -= fraction.array().round().matrix();
    const Eigen::Vector3d step = crystal.cell->transpose() * fraction;
    sum += step;
    products += step * step.transpose();
    fourth += step.array().pow(4).matrix();
  }
  const double count = static_cast<double>(crystal.size());
  const double bound = 5 * .01 / std::sqrt(count);  // five deviations of a mean of products
  for (int k = 0; k < 3; ++k) {
    EXPECT_NEAR(sum[k] / count, 0, 5 * .1 / std::sqrt(count));
    EXPECT_NEAR(fourth[k] / count / 3e-4, 1, .3);  // the fourth moment of a normal number is 3 σ⁴
    for (int l = 0; l < 3; ++l) EXPECT_NEAR(products(k, l) / count, k == l ? .01 : 0, k == l ? 1.5 * bound : bound);
  }
}

TEST(Defects, WithoutDisplacementAtomsAreWhereTheyWere) {
  Random random(4);
  const Structure crystal = iron(2), moved = displaced(crystal, 0, random);
  for (size_t i = 0; i < crystal.positions.size(); ++i)
    EXPECT_LT((moved.positions[i] - crystal.positions[i]).norm(), 1e-9);
}

TEST(Defects, AClusterIsDisplacedWithoutWrapping) {
  Random random(5);
  Structure cluster = iron(2);
  cluster.cell.reset();
  const Structure moved = displaced(cluster, .05, random);
  for (size_t i = 0; i < cluster.positions.size(); ++i)
    EXPECT_LT((moved.positions[i] - cluster.positions[i]).norm(), .5);
}

TEST(Defects, SubstitutionsDrawFromAllSpecies) {
  Random random(6);
  const Structure crystal = iron(10);  // 2,000 atoms
  const Structure changed = substituted(crystal, .5, random);
  std::map<int, int> counts;
  for (const int species : changed.species) ++counts[species];
  EXPECT_EQ(counts.begin()->first, 1);
  EXPECT_EQ(counts.rbegin()->first, 94);
  EXPECT_NEAR(counts[26], 1000 + 1000. / 94, 20);
  EXPECT_EQ(counts.size(), 94u);
  const Structure all = substituted(crystal, 1, random);
  EXPECT_EQ(all.positions, crystal.positions);
  std::map<int, int> every;
  for (const int species : all.species) ++every[species];
  double chi_squared = 0;
  for (int species = 1; species <= 94; ++species)
    chi_squared += std::pow(every[species] - 2000. / 94, 2) / (2000. / 94);
  EXPECT_NEAR(chi_squared, 93, 5 * std::sqrt(2 * 93.));
}

TEST(Defects, InterstitialsKeepTheirDistanceFromAllAtomsAndFromEachOther) {
  Random random(7);
  const Structure crystal = iron(6);  // 432 atoms
  const Structure filled = with_interstitials(crystal, .05, 1.2, random);
  ASSERT_EQ(filled.size(), 432 + 21);
  for (size_t i = 0; i < 432; ++i) EXPECT_EQ(filled.positions[i], crystal.positions[i]);
  const std::vector<double> distances = nearest_distances(filled);
  EXPECT_GE(*std::min_element(distances.begin(), distances.end()), 1.2);
}

TEST(Defects, WhereThereIsNoRoomForAnInterstitialThatIsSaid) {
  Random random(8);
  EXPECT_THAT(error_of([&] { with_interstitials(iron(2), .1, 2, random); }), HasSubstr("has no room for another atom"));
  Structure cluster = iron(3);
  cluster.cell.reset();
  EXPECT_EQ(with_interstitials(cluster, .1, 1.1, random).size(), 59);
}

TEST(Defects, RotationsAreDrawnUniformly) {
  Random random(9);
  constexpr int kTrials = 20'000;
  Eigen::Matrix3d mean = Eigen::Matrix3d::Zero(), squares = mean;
  double traces = 0, squared_traces = 0;
  for (int trial = 0; trial < kTrials; ++trial) {
    const Eigen::Matrix3d rotation = random_rotation(random);
    EXPECT_TRUE((rotation * rotation.transpose()).isIdentity(1e-12));
    EXPECT_NEAR(rotation.determinant(), 1, 1e-12);
    mean += rotation;
    squares += rotation.cwiseProduct(rotation);
    traces += rotation.trace();
    squared_traces += rotation.trace() * rotation.trace();
  }
  // Of the Haar measure: entries have mean 0 and mean square 1/3; the character's mean is 0, its mean square 1.
  EXPECT_LT((mean / kTrials).cwiseAbs().maxCoeff(), 5 * std::sqrt(1. / 3 / kTrials));
  EXPECT_LT((squares / kTrials - Eigen::Matrix3d::Constant(1. / 3)).cwiseAbs().maxCoeff(), 5 * .3 / std::sqrt(kTrials));
  EXPECT_NEAR(traces / kTrials, 0, 5 / std::sqrt(kTrials));
  EXPECT_NEAR(squared_traces / kTrials, 1, 5 * std::sqrt(2. / kTrials));
}

TEST(Defects, AStrainStretchesCellAndPositionsAlike) {
  const Structure crystal = iron(2);
  Eigen::Matrix3d strain = Eigen::Matrix3d::Zero();
  strain(2, 2) = .1;
  strain(0, 1) = .02;
  const Structure stretched = strained(crystal, strain);
  EXPECT_NEAR(stretched.cell->determinant(), 1.1 * crystal.cell->determinant(), 1e-9);
  const Eigen::Matrix3d before = crystal.cell->transpose().inverse(), after = stretched.cell->transpose().inverse();
  for (size_t i = 0; i < crystal.positions.size(); ++i) {
    EXPECT_LT((before * crystal.positions[i] - after * stretched.positions[i]).norm(), 1e-12);
    EXPECT_NEAR(stretched.positions[i][2], 1.1 * crystal.positions[i][2], 1e-12);
  }
}

TEST(Defects, TheSameSeedGivesTheSameCrystal) {
  const auto make = [](uint64_t seed) {
    Random random(seed);
    return displaced(substituted(with_vacancies(iron(3), .2, random), .1, random), .1, random);
  };
  EXPECT_EQ(make(5).positions, make(5).positions);
  EXPECT_EQ(make(5).species, make(5).species);
  EXPECT_NE(make(5).positions, make(6).positions);
}

TEST(Defects, ImpossibleOnesAreRefused) {
  Random random(10);
  const Structure crystal = iron(1);
  EXPECT_THAT(error_of([&] { with_vacancies(crystal, 1, random); }), HasSubstr("leaves none of 2 atoms"));
  EXPECT_THAT(error_of([&] { with_vacancies(crystal, 1.5, random); }), HasSubstr("a share of 1.5 vacancies"));
  EXPECT_THAT(error_of([&] { substituted(crystal, -.1, random); }), HasSubstr("a share of -0.1 substitutions"));
  EXPECT_THAT(error_of([&] { substituted(crystal, std::nan(""), random); }), HasSubstr("expected 0 to 1"));
  EXPECT_THAT(error_of([&] { displaced(crystal, -1, random); }), HasSubstr("displacements of -1 Å"));
  EXPECT_THAT(error_of([&] { displaced(crystal, 1e300, random); }), HasSubstr("expected 0 to 1000"));
  EXPECT_THAT(error_of([&] { strained(crystal, 1e300 * Eigen::Matrix3d::Identity()); }), HasSubstr("up to 1000"));
  EXPECT_THAT(error_of([&] { with_interstitials(crystal, .5, -1, random); }), HasSubstr("a distance of -1 Å"));
  EXPECT_THAT(error_of([&] { strained(crystal, -Eigen::Matrix3d::Identity()); }), HasSubstr("multiplies volumes by"));
}

}  // namespace
}  // namespace limpid::testing
