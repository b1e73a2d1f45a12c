// SPDX-License-Identifier: Apache-2.0
#include "limpid/pipeline/targets.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>

#include "limpid/core/error.h"

namespace limpid {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

const std::vector<std::string> kLabels = {"crane", "Afghan hound", "great white shark, white shark", "hound", "crane"};
const Tensor kLogits = at::tensor({1.F, 5.F, 3.F, 0.F, 3.F, 0.F, 0.F, 0.F, 9.F, 1.F}).view({2, 5});

std::vector<int64_t> first_image(const std::string& wanted) {
  const Tensor targets = resolve_targets(wanted, kLabels, kLogits);
  return {targets.data_ptr<int64_t>(), targets.data_ptr<int64_t>() + targets.size(1)};
}

TEST(Targets, TheStrongestClassesAreThoseOfEachImageAndTiesGoToTheLowerIndex) {
  const Tensor targets = resolve_targets("top3", kLabels, kLogits);
  EXPECT_THAT(first_image("top3"), ElementsAre(1, 2, 4));
  EXPECT_EQ(targets[1][0].item<int64_t>(), 3);
  EXPECT_EQ(resolve_targets("top99", kLabels, kLogits).size(1), 5);
  EXPECT_THAT(cut_targets("top99,top5,hound,top6", kLabels), ElementsAre("top99", "top6"));
}

TEST(Targets, ClassesThatAreNamedNeedNoInput) {
  EXPECT_THAT(named_classes("hound,0", kLabels), ElementsAre(3, 0));
  EXPECT_THAT(named_classes("all", kLabels), ElementsAre(0, 1, 2, 3, 4));
  EXPECT_THAT([] { named_classes("hound,top1", kLabels); },
              ThrowsMessage<UsageError>(HasSubstr("depends on the input")));
}

TEST(Targets, ANameCountsExactlyThenInAnyCaseThenAsAPart) {
  EXPECT_THAT(first_image("hound"), ElementsAre(3));
  EXPECT_THAT(first_image("afghan HOUND"), ElementsAre(1));
  EXPECT_THAT(first_image("Afghan"), ElementsAre(1));
}

TEST(Targets, ANameWithACommaIsOneName) { EXPECT_THAT(first_image(kLabels[2]), ElementsAre(2)); }

TEST(Targets, AListMixesIndicesNamesAndRanks) { EXPECT_THAT(first_image("0,hound,top1"), ElementsAre(0, 3, 1)); }

TEST(Targets, ANameThatTwoClassesHaveIsRefusedWithTheirIndices) {
  EXPECT_THAT([] { first_image("crane"); }, ThrowsMessage<UsageError>(HasSubstr("0 (crane), 4 (crane)")));
}

TEST(Targets, AnUnknownNameIsRefusedWithTheNearest) {
  EXPECT_THAT([] { first_image("huond"); }, ThrowsMessage<UsageError>(HasSubstr("did you mean 'hound'")));
}

TEST(Targets, WhatMayBeSaidIsToldByWhoAsks) {
  EXPECT_THAT([] { first_image("huond"); }, ThrowsMessage<UsageError>(HasSubstr("a target is top1, topK, all, an")));
  EXPECT_THAT([] { named_classes("huond", kLabels); }, ThrowsMessage<UsageError>(HasSubstr("a target is all, an")));
  EXPECT_THAT([] { class_index("huond", kLabels); }, ThrowsMessage<UsageError>(HasSubstr("a target is an index")));
}

TEST(Targets, AnIndexOutOfRangeIsRefused) {
  EXPECT_THAT([] { first_image("5"); }, ThrowsMessage<UsageError>(HasSubstr("0 to 4")));
}

}  // namespace
}  // namespace limpid
