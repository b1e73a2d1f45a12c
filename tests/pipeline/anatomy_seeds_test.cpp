// SPDX-License-Identifier: Apache-2.0
#include "pipeline/studies/anatomy_seeds.h"

#include <gmock/gmock.h>

#include <cmath>

namespace limpid::study_of_anatomy {
namespace {

/// One seed's side by side: two landmarks of one class, then their union.
Table side(double lift_shallow, double lift_deep, double drop_shallow, double drop_deep, double onset) {
  const std::string label = "Hand", all = kAllLandmarks;
  return {{"class", "region", "lift_shallow", "lift_deep", "difference", "onset_deep", "drop_shallow", "drop_deep",
           "match_shallow", "match_deep"},
          {{label, "thumb", lift_shallow, lift_deep, lift_deep - lift_shallow, onset, 0., 0., 0., 0.},
           {label, "wrist", 1., 4., 3., 0., 0., 0., 0., 0.},
           {label, all, 1., 1., 0., 0., drop_shallow, drop_deep, .1, .2}}};
}

const std::vector<Landmark> kTwo = {{"Hand", "thumb"}, {"Hand", "wrist"}};
const std::vector<Table> kSeeds = {side(1, 3, .5, .9, 2), side(3, 1, .5, .5, std::nan("")), side(1, 5, .4, .9, 4)};

double of(const Table& table, const std::string& column, const std::string& region) {
  return values_of(table, column, {{"region", region}}).at(0);
}

TEST(OverSeeds, AreMeanAndDeviationOfEachRowAndHowManyHaveAnOnset) {
  const Table table = over_seeds(kSeeds, 2, {"lift_deep", "onset_deep"});
  EXPECT_EQ(table.rows.size(), 3u);
  EXPECT_DOUBLE_EQ(of(table, "lift_deep", "thumb"), 3);
  EXPECT_DOUBLE_EQ(of(table, "lift_deep_sd", "thumb"), 2);
  EXPECT_DOUBLE_EQ(of(table, "onset_deep", "thumb"), 3);
  EXPECT_DOUBLE_EQ(of(table, "onset_deep_sd", "thumb"), std::sqrt(2.));
  EXPECT_EQ(of(table, "onset_deep_seeds", "thumb"), 2);
  EXPECT_EQ(of(table, "lift_deep_sd", "wrist"), 0);
}

TEST(OverSeeds, TellWhichLandmarksSeedsAgreeIn) {
  const SignsOverSeeds signs = signs_over_seeds(kSeeds, kTwo);
  EXPECT_EQ(signs.higher, 1);  // the wrist
  EXPECT_EQ(signs.lower, 0);
  EXPECT_EQ(signs.mixed, 1);
  EXPECT_EQ(signs_over_seeds({kSeeds[1]}, kTwo).lower, 1);
}

TEST(OverSeeds, CountTheSeedsThatBearTheClaimOut) {
  EXPECT_DOUBLE_EQ(landmark_excess(kSeeds[0], "deep"), .7);
  EXPECT_DOUBLE_EQ(landmark_excess(kSeeds[0], "shallow"), .4);
  const ClaimsOverSeeds claims = claims_over_seeds(kSeeds, kTwo);
  EXPECT_EQ(claims.maps, 2);      // two landmarks against none, one against one, two against none
  EXPECT_EQ(claims.ablation, 2);  // .7 > .4, .3 < .4, .7 > .3
}

}  // namespace
}  // namespace limpid::study_of_anatomy
