// SPDX-License-Identifier: Apache-2.0
#include "limpid/crystal/neighbours.h"

#include "crystal/crystals.h"

namespace limpid::testing {
namespace {
using ::testing::HasSubstr;

constexpr double kInfinity = std::numeric_limits<double>::infinity();

void expect_nearest_as_by_force(const Structure& structure) {
  const std::vector<double> distances = nearest_distances(structure);
  ASSERT_EQ(distances.size(), structure.species.size());
  for (int64_t i = 0; i < structure.size(); ++i) {
    const double distance = distances[static_cast<size_t>(i)];
    // Nothing is nearer, and something is there.
    const std::vector<double> within = distances_by_force(structure, i, distance * (1 + 1e-9));
    ASSERT_FALSE(within.empty());
    EXPECT_NEAR(within.front(), distance, 1e-9);
  }
}

std::vector<std::vector<double>> pair_distances(const Structure& structure, double cutoff) {
  std::vector<std::vector<double>> distances(structure.species.size());
  for_each_pair(structure, cutoff, [&](int64_t first, int64_t, const Eigen::Vector3d& between) {
    distances[static_cast<size_t>(first)].push_back(between.norm());
  });
  for (auto& row : distances) std::sort(row.begin(), row.end());
  return distances;
}

void expect_pairs_as_by_force(const Structure& structure, double cutoff) {
  const auto found = pair_distances(structure, cutoff);
  for (int64_t i = 0; i < structure.size(); ++i)
    EXPECT_THAT(found[static_cast<size_t>(i)],
                ::testing::Pointwise(::testing::DoubleNear(1e-8), distances_by_force(structure, i, cutoff)));
}

TEST(Neighbours, NearestDistancesInSkewedCellsAreThoseOfAllImages) {
  Random random(1);
  for (int trial = 0; trial < 60; ++trial)
    expect_nearest_as_by_force(random_crystal(random, 1 + random.below(12), static_cast<int>(random.below(5))));
}

TEST(Neighbours, PairsInSkewedCellsAreThoseOfAllImages) {
  Random random(2);
  for (int trial = 0; trial < 40; ++trial)
    expect_pairs_as_by_force(random_crystal(random, 1 + random.below(6), static_cast<int>(random.below(4))),
                             random.uniform(0, 7));
}

TEST(Neighbours, ACellMuchSmallerThanTheCutoffRepeatsInIt) {
  Structure crystal;
  crystal.species = {1};
  crystal.positions = {{5, -7, 100}};
  crystal.cell = .25 * Eigen::Matrix3d::Identity();
  expect_pairs_as_by_force(crystal, 2);
  EXPECT_NEAR(nearest_distances(crystal)[0], .25, 1e-12);
}

TEST(Neighbours, ClustersHaveNoImages) {
  Random random(3);
  const Structure cluster = random_cluster(random, 200, 12);
  expect_nearest_as_by_force(cluster);
  expect_pairs_as_by_force(cluster, 4);
}

TEST(Neighbours, AnAtomThatIsAloneHasNoNeighbour) {
  Structure cluster;
  cluster.species = {26};
  cluster.positions = {{1, 2, 3}};
  EXPECT_EQ(nearest_distances(cluster), std::vector<double>{kInfinity});
  EXPECT_TRUE(nearest_distances(Structure{}).empty());
}

TEST(Neighbours, BothDirectionsOfAPairComeWithOppositeVectors) {
  Random random(4);
  const Structure crystal = random_crystal(random, 20, 1);
  std::map<std::pair<int64_t, int64_t>, Eigen::Vector3d> sums;
  int64_t pairs = 0;
  for_each_pair(crystal, 4, [&](int64_t first, int64_t second, const Eigen::Vector3d& between) {
    ++pairs;
    const auto key = std::minmax(first, second);
    const auto [at, isNew] = sums.try_emplace({key.first, key.second}, Eigen::Vector3d::Zero());
    at->second += between;
  });
  EXPECT_GT(pairs, 20);
  for (const auto& [key, sum] : sums) EXPECT_LT(sum.norm(), 1e-9);
}

TEST(Neighbours, AtomsInOnePlaceAreAtDistanceZero) {
  Structure cluster;
  cluster.species.assign(50, 6);
  cluster.positions.assign(50, {1, 1, 1});
  EXPECT_EQ(nearest_distances(cluster), std::vector<double>(50, 0));
  EXPECT_EQ(pair_distances(cluster, 0)[7].size(), 49u);
}

TEST(Neighbours, AroundAnyPointTheSameAtomsAreFoundAsAroundAnAtomThere) {
  Random random(5);
  Structure crystal = random_crystal(random, 10, 2);
  const AtomTree tree(crystal);
  const Eigen::Vector3d point = random_vector(random, -50, 50);
  std::vector<double> found;
  tree.for_each_within(point, 5, [&](int64_t atom, const Eigen::Vector3d& between) {
    found.push_back(between.norm());
    // The vector leads to an image of the atom.
    const Eigen::Vector3d lattice =
        crystal.cell->transpose().inverse() * (point + between - crystal.positions[static_cast<size_t>(atom)]);
    EXPECT_LT((lattice - lattice.array().round().matrix()).norm(), 1e-8);
  });
  std::sort(found.begin(), found.end());
  crystal.species.push_back(1);
  crystal.positions.push_back(point);
  std::vector<double> expected = distances_by_force(crystal, 10, 5);
  for (const double own : distances_by_force({"", {1}, {point}, crystal.cell}, 0, 5))  // images of the point itself
    expected.erase(std::min_element(expected.begin(), expected.end(), [&](double one, double other) {
      return std::abs(one - own) < std::abs(other - own);
    }));
  EXPECT_THAT(found, ::testing::Pointwise(::testing::DoubleNear(1e-8), expected));
}

TEST(Neighbours, AnAtomFarAwayDoesNotSlowTheOthers) {
  Random random(6);
  Structure cluster = random_cluster(random, 20'000, 60);
  cluster.species.push_back(1);
  cluster.positions.push_back({1e6, 1e6, -1e6});
  const std::vector<double> distances = nearest_distances(cluster);
  EXPECT_GT(distances.back(), 1e6);
  for (int64_t i = 0; i < 20; ++i)
    EXPECT_NEAR(distances[static_cast<size_t>(i)], distances_by_force(cluster, i, 5).front(), 1e-9);
}

TEST(Neighbours, ImpossibleQuestionsAreRefused) {
  Structure flat;
  flat.name = "flat";
  flat.species = {1};
  flat.positions = {{0, 0, 0}};
  flat.cell = Eigen::Matrix3d::Ones();
  EXPECT_THAT(error_of([&] { nearest_distances(flat); }), HasSubstr("'flat' has a cell without volume"));
  flat.cell = Eigen::Matrix3d::Identity();
  EXPECT_THAT(error_of([&] { for_each_pair(flat, -1, {}); }), HasSubstr("cutoff of -1 Å is impossible"));
  EXPECT_THAT(error_of([&] { for_each_pair(flat, 1e5, [](auto...) {}); }), HasSubstr("too large for a cell"));
  flat.positions[0][1] = std::nan("");
  EXPECT_THAT(error_of([&] { AtomTree tree(flat); }), HasSubstr("not a finite number"));
}

}  // namespace
}  // namespace limpid::testing
