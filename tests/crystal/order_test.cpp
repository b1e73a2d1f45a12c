// SPDX-License-Identifier: Apache-2.0
#include "limpid/crystal/order.h"

#include <gmock/gmock.h>

#include "limpid/crystal/defects.h"
#include "limpid/crystal/diffraction.h"
#include "limpid/crystal/prototypes.h"

namespace limpid::testing {
namespace {

/// The prototype's conventional cell with a species for each of its positions.
Structure with_species(const std::string& prototype, const std::vector<int>& species) {
  Structure crystal = build_prototype(prototype, 29);
  crystal.species = species;
  return crystal;
}

/// The cubic Laves phase (C15).
Structure laves() {
  Structure crystal = build_prototype("diam", 12);
  const double edge = crystal.cell->row(0).norm();
  for (const Eigen::Vector3d& corner : std::vector<Eigen::Vector3d>{{5, 5, 5}, {5, 7, 7}, {7, 5, 7}, {7, 7, 5}})
    for (const Eigen::Vector3d& face : std::vector<Eigen::Vector3d>{{0, 0, 0}, {0, 4, 4}, {4, 0, 4}, {4, 4, 0}}) {
      crystal.species.push_back(29);
      crystal.positions.push_back(edge / 8 * (corner + face));
    }
  return crystal;
}

TEST(ShortRangeOrder, HasTheValuesOfOrderedAlloys) {
  // CsCl: all eight neighbours are of the other kind, half would be.
  EXPECT_NEAR(short_range_order(with_species("bcc", {55, 17})), -1, 1e-12);
  // Zincblende: the same with four.
  EXPECT_NEAR(short_range_order(with_species("diam", {30, 16, 30, 16, 30, 16, 30, 16})), -1, 1e-12);
  // Cu3Au: twelve of gold's neighbours and four of copper's are unlike, of all pairs one half; at random three eighths.
  EXPECT_NEAR(short_range_order(with_species("fcc", {79, 29, 29, 29})), 1 - .5 / .375, 1e-12);
  EXPECT_EQ(short_range_order(build_prototype("fcc", 29)), 0);
}

TEST(ShortRangeOrder, IsOneWherePhasesAreApart) {
  Structure both = supercell(build_prototype("sc", 84), {2, 1, 1});
  both.cell.reset();
  both.positions = {{0, 0, 0}, {3, 0, 0}, {100, 0, 0}, {103, 0, 0}};
  both.species = {84, 84, 26, 26};
  EXPECT_NEAR(short_range_order(both), 1, 1e-12);
}

TEST(IsCompound, HoldsForCompoundsAndNotForForeignAtoms) {
  EXPECT_TRUE(is_compound(standard_cluster(with_species("bcc", {55, 17})).structure));
  EXPECT_TRUE(is_compound(standard_cluster(with_species("fcc", {79, 29, 29, 29})).structure));
  // MgCu2: by all pairs as good as random (0.04), but all of copper's neighbours are copper.
  EXPECT_TRUE(is_compound(standard_cluster(laves()).structure));
  int taken = 0;
  for (uint64_t seed = 0; seed < 100; ++seed) {
    Random random(seed);
    const Structure crystal = standard_cluster(build_prototype(seed % 2 ? "fcc" : "diam", 29)).structure;
    taken += is_compound(displaced(substituted(crystal, .02 + .005 * static_cast<double>(seed), random), .05, random));
  }
  EXPECT_LE(taken, 1);
}

}  // namespace
}  // namespace limpid::testing
