// SPDX-License-Identifier: Apache-2.0
#include "limpid/concepts/concept_vectors.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <numeric>

#include "limpid/core/error.h"

namespace limpid {
namespace {

std::vector<int64_t> range(int64_t begin, int64_t end) {
  std::vector<int64_t> all(static_cast<size_t>(end - begin));
  std::iota(all.begin(), all.end(), begin);
  return all;
}

/// Normal numbers [n, F], the first `shifted` rows moved along a direction.
Tensor rows_with(int64_t count, int64_t shifted, const Tensor& shift, uint64_t seed = 3) {
  Tensor rows = normal_noise({count, shift.size(0)}, seed) + 7;  // far from 0: means must not matter
  rows.narrow(0, 0, shifted).add_(shift);
  return rows;
}

TEST(ConceptVectors, TheGradientOfTheRegularisedLossIsZeroThere) {
  const int64_t features = 300, first = 20, second = 50;
  const Tensor rows = rows_with(first + second, first, normal_noise({features}, 9) * .4).to(at::kFloat);
  const double l2 = .03;
  ConceptVectorOptions options;
  options.l2 = l2;
  const Tensor v =
      concept_vectors(rows, {{range(0, first), range(first, first + second)}}, options).vectors[0].to(at::kDouble);
  EXPECT_NEAR(v.norm().item<double>(), 1, 1e-5);
  // second implementation, in features and double precision: the best length and bias along v leave no slope across it
  const Tensor x = rows.to(at::kDouble), centred = x - x.mean(0);
  const double penalty = l2 * centred.square().sum(1).mean().item<double>();
  Tensor truth = at::zeros({first + second}, at::kDouble),
         weight = at::full({first + second}, .5 / second, at::kDouble);
  truth.narrow(0, 0, first).fill_(1);
  weight.narrow(0, 0, first).fill_(.5 / first);
  const Tensor along = at::mv(centred, v);
  Tensor length = at::zeros({}, at::kDouble), bias = at::zeros({}, at::kDouble);
  for (int step = 0; step < 200; ++step) {  // Newton in two unknowns
    const Tensor p = at::sigmoid(along * length + bias), slope = weight * (p - truth), curve = weight * p * (1 - p);
    const Tensor gl = (slope * along).sum() + penalty * length, gb = slope.sum();
    const Tensor hll = (curve * along.square()).sum() + penalty, hlb = (curve * along).sum(), hbb = curve.sum();
    const Tensor determinant = hll * hbb - hlb * hlb;
    length = length - (hbb * gl - hlb * gb) / determinant;
    bias = bias - (hll * gb - hlb * gl) / determinant;
  }
  const Tensor p = at::sigmoid(along * length + bias);
  const Tensor loss_slope = at::mv(centred.t(), weight * (p - truth));
  const Tensor gradient = loss_slope + penalty * length * v;
  EXPECT_GT(length.item<double>(), 0) << "it points toward the first set";
  EXPECT_LE(gradient.norm().item<double>(), 1e-4 * loss_slope.norm().item<double>());
}

TEST(ConceptVectors, FindAPlantedDirectionAndTellItOnHeldOutExamples) {
  Tensor shift = at::zeros({40});
  shift[11] = 12;
  const ConceptVectors found = concept_vectors(rows_with(100, 50, shift), {{range(0, 50), range(50, 100)}});
  EXPECT_EQ(found.vectors[0].argmax().item<int64_t>(), 11);
  EXPECT_GT(found.vectors[0][11].item<float>(), .9F);
  EXPECT_EQ(found.accuracies[0], 1);
}

TEST(ConceptVectors, AreNearChanceWhereThereIsNothingToTell) {
  std::vector<Contrast> contrasts;
  for (int64_t i = 0; i < 20; ++i) contrasts.push_back({range(60 * i, 60 * i + 30), range(60 * i + 30, 60 * i + 60)});
  const ConceptVectors found = concept_vectors(rows_with(1200, 0, at::zeros({500})), contrasts);
  const double mean = std::accumulate(found.accuracies.begin(), found.accuracies.end(), 0.) / 20;
  EXPECT_NEAR(mean, .5, .1) << "in 500 features 60 examples can be told apart, but not those held out";
}

TEST(ConceptVectors, SwappedSetsTurnThemAround) {
  const Tensor rows = rows_with(60, 25, normal_noise({80}, 2));
  const ConceptVectors found = concept_vectors(rows, {{range(0, 25), range(25, 60)}, {range(25, 60), range(0, 25)}});
  EXPECT_TRUE(at::allclose(found.vectors[0], -found.vectors[1], 1e-4, 1e-5));
}

TEST(ConceptVectors, TheOrderOfExamplesAndOfRowsChangesNothing) {
  const Tensor rows = rows_with(70, 30, normal_noise({90}, 4) * .3);
  const ConceptVectors found = concept_vectors(rows, {{range(0, 30), range(30, 70)}});
  std::vector<int64_t> toward = range(0, 30), from = range(30, 70);
  std::reverse(toward.begin(), toward.end());
  std::rotate(from.begin(), from.begin() + 7, from.end());
  const ConceptVectors same = concept_vectors(rows, {{toward, from}});
  EXPECT_TRUE(at::equal(found.vectors, same.vectors));
  EXPECT_EQ(found.accuracies, same.accuracies);
  std::vector<int64_t> moved_toward, moved_from;
  for (const int64_t row : range(0, 30)) moved_toward.push_back(69 - row);
  for (const int64_t row : range(30, 70)) moved_from.push_back(69 - row);
  const ConceptVectors moved = concept_vectors(rows.flip(0), {{moved_toward, moved_from}});
  EXPECT_TRUE(at::allclose(found.vectors, moved.vectors, 1e-4, 1e-6));
  EXPECT_EQ(found.accuracies, moved.accuracies);
}

TEST(ConceptVectors, TheScaleOfActivationsChangesNothing) {
  const Tensor rows = rows_with(50, 20, normal_noise({30}, 4));
  const std::vector<Contrast> contrasts = {{range(0, 20), range(20, 50)}};
  EXPECT_TRUE(at::allclose(concept_vectors(rows, contrasts).vectors, concept_vectors(rows * 1024, contrasts).vectors,
                           1e-4, 1e-5));
}

TEST(ConceptVectors, ExamplesThatAreAllAlikeGiveNone) {
  const ConceptVectors found = concept_vectors(at::ones({10, 4}), {{range(0, 5), range(5, 10)}});
  EXPECT_EQ(found.vectors.abs().sum().item<float>(), 0);
  EXPECT_EQ(found.accuracies[0], .5);
  EXPECT_THROW(concept_vectors(at::ones({10, 4}), {{{0}, range(5, 10)}}), Error);
}

}  // namespace
}  // namespace limpid
