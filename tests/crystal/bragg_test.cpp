// SPDX-License-Identifier: Apache-2.0
#include "limpid/crystal/bragg.h"

#include "limpid/core/tensor.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <map>

#include "limpid/crystal/prototypes.h"

namespace limpid {
namespace {

struct Seen {
  ScaledCluster scaled;
  Tensor image;
  std::vector<BraggSpot> spots;
};

Seen seen(const std::string& prototype, int element) {
  Seen one;
  one.scaled = scaled_cluster(build_prototype(prototype, element));
  one.image = simulate_diffraction(one.scaled.cluster.structure, one.scaled.scale);
  one.spots = bragg_spots(one.scaled);
  return one;
}

/// The reflection conditions of International Tables A: of centrings, and of diamond's d glide.
bool is_allowed(const std::string& prototype, const std::array<int, 3>& hkl) {
  const auto even = [](int number) { return number % 2 == 0; };
  const int sum = hkl[0] + hkl[1] + hkl[2];
  if (prototype == "sc") return true;
  if (prototype == "bcc") return even(sum);
  const bool unmixed = even(hkl[0]) == even(hkl[1]) && even(hkl[1]) == even(hkl[2]);
  return unmixed && (prototype == "fcc" || !even(hkl[0]) || sum % 4 == 0);
}

/// The largest value within so many pixels of a place.
double near(const Tensor& image, const BraggSpot& spot, double reach) {
  double largest = 0;
  for (int64_t row = 0; row < 64; ++row)
    for (int64_t column = 0; column < 64; ++column)
      if (std::hypot(static_cast<double>(column) - spot.x, static_cast<double>(row) - spot.y) < reach)
        largest = std::max(largest, image[spot.channel][row][column].item<double>());
  return largest;
}

TEST(Bragg, OnlyAllowedReflectionsAreSpotsAndTheyAreThere) {
  for (const std::string prototype : {"sc", "bcc", "fcc", "diam"}) {
    const Seen crystal = seen(prototype, 29);
    ASSERT_GT(crystal.spots.size(), 8u) << prototype;
    for (const BraggSpot& spot : crystal.spots)
      EXPECT_TRUE(is_allowed(prototype, spot.hkl)) << prototype << " " << spot.name();
  }
}

TEST(Bragg, EveryStrongPeakOfTheImageIsASpotAndStrongSpotsArePeaks) {
  for (const std::string prototype : {"sc", "bcc", "fcc", "diam"}) {
    const Seen crystal = seen(prototype, 29);
    const Tensor image = crystal.image;
    for (int64_t channel = 0; channel < 3; ++channel)
      for (int64_t row = 1; row < 63; ++row)
        for (int64_t column = 1; column < 63; ++column) {
          const double value = image[channel][row][column].item<double>();
          if (value < .3 || value < image[channel].narrow(0, row - 1, 3).narrow(1, column - 1, 3).max().item<double>())
            continue;
          double nearest = 64;
          for (const BraggSpot& spot : crystal.spots)
            if (spot.channel == channel)
              nearest = std::min(nearest,
                                 std::hypot(static_cast<double>(column) - spot.x, static_cast<double>(row) - spot.y));
          EXPECT_LT(nearest, 1.6) << prototype << " " << channel << " " << row << " " << column << " " << value;
        }
    for (const BraggSpot& spot : crystal.spots)
      if (spot.strength > .5 && spot.off < .3) {
        EXPECT_GT(near(image, spot, 1.5), .1) << prototype << " " << spot.name() << " channel " << spot.channel;
      }
  }
}

TEST(Bragg, MembersOfAFamilyOfACubicCrystalHaveOneSpacingAndOneStrength) {
  const Seen crystal = seen("fcc", 13);
  const double edge = crystal.scaled.cluster.axes->row(0).norm();
  const std::vector<int64_t> families = spot_families(crystal.spots);
  std::map<int64_t, std::array<int, 3>> first;
  for (size_t i = 0; i < crystal.spots.size(); ++i) {
    const BraggSpot& spot = crystal.spots[i];
    std::array<int, 3> sorted = spot.hkl;
    for (int& index : sorted) index = std::abs(index);
    std::sort(sorted.begin(), sorted.end());
    EXPECT_NEAR(spot.spacing, edge / std::hypot(sorted[0], sorted[1], sorted[2]), 1e-9);
    const auto [place, is_new] = first.try_emplace(families[i], sorted);
    if (!is_new) {
      EXPECT_EQ(place->second, sorted) << spot.name();
    }
  }
  EXPECT_GE(first.size(), 2u);
}

TEST(Bragg, AtomsWithoutACrystalHaveNoSpots) {
  ScaledCluster two;
  two.cluster.structure.species = {26, 26};
  two.cluster.structure.positions = {{0, 0, 0}, {0, 0, 2}};
  two.scale = 2;
  EXPECT_TRUE(bragg_spots(two).empty());
}

}  // namespace
}  // namespace limpid
