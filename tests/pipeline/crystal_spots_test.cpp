// SPDX-License-Identifier: Apache-2.0
#include "pipeline/crystals/spots.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "limpid/crystal/prototypes.h"
#include "limpid/pipeline/model.h"

namespace limpid {
namespace {

struct Copper {
  ScaledCluster scaled = scaled_cluster(build_prototype("fcc", 29));
  Tensor image = simulate_diffraction(scaled.cluster.structure, scaled.scale);
  std::vector<BraggSpot> spots = bragg_spots(scaled);
};

Model crystals() {
  ModelRequest request;
  request.path = "builtin:crystals";
  request.precision = "float64";
  return open_model(request);
}

TEST(CrystalSpots, EveryPixelNearASpotIsGivenOnceAndNoOther) {
  const Copper copper;
  int64_t near = 0;
  for (int64_t channel = 0; channel < 3; ++channel)
    for (int64_t row = 0; row < 64; ++row)
      for (int64_t column = 0; column < 64; ++column)
        near += std::any_of(copper.spots.begin(), copper.spots.end(), [&](const BraggSpot& spot) {
          const double x = spot.x - static_cast<double>(column), y = spot.y - static_cast<double>(row);
          return spot.channel == channel && x * x + y * y <= 4;
        });
  const Tensor shares = spot_shares(copper.spots, at::ones({1, 3, 64, 64}));
  EXPECT_NEAR(shares.sum().item<double>(), static_cast<double>(near) / (3 * 64 * 64), 1e-12);
  EXPECT_GE(shares.min().item<double>(), 0);
  EXPECT_EQ(spot_support(copper.spots, {3, 64, 64}).sum().item<int64_t>(), near);
}

TEST(CrystalSpots, EvidenceAddsUpToTheChangeOfTheLogitWithTheImage) {
  const Copper copper;
  const Model model = crystals();
  const Tensor image = copper.image.to(at::kDouble);
  const Tensor evidence = class_evidence(model.network, image).sum({1, 2, 3});
  const auto at_strength = [&](double strength) { return logits(model.network, (strength * image).unsqueeze(0))[0]; };
  const double step = 1e-6;
  const Tensor expected = (at_strength(1 + step) - at_strength(1 - step)) / (2 * step);
  EXPECT_LT((evidence.to(at::kDouble) - expected).abs().max().item<double>(),
            1e-4 * expected.abs().max().item<double>());
}

TEST(CrystalSpots, MostOfTheImageLiesOnItsSpotsAndFamiliesOfACubicCrystalShareItAlike) {
  const Copper copper;
  const Tensor shares = spot_shares(copper.spots, copper.image.unsqueeze(0))[0];
  EXPECT_GT(shares.sum().item<double>(), .6);
  EXPECT_LE(shares.sum().item<double>(), 1 + 1e-9);
  // fcc's supercell has four cells along each axis: x, y and z may be exchanged, and so may the members of {220}.
  std::map<int64_t, std::vector<double>> members;
  const std::vector<int64_t> families = spot_families(copper.spots);
  for (size_t i = 0; i < copper.spots.size(); ++i)
    if (copper.spots[i].channel == 2) members[families[i]].push_back(shares[static_cast<int64_t>(i)].item<double>());
  for (const auto& [family, values] : members) {
    const auto [least, most] = std::minmax_element(values.begin(), values.end());
    EXPECT_GT(*least, .9 * *most) << "family " << family;
  }
}

TEST(CrystalSpots, AChartNamesEverySpotUnderTheCursor) {
  const Copper copper;
  const Tensor evidence = copper.image.unsqueeze(0), shares = spot_shares(copper.spots, evidence);
  const std::string chart = spot_chart(copper.spots, copper.image, evidence, shares, {"fcc"}, 0);
  size_t titles = 0;
  for (size_t place = chart.find("<title>"); place != std::string::npos; place = chart.find("<title>", place + 1))
    ++titles;
  EXPECT_EQ(titles, copper.spots.size());
  const Table table = spot_table(copper.spots, copper.image, shares, {"fcc"});
  EXPECT_EQ(table.rows.size(), copper.spots.size());
  for (const BraggSpot& spot : copper.spots) EXPECT_NE(chart.find(spot.name() + "  d = "), std::string::npos);
  // Of fcc crystals the rotations by +45° and −45° have their spots on the same places.
  EXPECT_NE(chart.find("on the same place: "), std::string::npos);
}

}  // namespace
}  // namespace limpid
