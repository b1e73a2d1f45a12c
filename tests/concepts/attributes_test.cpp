// SPDX-License-Identifier: Apache-2.0
#include "limpid/concepts/attributes.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "limpid/core/error.h"
#include "limpid/data/glyphs.h"

namespace limpid {
namespace {

Tensor numbers(at::IntArrayRef shape, uint64_t seed) { return normal_noise(shape, seed); }

Segmentation segments_of_a_glyph() { return superpixel_segments(draw_glyphs({"ring"}, 5).picture, {6, 20, 60}); }

TEST(Attributes, SegmentsOfAllScalesHaveTheirOwnNumbersAndCoverThePicture) {
  const Segmentation segments = segments_of_a_glyph();
  EXPECT_EQ(segments.labels.sizes(), at::IntArrayRef({3, 64, 64}));
  const Tensor areas = segment_areas(segments);
  EXPECT_EQ(areas.size(0), segments.count);
  EXPECT_GT(areas.min().item<int64_t>(), 0);
  EXPECT_EQ(areas.sum().item<int64_t>(), 3 * 64 * 64);
}

TEST(Attributes, RegionsOfAResponseAreItsComponentsAboveTheThreshold) {
  Tensor response = at::zeros({8, 9});
  response.narrow(0, 1, 2).narrow(1, 1, 3).fill_(5);
  response.narrow(0, 5, 3).narrow(1, 4, 4).fill_(1);
  response[4][0] = 5;  // one pixel
  response.narrow(0, 4, 1).narrow(1, 2, 6).add_(.3);
  response[0].fill_(-7);
  const Segmentation segments = response_segments(response, .1, 2);
  EXPECT_EQ(segments.count, 2);
  EXPECT_TRUE(at::equal(segment_areas(segments), at::tensor({6, 12}, at::kLong)));
  EXPECT_EQ(segments.labels[0][4][0].item<int>(), -1);
  EXPECT_EQ(response_segments(at::zeros({4, 4})).count, 0);
  EXPECT_EQ(response_segments(response, .1, 2, 3).count, 1) << "smoothed, the gap between them is none";
}

TEST(Attributes, ACutOutIsTheMasksBoxOnCanvasAtTheInputsSize) {
  Tensor input = at::zeros({3, 80, 120});
  Tensor mask = at::zeros({80, 120}, at::kBool);
  input.narrow(1, 10, 40).narrow(2, 50, 60).fill_(1);
  mask.narrow(0, 10, 40).narrow(1, 50, 60).fill_(true);
  const Tensor canvas = at::tensor({.25, .5, .75}, at::kFloat).reshape({3, 1, 1});
  const Tensor out = cut_out(input, mask, canvas);
  EXPECT_EQ(out.sizes(), input.sizes());
  EXPECT_EQ(out.select(1, 40).select(1, 60).min().item<float>(), 1);
  EXPECT_NEAR(out[0][0][0].item<float>(), .25, 1e-6);
  EXPECT_NEAR(out[2][79][119].item<float>(), .75, 1e-6);
  EXPECT_NEAR((out[0] > .6).to(at::kFloat).mean().item<double>(), 1 / 1.21, .01) << "1.1 of its sides is the whole";
  EXPECT_THROW(cut_out(input, at::zeros_like(mask), canvas), Error);
}

TEST(Attributes, CutOutsOfSegmentsAreThoseOfTheirMasks) {
  const Segmentation segments = segments_of_a_glyph();
  const Tensor input = draw_glyphs({"ring"}, 5).picture.to(at::kFloat), canvas = at::full({3, 1, 1}, 9.F);
  const Tensor all = cut_outs(input, segments, 4, 30, canvas);
  for (const int64_t number : {4, 17, 33}) {
    const Tensor mask = (segments.labels == number).any(0);
    EXPECT_TRUE(at::equal(all[number - 4], cut_out(input, mask, canvas))) << number;
  }
}

TEST(Attributes, MeansOfAMapOverSegmentsWeighPositionsByWhatLiesInThem) {
  const Segmentation segments = segments_of_a_glyph();
  const Tensor map = numbers({5, 8, 8}, 14);
  const Tensor means = segment_means(map, segments);
  EXPECT_EQ(means.sizes(), at::IntArrayRef({segments.count, 5}));
  const Tensor fine = map.repeat_interleave(8, 1).repeat_interleave(8, 2);
  for (const int64_t number : {0, 11, 40}) {
    const Tensor inside = (segments.labels == number).any(0);
    for (int64_t k = 0; k < 5; ++k)
      EXPECT_NEAR(means[number][k].item<double>(), fine[k].masked_select(inside).mean().item<double>(), 1e-5);
  }
}

double cosine(const Tensor& a, const Tensor& b) { return (a.dot(b) / a.norm() / b.norm()).item<double>(); }

TEST(Attributes, ThresholdsLieBetweenRandomSegmentsAndTheLeastAlikeExemplars) {
  const Tensor features = numbers({7, 5}, 1) * .3 + 1, random = numbers({21, 5}, 2) * .3, centre = random.mean(0);
  const Prototypes strict = prototypes(features, {{0, 1, 2, 3, 4}, {5, 6}}, random, 1);
  const Prototypes loose = prototypes(features, {{0, 1, 2, 3, 4}, {5, 6}}, random, 0);
  std::vector<double> cosines, chance;
  for (int64_t left_out = 0; left_out < 5; ++left_out) {
    Tensor mean = at::zeros({5});
    for (int64_t i = 0; i < 5; ++i)
      if (i != left_out) mean += (features[i] - centre) / (features[i] - centre).norm();
    cosines.push_back(cosine(features[left_out] - centre, mean));
    EXPECT_NEAR(strict.cosines[0][left_out].item<double>(), cosines.back(), 1e-5);
  }
  for (int64_t i = 0; i < 21; ++i) {
    chance.push_back(cosine(random[i] - centre, strict.vectors[0]));
    EXPECT_NEAR(strict.random[i][0].item<double>(), chance.back(), 1e-5);
  }
  std::sort(cosines.begin(), cosines.end());
  std::sort(chance.begin(), chance.end());
  const double low = .8 * cosines[0] + .2 * cosines[1];  // .05 of the way from the first to the fifth
  ASSERT_GT(low, chance[19]);
  EXPECT_NEAR(strict.thresholds[0].item<double>(), low, 1e-5);
  EXPECT_NEAR(loose.thresholds[0].item<double>(), chance[19], 1e-5);
  const Prototypes unlike = prototypes(numbers({7, 5}, 16), {{0, 1, 2, 3, 4}, {5, 6}}, random, 1);
  EXPECT_NEAR(unlike.thresholds[0].item<double>(), at::quantile(unlike.random.select(1, 0), .95).item<double>(), 1e-5);
  EXPECT_NEAR(strict.cosines[1][0].item<double>(), cosine(features[5] - centre, features[6] - centre), 1e-5);
  EXPECT_THROW(prototypes(features, {{0}}, random), Error);
}

TEST(Attributes, TheOrderOfExemplarsChangesNothing) {
  const Tensor features = numbers({12, 6}, 3) + .5, random = numbers({30, 6}, 15), tested = numbers({40, 6}, 4);
  const Tensor one = attribute_shares(tested, prototypes(features, {{0, 1, 2, 3, 4, 5}, {6, 7, 8, 9, 10, 11}}, random));
  const Tensor other =
      attribute_shares(tested, prototypes(features, {{5, 3, 0, 1, 4, 2}, {9, 6, 11, 10, 7, 8}}, random));
  EXPECT_TRUE(at::allclose(one, other, 1e-5, 1e-6));
}

TEST(Attributes, SharesAreTheSoftmaxWithNoneAtTheThreshold) {
  const Tensor features = numbers({9, 4}, 5), tested = numbers({20, 4}, 6), random = numbers({30, 4}, 7) * .2;
  const Prototypes found = prototypes(features, {{0, 1, 2, 3}, {4, 5, 6, 7, 8}}, random);
  const Tensor shares = attribute_shares(tested, found, .2);
  EXPECT_TRUE(at::allclose(shares.sum(1), at::ones({20})));
  for (int64_t s = 0; s < 20; ++s) {
    double parts[3], all = 0;
    for (int64_t a = 0; a < 2; ++a)
      parts[a] =
          std::exp((cosine(tested[s] - found.centre, found.vectors[a]) - found.thresholds[a].item<double>()) / .2);
    parts[2] = 1;
    all = parts[0] + parts[1] + parts[2];
    for (int64_t a = 0; a < 3; ++a) EXPECT_NEAR(shares[s][a].item<double>(), parts[a] / all, 1e-5);
  }
}

TEST(Attributes, EvidenceSharesAreTheSumsOverSegmentsThatTheyAreDefinedBy) {
  const Segmentation segments = segments_of_a_glyph();
  const Tensor shares = at::softmax(numbers({segments.count, 4}, 8), 1), response = numbers({1, 64, 64}, 9);
  Segmentation holes = segments;
  holes.labels = at::where(numbers({3, 64, 64}, 10) > 1, -1, segments.labels).to(at::kInt);
  for (const Segmentation& one : {segments, holes}) {
    const Tensor positive = response[0].clamp_min(0).to(at::kDouble), cover = (one.labels >= 0).sum(0);
    std::vector<double> expected(3, 0);
    for (int64_t s = 0; s < one.count; ++s) {
      const Tensor inside = (one.labels == s).any(0);
      const double m =
          (positive / cover.clamp_min(1)).masked_select(inside).sum().item<double>() / positive.sum().item<double>();
      for (int64_t a = 0; a < 3; ++a) expected[static_cast<size_t>(a)] += m * shares[s][a].item<double>();
    }
    const Tensor found = evidence_shares(response, membership(one, shares));
    for (int64_t a = 0; a < 3; ++a) EXPECT_NEAR(found[0][a].item<double>(), expected[static_cast<size_t>(a)], 1e-6);
  }
}

TEST(Attributes, SharesDoNotDependOnTheScaleOfAResponseAndOnesGiveTheArea) {
  const Segmentation segments = segments_of_a_glyph();
  const Tensor belongs = membership(segments, at::softmax(numbers({segments.count, 3}, 11), 1));
  const Tensor response = numbers({2, 64, 64}, 12);
  EXPECT_TRUE(at::allclose(evidence_shares(response, belongs), evidence_shares(7.3 * response, belongs)));
  EXPECT_TRUE(at::allclose(evidence_shares(at::ones({1, 64, 64}), belongs)[0], belongs.to(at::kDouble).mean({1, 2})));
  EXPECT_EQ(evidence_shares(-at::ones({1, 64, 64}), belongs).abs().max().item<double>(), 0);
}

TEST(Attributes, PixelsInTwoMasksAreSharedAndTheRestIsNobodys) {
  Tensor masks = at::zeros({2, 4, 4}, at::kByte);
  masks[0].narrow(0, 0, 2).fill_(1);
  masks[1].narrow(1, 0, 2).fill_(1);
  const Tensor belongs = membership_of_masks(masks);
  EXPECT_EQ(belongs[0][0][0].item<float>(), .5);
  EXPECT_EQ(belongs[0][0][3].item<float>(), 1);
  EXPECT_EQ(belongs.sum(0)[3][3].item<float>(), 0);
  const Tensor shares = evidence_shares(at::ones({1, 4, 4}), belongs);
  EXPECT_DOUBLE_EQ(shares.sum().item<double>(), .75);
  const Tensor regions = attribute_regions(belongs);
  EXPECT_EQ(regions.sizes(), at::IntArrayRef({3, 4, 4}));
  EXPECT_TRUE(at::equal(regions[0].to(at::kByte), masks[0])) << "half of a pixel is enough";
  EXPECT_TRUE(at::equal(regions[2], masks.any(0)));
}

TEST(Attributes, ControlsHaveTheRegionsAreaBesideIt) {
  const Segmentation segments = segments_of_a_glyph();
  Random random(1);
  for (const int64_t side : {0, 3, 20, 44}) {
    Tensor region = at::zeros({64, 64}, at::kBool);
    region.narrow(0, 5, side).narrow(1, 8, side).fill_(true);
    const Tensor control = control_region(region, segments, random);
    EXPECT_EQ(control.sum().item<int64_t>(), side * side);
    EXPECT_FALSE(control.logical_and(region).any().item<bool>());
  }
  const Tensor most = at::ones({64, 64}, at::kBool);
  most[0].fill_(false);
  EXPECT_EQ(control_region(most, segments, random).sum().item<int64_t>(), 64) << "all that there is";
}

TEST(Attributes, ARemovalAndWhatItKeepsAreTheInputBetweenThem) {
  const Tensor input = numbers({3, 32, 32}, 13), canvas = at::full({3, 1, 1}, .5F);
  Tensor regions = at::zeros({2, 32, 32}, at::kBool);
  regions[0].narrow(0, 3, 9).fill_(true);
  for (const std::string& fill : removal_fills()) {
    const Tensor base = filled(input, fill, canvas);
    EXPECT_EQ(base.sizes(), input.sizes());
    const Tensor copies = removals(input, regions, base);
    EXPECT_EQ(copies.sizes(), at::IntArrayRef({4, 3, 32, 32}));
    EXPECT_TRUE(at::allclose(copies[0] + copies[2], input + base));
    EXPECT_TRUE(at::equal(copies[1], input)) << "nothing is removed";
    EXPECT_TRUE(at::equal(copies[3], base.contiguous())) << "nothing is kept";
  }
  EXPECT_TRUE(at::allclose(filled(input, "mean", canvas)[1][4][5], input[1].mean()));
  EXPECT_LT(filled(input, "blur", canvas).std().item<double>(), .3 * input.std().item<double>());
}

}  // namespace
}  // namespace limpid
