// SPDX-License-Identifier: Apache-2.0
#include "limpid/concepts/flips.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "limpid/core/error.h"
#include "limpid/core/random.h"

namespace limpid {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

/// Scores of what is there of each of S segments, a pixel each: linear, and pairs that count together.
struct PairedScores {
  Tensor linear, pairs;  // [K, S], [K, S, S]

  PairedScores(uint64_t seed, int64_t classes, int64_t segments) {
    Random random(seed);
    linear = at::empty({classes, segments}, at::kDouble);
    pairs = at::empty({classes, segments, segments}, at::kDouble);
    for (Tensor values : {linear, pairs}) {
      double* each = values.data_ptr<double>();
      for (int64_t i = 0; i < values.numel(); ++i) each[i] = random.normal();
    }
    linear[0] += .8;  // the decision
    pairs *= .2;
  }
  Tensor operator()(const Tensor& inputs) const {
    const Tensor there = inputs.flatten(1).to(at::kDouble);
    return at::mm(there, linear.t()) + at::einsum("ns,kst,nt->nk", {there, pairs, there});
  }
};

FlipQuestion question_of(int64_t segments) {
  FlipQuestion question;
  question.input = at::ones({1, 1, segments});
  question.other = at::zeros({1, 1, segments});
  question.labels = at::arange(segments, at::kLong).unsqueeze(0);
  question.evaluations = 100'000;
  return question;
}

Tensor without(const FlipQuestion& question, uint64_t bits) {
  Tensor input = question.input.clone();
  for (int64_t s = 0; s < input.size(2); ++s)
    if (bits >> s & 1) input[0][0][s] = question.other[0][0][s];
  return input.unsqueeze(0);
}

bool flips(const FlipQuestion& question, const Tensor& logits) {
  const auto best = logits.argmax(1).item<int64_t>();
  return question.toward ? best == *question.toward : best != question.decided;
}

/// The size of the smallest set that flips the decision, of all 2^S; 0: none does.
int naive_smallest(const FlipQuestion& question, const PairedScores& scores) {
  int least = 0;
  for (uint64_t bits = 1; bits < uint64_t{1} << question.input.size(2); ++bits) {
    const int size = __builtin_popcountll(bits);
    if ((least == 0 || size < least) && flips(question, scores(without(question, bits)))) least = size;
  }
  return least;
}

uint64_t bits_of(const std::vector<int64_t>& segments) {
  uint64_t bits = 0;
  for (const int64_t s : segments) bits |= uint64_t{1} << s;
  return bits;
}

TEST(Flips, WithTimeForAllSetsTheSmallestIsFound) {
  int large = 0, none = 0;
  for (uint64_t seed = 0; seed < 30; ++seed) {
    const PairedScores scores(seed, 3, 8);
    FlipQuestion question = question_of(8);
    question.decided = scores(without(question, 0)).argmax(1).item<int64_t>();
    if (seed % 2) question.toward = (question.decided + 1) % 3;
    const Flip found = find_flip(question, scores);
    const int smallest = naive_smallest(question, scores);
    EXPECT_EQ(found.found, smallest > 0) << seed;
    if (!found.found) {
      ++none;
      EXPECT_EQ(found.excluded, 8);
      continue;
    }
    EXPECT_EQ(found.segments.size(), smallest) << seed;
    EXPECT_TRUE(found.is_smallest());
    const Tensor logits = scores(without(question, bits_of(found.segments)));
    EXPECT_TRUE(flips(question, logits));
    EXPECT_LT((logits[0] - found.logits).abs().max().item<double>(), 1e-6);
    large += smallest > 2;
  }
  EXPECT_GT(large, 3) << "otherwise nothing was put to the test";
  EXPECT_LT(none, 15);
}

TEST(Flips, WithLessTimeEverySegmentIsNeededAndWhatIsSaidOfSmallerSetsIsTrue) {
  int unproven = 0;
  for (uint64_t seed = 0; seed < 30; ++seed) {
    const PairedScores scores(seed, 3, 10);
    FlipQuestion question = question_of(10);
    question.decided = scores(without(question, 0)).argmax(1).item<int64_t>();
    question.evaluations = 90;
    const Flip found = find_flip(question, scores);
    EXPECT_LE(found.evaluations, 90);
    const int smallest = naive_smallest(question, scores);
    if (smallest > 0) EXPECT_LT(found.excluded, smallest);
    if (!found.found) continue;
    unproven += !found.is_smallest();
    const uint64_t bits = bits_of(found.segments);
    EXPECT_TRUE(flips(question, scores(without(question, bits))));
    for (const int64_t s : found.segments)
      EXPECT_FALSE(flips(question, scores(without(question, bits & ~(uint64_t{1} << s))))) << seed << ": " << s;
  }
  EXPECT_GT(unproven, 0);
}

TEST(Flips, BatchesChangeNothing) {
  const PairedScores scores(4, 3, 9);
  FlipQuestion question = question_of(9);
  question.decided = scores(without(question, 0)).argmax(1).item<int64_t>();
  const Flip one = find_flip(question, scores);
  question.batch = 1;
  const Flip other = find_flip(question, scores);
  EXPECT_EQ(one.segments, other.segments);
  EXPECT_EQ(one.evaluations, other.evaluations);
}

TEST(Flips, WhereNothingFlipsTheNearestIsTold) {
  FlipQuestion question = question_of(3);
  const auto scores = [](const Tensor& inputs) {  // the first class leads by 1 or more, least without the last segment
    const Tensor there = inputs.flatten(1).to(at::kDouble);
    return at::stack({there.select(1, 2) + 1, at::zeros({there.size(0)}, at::kDouble)}, 1);
  };
  const Flip found = find_flip(question, scores);
  EXPECT_FALSE(found.found);
  EXPECT_THAT(found.segments, ElementsAre(2));
  EXPECT_EQ(found.excluded, 3) << "all sets were tried";
}

TEST(Flips, ImpossibleQuestionsAreRefused) {
  const auto scores = [](const Tensor& inputs) { return inputs.flatten(1); };
  FlipQuestion question = question_of(4);
  question.evaluations = 3;
  EXPECT_THAT([&] { find_flip(question, scores); }, ThrowsMessage<Error>(HasSubstr("fewer than the 4 segments")));
  question = question_of(4);
  question.labels = question.labels.narrow(1, 0, 3);
  EXPECT_THAT([&] { find_flip(question, scores); }, ThrowsMessage<Error>(HasSubstr("do not fit an input")));
}

}  // namespace
}  // namespace limpid
