// SPDX-License-Identifier: Apache-2.0
#include "limpid/concepts/dissection.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>

#include "support/networks.h"

namespace limpid {
namespace {

using limpid::testing::random;

/// The definition in tensor operations: the whole map up-sampled, then compared.
Tensor plain_masks(const Tensor& maps, const Tensor& thresholds, int64_t rows, int64_t columns) {
  const Tensor up =
      at::upsample_bilinear2d(maps.unsqueeze(0), at::IntArrayRef{rows, columns}, false, c10::nullopt, c10::nullopt)[0];
  return up >= thresholds.to(at::kFloat).reshape({-1, 1, 1});
}

/// An odd number of units, so that loops have ends.
struct Maps {
  Tensor maps, thresholds = at::full({19}, .9, at::kDouble);
  explicit Maps(int64_t rows, int64_t columns) : maps(random({19, rows, columns}, 3).to(at::kFloat)) {}
};

/// Pixels that rounding decides may differ.
double disagreement(const Tensor& a, const Tensor& b) { return (a != b).to(at::kDouble).mean().item<double>(); }

TEST(Dissection, MasksAreThoseOfTheWholeMapUpSampledAndCompared) {
  const std::vector<std::pair<int64_t, int64_t>> sizes = {{13, 13}, {7, 5}, {1, 1}, {1, 6}, {40, 33}};
  for (const auto& [rows, columns] : sizes) {
    const Maps sample(rows, columns);
    const Tensor expected = plain_masks(sample.maps, sample.thresholds, 40, 33);
    for (int64_t k = 0; k < 19; ++k) {
      const Tensor mask = unit_mask(sample.maps[k], .9, 40, 33);
      EXPECT_LE(disagreement(mask.to(at::kBool), expected[k]), 1e-3) << rows << 'x' << columns;
    }
    const Tensor concepts = (random({3, 40, 33}, 4) > .5).to(at::kByte);
    const MaskCounts counts = count_masks(sample.maps, sample.thresholds, concepts);
    for (int64_t k = 0; k < 19; ++k) {
      EXPECT_NEAR(counts.mask[k].item<double>(), expected[k].sum().item<double>(), 2);
      for (int64_t c = 0; c < 3; ++c)
        EXPECT_NEAR(counts.shared[k][c].item<double>(),
                    expected[k].logical_and(concepts[c].to(at::kBool)).sum().item<double>(), 2);
    }
  }
}

ProbeBatch batch_of(const Tensor& maps) { return {0, maps, {}, {maps}, {}}; }

TEST(Dissection, AUnitThatIsTheMaskHasAnIouOfOneWithItAndOfNothingWithOthers) {
  const Tensor masks = at::zeros({2, 20, 20}, at::kByte);
  masks[0].narrow(0, 3, 6).fill_(1);
  masks[1].narrow(0, 12, 6).fill_(1);
  const std::vector<Probe> probes = {{"layer", 1, 1, 3, 20, 20}};
  const Tensor maps = at::zeros({1, 3, 20, 20});
  maps[0][0].copy_(masks[0]);
  maps[0][1].copy_(masks[1]);
  maps[0][2].narrow(0, 3, 3).fill_(1);  // half of the first
  Dissection dissection(probes, {at::full({3}, .5, at::kDouble)}, 2);
  dissection.add(batch_of(maps), 0, {{0, masks[0]}, {1, masks[1]}});
  const Tensor iou = dissection.iou(0);
  EXPECT_DOUBLE_EQ(iou[0][0].item<double>(), 1);
  EXPECT_DOUBLE_EQ(iou[0][1].item<double>(), 0);
  EXPECT_DOUBLE_EQ(iou[1][1].item<double>(), 1);
  EXPECT_DOUBLE_EQ(iou[2][0].item<double>(), .5);
  const std::vector<Detector> best = best_concepts(iou);
  EXPECT_EQ(best[0].concept_index, 0);
  EXPECT_EQ(best[1].concept_index, 1);
  EXPECT_EQ(best[2].iou, .5);
}

TEST(Dissection, AUnitThatFiresWhereTheConceptIsNotShownPaysForIt) {
  const Tensor mask = at::zeros({10, 10}, at::kByte);
  mask.narrow(0, 0, 5).fill_(1);
  const std::vector<Probe> probes = {{"layer", 1, 1, 1, 10, 10}};
  Dissection dissection(probes, {at::full({1}, .5, at::kDouble)}, 2);
  const Tensor map = mask.to(at::kFloat).reshape({1, 1, 10, 10});
  dissection.add(batch_of(map), 0, {{0, mask}});
  EXPECT_DOUBLE_EQ(dissection.iou(0)[0][0].item<double>(), 1);
  dissection.add(batch_of(map), 0, {{1, 1 - mask}});  // another concept, and the unit fires all the same
  EXPECT_DOUBLE_EQ(dissection.iou(0)[0][0].item<double>(), .5);
  dissection.add(batch_of(map), 0, {});  // no concept is marked here: it is not known what this shows
  EXPECT_DOUBLE_EQ(dissection.iou(0)[0][0].item<double>(), .5);
}

TEST(Dissection, ThresholdsAreExceededByFiveInAThousandActivations) {
  const std::vector<Probe> probes = {{"layer", 1, 1, 3, 100, 100}};
  UnitStatistics statistics(probes, 0, 1);
  Tensor maps = random({4, 3, 100, 100}, 8).to(at::kFloat);
  maps.select(1, 1).fill_(0);                                   // never active
  maps.select(1, 2).clamp_min_(0).mul_(maps.select(1, 2) > 3);  // active at .13 % of the positions
  statistics.add(batch_of(maps), {});
  const Tensor thresholds = dissection_thresholds(statistics.layers[0]);
  const double share = (maps.select(1, 0) > thresholds[0].item<double>()).to(at::kDouble).mean().item<double>();
  EXPECT_NEAR(share, .005, .0003);
  EXPECT_EQ(thresholds[1].item<double>(), 0x1p-20) << "or everything would be its mask";
  EXPECT_EQ(thresholds[2].item<double>(), 0x1p-20);
}

}  // namespace
}  // namespace limpid
