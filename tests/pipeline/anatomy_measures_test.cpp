// SPDX-License-Identifier: Apache-2.0
#include "pipeline/studies/anatomy_measures.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>

#include "pipeline/studies/anatomy_summary.h"
#include "pipeline/studies/landmarks.h"
#include "support/files.h"

namespace limpid::study_of_anatomy {
namespace {
using limpid::testing::error_of;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

Tensor masks() {
  return at::stack({mask_of({{2, 1, 6, 4}}, 9, 12), mask_of({{0, 0, 12, 9}}, 9, 12), mask_of({{0, 5, 3, 9}}, 9, 12)});
}

TEST(Localised, AUniformMapHasLiftOneEverywhere) {
  const Localised found = localised(at::full({1, 9, 12}, 7.), masks());
  for (int64_t m = 0; m < 3; ++m) EXPECT_NEAR(found.lift[0][m].item<double>(), 1, 1e-12);
  EXPECT_NEAR(found.energy[0][0].item<double>(), 12. / 108, 1e-12);
}

TEST(Localised, AMapInsideABoxHasAllItsEnergyAndTheLargestLiftThere) {
  const Tensor map = at::zeros({9, 12});
  map.narrow(0, 2, 2).narrow(1, 3, 2).fill_(5);
  const Localised found = localised(map.unsqueeze(0), masks());
  EXPECT_EQ(found.energy[0][0].item<double>(), 1);
  EXPECT_NEAR(found.lift[0][0].item<double>(), 108. / 12, 1e-12);
  EXPECT_TRUE(found.hit[0][0].item<bool>());
  EXPECT_EQ(found.lift[0][2].item<double>(), 0);
  EXPECT_FALSE(found.hit[0][2].item<bool>());
}

TEST(Localised, IsTheDefinitionPixelByPixel) {
  const Tensor maps = normal_noise({5, 9, 12}, 3), regions = masks();
  const Localised found = localised(maps, regions);
  for (int64_t n = 0; n < 5; ++n)
    for (int64_t m = 0; m < 3; ++m) {
      double all = 0, inside = 0, area = 0, best = -1e9;
      bool hit = false;
      for (int64_t y = 0; y < 9; ++y)
        for (int64_t x = 0; x < 12; ++x) {
          const double value = maps[n][y][x].item<double>();
          const bool in = regions[m][y][x].item<bool>();
          if (value > 0) all += value, inside += in ? value : 0;
          area += in / 108.;
          if (value > best) best = value, hit = in;
        }
      EXPECT_NEAR(found.energy[n][m].item<double>(), inside / all, 1e-9);
      EXPECT_NEAR(found.lift[n][m].item<double>(), inside / all / area, 1e-9);
      EXPECT_EQ(found.hit[n][m].item<bool>(), hit);
    }
}

TEST(Localised, DoesNotDependOnTheScaleNorOnWhatSpeaksAgainst) {
  const Tensor maps = normal_noise({2, 9, 12}, 4);
  const Tensor less = at::where(maps < 0, maps * 100, maps * 3);
  EXPECT_TRUE(at::allclose(localised(maps, masks()).energy, localised(less, masks()).energy));
}

TEST(Localised, OfNoResponseIsNoNumberAndNoHit) {
  const Localised found = localised(-at::ones({1, 9, 12}), masks());
  EXPECT_TRUE(found.energy.isnan().all().item<bool>());
  EXPECT_FALSE(found.hit.any().item<bool>());
}

TEST(Onset, IsTheFirstCheckpointThatReachesTheMarkOnHalfOfThePictures) {
  const std::vector<double> epochs = {0, .5, 1, 2};
  const double none = std::nan("");
  EXPECT_EQ(onset(epochs, {{1, 1}, {2, 1.9}, {3, 3}, {0, 0}}), .5);  // half is enough, and it may be lost again
  EXPECT_EQ(onset(epochs, {{1, 1, 1}, {2, 1.9, 1}, {3, 1.9, 1.9}, {2, 5, 0}}), 2);
  EXPECT_TRUE(std::isnan(onset(epochs, {{1, 1}, {1, 1}, {1.99, 1.99}, {1, 1}})));
  EXPECT_EQ(onset(epochs, {{9, none, none}, {9, none, 2}, {9, 9, 9}, {9, 9, 9}}), .5);  // no response reaches nothing
  EXPECT_TRUE(std::isnan(onset({0}, {{}})));
}

TEST(Without, FillsTheRegionAloneWithWhatItSays) {
  Tensor picture = at::full({1, 6, 8}, 40, at::kByte);
  picture.narrow(1, 1, 4).narrow(2, 1, 6).fill_(100);  // all but the frame
  const Tensor region = mask_of({{2, 2, 5, 4}}, 6, 8);
  for (const auto& [fill, value] : {std::pair("image mean", 70), std::pair("border mean", 40), std::pair("black", 0)}) {
    const Tensor filled = without(picture, region, fill);
    EXPECT_TRUE(filled[0].masked_select(region).eq(value).all().item<bool>()) << fill;
    EXPECT_TRUE(filled.masked_select(~region).equal(picture.masked_select(~region)));
    EXPECT_NEAR(change(picture, filled), (100. - value) * 6 / 48, 1e-6);
  }
  EXPECT_THAT(error_of([&] { without(picture, region, "gray"); }), HasSubstr("image mean, border mean, black"));
}

TEST(Edges, AreTheSlopeOfARamp) {
  const Tensor ramp = (at::arange(12) * 3).expand({1, 9, 12}).to(at::kByte);
  const Tensor slope = edges(ramp);
  EXPECT_TRUE(at::allclose(slope.narrow(1, 1, 10), at::full({9, 10}, 3.)));
  EXPECT_TRUE(at::allclose(slope.narrow(1, 0, 1), at::full({9, 1}, 1.5)));
}

TEST(Brightness, IsWhatExceedsTheFrame) {
  Tensor picture = at::full({1, 6, 8}, 40, at::kByte);
  picture[0][2][3] = 90;
  picture[0][3][3] = 10;
  const Tensor bright = brightness(picture);
  EXPECT_EQ(bright[2][3].item<float>(), 50);
  EXPECT_EQ(bright.sum().item<float>(), 50);
}

/// Two checkpoints of a network with one layer and two exemplars, by hand.
std::vector<Checkpoint> by_hand() {
  std::vector<Checkpoint> all;
  for (const double epoch : {0., 1.}) {
    Checkpoint c{"net", epoch, {{"image", "class", "layer", "region", "area", "energy", "lift", "hit"}, {}}, {}, {}};
    for (const char* image : {"a", "b"})
      c.maps.add({image, "Hand", "class", "thumb", .25, .5, epoch == 1 ? 2. : 1. + (image[0] == 'b'), int64_t{1}});
    c.units = {{"layer", "unit", "class", "region", "pictures", "lift", "reached"}, {}};
    c.units.add({"conv1", int64_t{0}, "Hand", "thumb", int64_t{2}, 3., int64_t{2}});
    c.units.add({"conv1", int64_t{1}, "Hand", "thumb", int64_t{1}, 9., int64_t{0}});
    c.units.add({"conv1", int64_t{2}, "Hand", "thumb", int64_t{0}, std::nan(""), int64_t{0}});
    c.ablation = {{"image", "class", "region", "fill", "area", "p", "p_without", "flipped", "p_random",
                   "flipped_random", "p_match", "flipped_match", "change", "change_random", "change_match"},
                  {}};
    c.ablation.add({"a", "Hand", "thumb", "black", .25, 1., .2, 1., .9, 0., .8, 0., 9., 3., 8.});
    c.ablation.add({"b", "Hand", "thumb", "black", .25, .8, .6, 0., .8, .5, std::nan(""), std::nan(""), 9., 3., 8.});
    all.push_back(c);
  }
  return all;
}

TEST(Summary, OfATableByHandIsWhatItIsByHand) {
  const std::vector<Checkpoint> all = by_hand();
  const Table lifts = lift_table(all, "class");
  EXPECT_THAT(values_of(lifts, "lift", {}), ElementsAre(1.5, 2));
  EXPECT_THAT(values_of(lifts, "reached", {}), ElementsAre(.5, 1));
  EXPECT_THAT(values_of(lifts, "pictures", {}), ElementsAre(2, 2));
  const Table onsets = onset_table(all);
  EXPECT_THAT(values_of(onsets, "onset", {}), ElementsAre(0));
  EXPECT_THAT(values_of(onsets, "largest_possible", {}), ElementsAre(4));
  const Table ablation = ablation_summary({all[1]}, "");
  EXPECT_NEAR(values_of(ablation, "drop", {})[0], .5, 1e-12);
  EXPECT_NEAR(values_of(ablation, "drop_random", {})[0], .05, 1e-12);
  EXPECT_NEAR(values_of(ablation, "drop_match", {})[0], .2, 1e-12);  // of the one picture that has a match
  EXPECT_THAT(values_of(ablation, "flips", {}), ElementsAre(.5));
}

TEST(Summary, AUnitIsSelectiveWhereItRespondsToHalfOfThePicturesAndHalfOfTheseReachTheMark) {
  const std::vector<Landmark> thumb = {{"Hand", "thumb"}};
  const Table selective = selective_table({by_hand()[0]}, thumb);
  EXPECT_THAT(values_of(selective, "units", {}), ElementsAre(3));
  EXPECT_THAT(values_of(selective, "responding", {}), ElementsAre(2));
  EXPECT_THAT(values_of(selective, "selective", {}), ElementsAre(1));
  EXPECT_THAT(values_of(selective, "selective_Hand", {}), ElementsAre(1));
  const Table strongest = strongest_units(by_hand()[0], thumb, 5);
  EXPECT_THAT(values_of(strongest, "unit", {}), ElementsAre(1, 0));
  EXPECT_THAT(values_of(strongest, "Hand: thumb", {}), ElementsAre(9, 3));
}

}  // namespace
}  // namespace limpid::study_of_anatomy
