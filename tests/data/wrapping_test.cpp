// SPDX-License-Identifier: Apache-2.0
#include "limpid/data/wrapping.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>

#include <map>
#include <set>

#include "limpid/data/loader.h"
#include "support/files.h"

namespace limpid::testing {
namespace {
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

/// `counts[k]` examples of class k; the input of example i is filled with i.
Dataset counting(const std::vector<int64_t>& counts, int64_t examples_a_group = 0) {
  Dataset data;
  for (size_t k = 0; k < counts.size(); ++k) {
    data.classes.push_back(std::to_string(k));
    for (int64_t i = 0; i < counts[k]; ++i) {
      const int64_t index = data.size();
      const std::string group = examples_a_group ? std::to_string(index / examples_a_group) : "";
      data.examples.push_back({static_cast<int64_t>(k), "example " + std::to_string(index), group});
    }
  }
  data.read = [](int64_t index, uint64_t) { return at::full({1, 2, 2}, static_cast<double>(index), at::kFloat); };
  return data;
}

std::multiset<std::string> names(const Dataset& data) {
  std::multiset<std::string> all;
  for (const Example& example : data.examples) all.insert(example.name);
  return all;
}

std::set<std::string> groups(const Dataset& data) {
  std::set<std::string> all;
  for (const Example& example : data.examples) all.insert(example.group);
  return all;
}

TEST(Joined, ClassesOfOneNameAreOneClass) {
  Dataset first = counting({1, 1}), second = counting({2, 1});
  second.classes = {"1", "late"};
  const Dataset both = joined({first, second});
  EXPECT_THAT(both.classes, ElementsAre("0", "1", "late"));
  EXPECT_THAT(class_counts(both), ElementsAre(1, 3, 1));
  EXPECT_EQ(both.read(4, 0)[0][0][0].item<float>(), 2);  // the third of the second
}

TEST(Split, HoldsOutTheSameShareOfEachClass) {
  const Split sides = split(counting({100, 50, 10}), .2, 3);
  EXPECT_THAT(class_counts(sides.held_out), ElementsAre(20, 10, 2));
  std::multiset<std::string> both = names(sides.rest);
  both.merge(names(sides.held_out));
  EXPECT_EQ(both, names(counting({100, 50, 10})));
}

TEST(Split, NeverPutsAGroupOnTwoSides) {
  for (uint64_t seed = 0; seed < 20; ++seed) {
    const Split sides = split(counting({97, 41}, 7), .25, seed);
    for (const std::string& group : groups(sides.held_out)) EXPECT_EQ(groups(sides.rest).count(group), 0u);
    EXPECT_NEAR(static_cast<double>(sides.held_out.size()), .25 * 138, 7);
  }
}

TEST(Split, FollowsItsSeed) {
  const Dataset data = counting({30, 30});
  EXPECT_EQ(names(split(data, .5, 1).held_out), names(split(data, .5, 1).held_out));
  EXPECT_NE(names(split(data, .5, 1).held_out), names(split(data, .5, 2).held_out));
}

TEST(Folds, AreAlikeAndKeepGroupsWhole) {
  const Dataset data = with_folds(counting({90, 60}, 3), 5, 1);
  for (int64_t fold = 0; fold < 5; ++fold) {
    const Split sides = split_fold(data, fold);
    EXPECT_THAT(class_counts(sides.held_out), ElementsAre(18, 12));
    for (const std::string& group : groups(sides.held_out)) EXPECT_EQ(groups(sides.rest).count(group), 0u);
  }
}

TEST(Folds, AGroupInTwoOfThemIsAnError) {
  Dataset data = counting({4}, 2);
  for (int64_t i = 0; i < 4; ++i) data.examples[static_cast<size_t>(i)].fold = i % 2;
  EXPECT_THAT(error_of([&] { split_fold(data, 0); }), HasSubstr("the group '0' stands in fold 0 and in others"));
  EXPECT_THAT(error_of([&] { split_fold(counting({4}), 0); }), HasSubstr("0 of 4 examples"));
}

TEST(Folds, OneOfThemMayBeAllThereIs) {
  Dataset data = counting({3, 2});
  EXPECT_THAT(error_of([&] { only_fold(data, 2); }), HasSubstr("fold 2 has none of the 5 examples"));
  for (Example& example : data.examples) example.fold = 2;
  EXPECT_EQ(names(only_fold(data, 2)), names(data));
}

TEST(Thinned, TakesTheSameShareOfEachClassEvenly) {
  const Dataset data = shuffled(counting({60, 20, 10}), 1);
  const Dataset few = thinned(data, 9);
  EXPECT_THAT(class_counts(few), ElementsAre(6, 2, 1));
  for (int64_t i = 0; i < few.size(); ++i)
    EXPECT_EQ(few[i].name, "example " + std::to_string(few.read(i, 0)[0][0][0].item<int>()));
  EXPECT_EQ(names(thinned(data, 90)), names(data));
  EXPECT_EQ(thinned(data, 1000).size(), 90);
  EXPECT_EQ(error_of([&] { thinned(data, 0); }), "a data set cannot be thinned to 0 examples; expected at least 1");
}

TEST(Shuffled, ReadsWhatItNames) {
  const Dataset data = shuffled(counting({50}), 4);
  EXPECT_EQ(names(data), names(counting({50})));
  int64_t moved = 0;
  for (int64_t i = 0; i < 50; ++i) {
    const auto value = data.read(i, 0)[0][0][0].item<float>();
    EXPECT_EQ(data[i].name, "example " + std::to_string(static_cast<int64_t>(value)));
    moved += static_cast<int64_t>(value) != i;
  }
  EXPECT_GT(moved, 40);
}

TEST(Balanced, RepeatsRareClassesEvenly) {
  const Dataset data = balanced(counting({7, 3}), 2);
  EXPECT_THAT(class_counts(data), ElementsAre(7, 7));
  std::map<std::string, int> uses;
  for (const std::string& name : names(data)) ++uses[name];
  for (int64_t i = 7; i < 10; ++i) EXPECT_THAT(uses["example " + std::to_string(i)], ::testing::AnyOf(2, 3));
}

TEST(Normalised, StatisticsBringMeanZeroAndDeviationOne) {
  Dataset data = counting({40});
  data.read = [](int64_t index, uint64_t) {
    return (normal_noise({3, 4, 4}, static_cast<uint64_t>(index)) * 20 + 100).clamp(0, 255).to(at::kByte);
  };
  const Dataset ready = normalised(data, statistics_of(data, Preprocess{.scale = 1. / 255}));
  std::vector<Tensor> all;
  for (int64_t i = 0; i < ready.size(); ++i) all.push_back(ready.read(i, 0));
  const Tensor values = at::stack(all);
  EXPECT_LT(values.mean({0, 2, 3}).abs().max().item<double>(), 1e-5);
  EXPECT_LT((values.var({0, 2, 3}, false) - 1).abs().max().item<double>(), 1e-4);
}

TEST(Shaped, NamesTheInputOfAnotherShape) {
  Dataset data = counting({3});
  data.read = [inner = data.read](int64_t index, uint64_t epoch) {
    const Tensor input = inner(index, epoch);
    return index == 1 ? at::cat({input, input}) : input;
  };
  const Dataset checked = shaped(data, {1, 2, 2});
  EXPECT_TRUE(at::equal(checked.read(2, 0), data.read(2, 0)));
  EXPECT_THAT([&] { checked.read(1, 0); },
              ThrowsMessage<Error>(HasSubstr("'example 1' has shape 2x2x2; expected 1x2x2")));
}

TEST(Cached, ReadsEachInputOnceAndOnlyAsMuchAsItMayKeep) {
  Dataset data = counting({6});
  const auto reads = std::make_shared<int>(0);
  data.read = [inner = data.read, reads](int64_t index, uint64_t epoch) { return ++*reads, inner(index, epoch); };
  const Dataset kept = cached(data, 3 * 16);
  for (int pass = 0; pass < 2; ++pass)
    for (int64_t i = 0; i < 6; ++i) EXPECT_EQ(kept.read(i, 0).sum().item<float>(), 4 * static_cast<float>(i));
  EXPECT_EQ(*reads, 6 + 3);
}

Dataset pictures() {
  Dataset data = counting({5});
  data.read = [](int64_t index, uint64_t) {
    return (normal_noise({1, 9, 9}, static_cast<uint64_t>(index)) * 30 + 128).to(at::kByte);
  };
  return data;
}

TEST(Augmented, DependsOnSeedEpochAndIndexAlone) {
  const Augmentation how = augmentation_of("flip,rotate=20,shift=2,scale=0.2,noise=0.05,brightness=0.1");
  const Dataset a = augmented(pictures(), how, 1), b = augmented(pictures(), how, 1);
  const Tensor late = b.read(3, 7);  // before anything else was drawn
  for (int64_t i = 0; i < 5; ++i) a.read(i, 0);
  EXPECT_TRUE(a.read(3, 7).equal(late));
  EXPECT_FALSE(a.read(3, 8).equal(late));
  EXPECT_FALSE(augmented(pictures(), how, 2).read(3, 7).equal(late));
  EXPECT_EQ(late.scalar_type(), at::kByte);
}

TEST(Augmented, FlipsGiveTheFourMirrorImagesAndNothingElse) {
  const Dataset data = augmented(pictures(), augmentation_of("flip,flip-rows"), 1);
  const Tensor x = pictures().read(0, 0);
  const std::vector<Tensor> mirrors = {x, x.flip(1), x.flip(2), x.flip({1, 2})};
  std::vector<int> seen(4, 0);
  for (uint64_t epoch = 0; epoch < 64; ++epoch) {
    const Tensor drawn = data.read(0, epoch);
    for (size_t m = 0; m < 4; ++m) seen[m] += drawn.equal(mirrors[m]);
  }
  EXPECT_THAT(seen, Each(::testing::Gt(4)));
  EXPECT_EQ(seen[0] + seen[1] + seen[2] + seen[3], 64);
}

TEST(Augmented, KeepsInsideTheRangesAskedFor) {
  Dataset one = counting({1});  // a single bright pixel in the middle
  one.read = [](int64_t, uint64_t) {
    const Tensor x = at::zeros({1, 21, 21});
    x[0][10][10] = 1;
    return x;
  };
  const Dataset moved = augmented(one, augmentation_of("shift=3"), 5);
  double largest = 0;
  for (uint64_t epoch = 0; epoch < 200; ++epoch) {
    const Tensor x = moved.read(0, epoch)[0];
    EXPECT_NEAR(x.sum().item<double>(), 1, 1e-5);  // bilinear weights
    const double row = (x.sum(1) * at::arange(21)).sum().item<double>() - 10;
    largest = std::max(largest, std::abs(row));
  }
  EXPECT_LE(largest, 3.001);
  EXPECT_GT(largest, 2.5);
}

TEST(Augmented, RefusesWhatItDoesNotKnow) {
  EXPECT_THAT(error_of([] { augmentation_of("rotat=3"); }), HasSubstr("did you mean 'rotate'"));
  EXPECT_THAT(error_of([] { augmentation_of("rotate=much"); }), HasSubstr("expected a number"));
  EXPECT_EQ(augmentation_of(""), Augmentation{});
}

std::vector<std::vector<float>> batches(const LoaderPlan& plan, const Dataset& data = counting({10})) {
  std::vector<std::vector<float>> all;
  Loader loader(data, {1, 2, 2}, plan);
  while (const auto batch = loader.next()) {
    const Tensor values = batch->inputs.select(3, 0).select(2, 0).reshape(-1).contiguous();
    all.emplace_back(values.data_ptr<float>(), values.data_ptr<float>() + values.numel());
  }
  return all;
}

TEST(Loader, GivesTheSameBatchesWhateverTheNumberOfThreads) {
  LoaderPlan plan{.batch = 3, .shuffle = true, .seed = 4, .epochs = 5};
  const auto expected = batches(plan);
  EXPECT_EQ(expected.size(), 20u);
  for (const int64_t threads : {2, 7}) {
    plan.threads = threads;
    EXPECT_EQ(batches(plan), expected);
  }
}

TEST(Loader, GoesOnInTheMiddleAsIfItHadBegunAtTheStart) {
  LoaderPlan plan{.batch = 3, .shuffle = true, .seed = 4, .epochs = 3};
  auto expected = batches(plan);
  expected.erase(expected.begin(), expected.begin() + 6);
  plan.first_epoch = 1;
  plan.first_batch = 2;
  plan.epochs = 2;
  EXPECT_EQ(batches(plan), expected);
}

TEST(Loader, AnEpochIsEveryExampleOnceInANewOrder) {
  const auto all = batches({.batch = 10, .shuffle = true, .epochs = 2});
  EXPECT_NE(all[0], all[1]);
  EXPECT_THAT(all[0], ::testing::UnorderedElementsAre(0, 1, 2, 3, 4, 5, 6, 7, 8, 9));
  EXPECT_EQ(batches({.batch = 4, .drop_last = true}).size(), 2u);
}

TEST(Loader, ThrowsWhatWentWrongWhenItsTurnComes) {
  Dataset data = counting({10});
  data.read = [inner = data.read](int64_t index, uint64_t epoch) {
    if (index == 7) fail("'seven.png' is torn");
    return inner(index, epoch);
  };
  Loader loader(data, {1, 2, 2}, {.batch = 3, .threads = 3});
  EXPECT_TRUE(loader.next());
  EXPECT_TRUE(loader.next());
  EXPECT_EQ(error_of([&] { loader.next(); }), "'seven.png' is torn");
}

TEST(Loader, NamesTheInputOfAnotherShape) {
  EXPECT_THAT(error_of([] {
                Loader(counting({3}), {1, 2, 3}, {}).next();
              }),
              HasSubstr("'example 0' has shape 1x2x2; expected 1x2x3"));
}

}  // namespace
}  // namespace limpid::testing
