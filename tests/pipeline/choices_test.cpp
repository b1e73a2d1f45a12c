// SPDX-License-Identifier: Apache-2.0
#include "pipeline/choices.h"

#include <gmock/gmock.h>

#include "limpid/core/error.h"
#include "support/networks.h"

namespace limpid {
namespace {

using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

std::vector<Choice> chosen(std::vector<std::string> names, std::vector<std::string> settings) {
  ExplainRequest request;
  request.methods = std::move(names);
  request.settings = std::move(settings);
  return chosen_methods(request, testing::class_map_network());
}

TEST(Choices, ASettingReachesEveryMethodThatHasTheOption) {
  const auto choices = chosen({"gradient", "arm", "grad-cam"}, {"layer=conv1"});
  EXPECT_EQ(choices[1].options.text("layer"), "conv1");
  EXPECT_EQ(choices[2].options.text("layer"), "conv1");
}

TEST(Choices, ASettingWithAMethodsNameReachesThatOneAlone) {
  const auto choices = chosen({"arm", "grad-cam"}, {"arm.layer=conv1"});
  EXPECT_EQ(choices[0].options.text("layer"), "conv1");
  EXPECT_EQ(choices[1].options.text("layer"), "");
}

TEST(Choices, AnOptionThatNoChosenMethodHasIsRefusedWithTheNearest) {
  EXPECT_THAT([] { chosen({"arm"}, {"tob=3"}); }, ThrowsMessage<UsageError>(HasSubstr("did you mean 'top'")));
  EXPECT_THAT([] { chosen({"arm"}, {"clear.classes=all"}); }, ThrowsMessage<UsageError>(HasSubstr("chosen method")));
  EXPECT_THAT([] { chosen({"arm"}, {"top"}); }, ThrowsMessage<UsageError>(HasSubstr("option=value")));
}

TEST(Choices, AMethodNamedTwiceRunsOnce) { EXPECT_EQ(chosen({"arm", "gradient", "arm"}, {}).size(), 2U); }

}  // namespace
}  // namespace limpid
