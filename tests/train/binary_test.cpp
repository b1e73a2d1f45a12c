// SPDX-License-Identifier: Apache-2.0
// Scores of two classes and logistic regression, held against counting and against Newton's method.
#include "limpid/train/binary.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>

#include "limpid/core/random.h"
#include "limpid/train/logistic.h"
#include "support/files.h"

namespace limpid::testing {
namespace {
using ::testing::HasSubstr;

/// Every pair of a positive and a negative: 1 where the positive is larger, 1/2 where they are equal.
double pairs_won(const std::vector<double>& values, const std::vector<bool>& positive) {
  double won = 0, pairs = 0;
  for (size_t i = 0; i < values.size(); ++i)
    for (size_t j = 0; j < values.size(); ++j) {
      if (!positive[i] || positive[j]) continue;
      ++pairs;
      won += values[i] > values[j] ? 1 : values[i] == values[j] ? .5 : 0;
    }
  return won / pairs;
}

TEST(BinaryScores, AucIsTheShareOfPairsInOrderAlsoWithTies) {
  for (uint64_t seed = 0; seed < 20; ++seed) {
    Random random(seed);
    const int64_t levels = seed % 2 ? 5 : 1'000'000;  // few: most pairs are ties
    std::vector<double> values;
    std::vector<bool> positive = {true, false};
    for (int i = 0; i < 60; ++i) values.push_back(static_cast<double>(random.below(levels)));
    while (positive.size() < values.size()) positive.push_back(random.uniform() < .3);
    EXPECT_NEAR(roc_auc(values, positive), pairs_won(values, positive), 1e-12) << seed;
  }
}

TEST(BinaryScores, AucOfKnownOrdersIsWhatItMustBe) {
  EXPECT_EQ(roc_auc({.1, .2, .8, .9}, {false, false, true, true}), 1);
  EXPECT_EQ(roc_auc({.9, .8, .2, .1}, {false, false, true, true}), 0);
  EXPECT_EQ(roc_auc({.5, .5, .5}, {false, true, true}), .5);
  EXPECT_TRUE(std::isnan(roc_auc({.5, .6}, {true, true})));
  EXPECT_TRUE(std::isnan(roc_auc({}, {})));
}

TEST(BinaryScores, CountsRightDecisionsOfEachClass) {
  const BinaryScores scores = binary_scores({.9, .5, .2, .4, .1, .7}, {true, true, true, false, false, false});
  EXPECT_DOUBLE_EQ(scores.sensitivity, 2. / 3);  // a probability of 1/2 is positive
  EXPECT_DOUBLE_EQ(scores.specificity, 2. / 3);
  EXPECT_DOUBLE_EQ(scores.accuracy, 4. / 6);
  EXPECT_EQ(scores.positives, 3);
  EXPECT_TRUE(std::isnan(binary_scores({.9}, {true}).specificity));
  EXPECT_THAT(error_of([] { binary_scores({.9}, {true, false}); }), HasSubstr("got 1 values and 2 labels"));
  EXPECT_THAT(error_of([] { binary_scores({std::nan("")}, {true}); }), HasSubstr("not a number"));
}

TEST(BinaryScores, TheCurveRisesFromZeroToOne) {
  const auto curve = roc_curve({.9, .8, .8, .1}, {true, true, false, false});
  const std::vector<std::pair<double, double>> expected = {{0, 0}, {0, .5}, {.5, 1}, {1, 1}};
  EXPECT_EQ(curve, expected);
}

struct Problem {
  Tensor features, labels;
};

/// Labels drawn from a known line, features on very different scales, one of them constant.
Problem drawn(uint64_t seed) {
  const Tensor x = normal_noise({200, 4}, seed).to(at::kDouble);
  const Tensor noise = normal_noise({200}, seed + 1).to(at::kDouble);
  const Tensor labels = (x.select(1, 0) * 2 - x.select(1, 1) + noise > .3).to(at::kLong);
  Tensor features = x * at::tensor({1., 1e9, 1e-6, 1.}, at::kDouble) + at::tensor({5., -1e9, 0., 0.}, at::kDouble);
  features.select(1, 3).fill_(7);
  return {features, labels};
}

/// Newton's method on the standardised features, a column of ones for the bias.
Tensor newton(const Tensor& features, const Tensor& labels, double l2) {
  const Tensor deviation = features.std(0);
  const Tensor z = (features - features.mean(0)) / at::where(deviation > 0, deviation, at::ones_like(deviation));
  const Tensor x = at::cat({z, at::ones({z.size(0), 1}, at::kDouble)}, 1);
  Tensor ridge = at::eye(x.size(1), at::kDouble) * l2;
  ridge[-1][-1] = 0;
  Tensor w = at::zeros({x.size(1)}, at::kDouble);
  for (int i = 0; i < 50; ++i) {
    const Tensor p = at::sigmoid(x.mv(w));
    const Tensor gradient = x.t().mv(p - labels.to(at::kDouble)) + ridge.mv(w);
    const Tensor hessian = x.t().mm(x * (p * (1 - p)).unsqueeze(1)) + ridge;
    w = w - hessian.inverse().mv(gradient);
  }
  return w;
}

TEST(LogisticRegression, EndsWhereNewtonsMethodDoes) {
  for (const double l2 : {.1, 1., 100.}) {
    const Problem problem = drawn(3);
    const LogisticRegression fitted = fit_logistic(problem.features, problem.labels, l2);
    const Tensor expected = newton(problem.features, problem.labels, l2);
    const Tensor got = at::cat({fitted.weights, at::full({1}, fitted.bias, at::kDouble)});
    EXPECT_LT((got - expected).abs().max().item<double>(), 1e-5) << l2;
    EXPECT_EQ(fitted.weights[3].item<double>(), 0);  // of the constant
  }
}

TEST(LogisticRegression, DoesNotDependOnTheScaleOfItsFeatures) {
  const Problem problem = drawn(8);
  const Tensor scale = at::tensor({10., 1e-3, 1e5, 2.}, at::kDouble);
  const Tensor one = fit_logistic(problem.features, problem.labels, 1).probabilities(problem.features);
  const Tensor other =
      fit_logistic(problem.features * scale, problem.labels, 1).probabilities(problem.features * scale);
  EXPECT_LT((one - other).abs().max().item<double>(), 1e-5);
}

TEST(LogisticRegression, RefusesWhatItCannotUse) {
  const Problem problem = drawn(1);
  Tensor broken = problem.features.clone();
  broken[4][2] = std::nan("");
  EXPECT_THAT(error_of([&] { fit_logistic(broken, problem.labels, 1); }), HasSubstr("not finite"));
  EXPECT_THAT(error_of([&] { fit_logistic(problem.features, problem.labels.narrow(0, 0, 9), 1); }),
              HasSubstr("9 labels"));
}

}  // namespace
}  // namespace limpid::testing
