// SPDX-License-Identifier: Apache-2.0
#include "pipeline/choices.h"

#include <gmock/gmock.h>

#include "limpid/core/error.h"
#include "support/networks.h"

namespace limpid {
namespace {

using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

std::vector<Choice> chosen(std::vector<std::string> names, std::vector<std::string> settings,
                           std::vector<std::string> layers = {}) {
  ExplainRequest request;
  request.layers = std::move(layers);
  request.methods = std::move(names);
  request.settings = std::move(settings);
  return chosen_methods(request, limpid::testing::class_map_network());
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

TEST(Choices, AValueThatSuitsOneOfSeveralMethodsSaysWhichObjectsAndHowToSetTheOther) {
  EXPECT_THAT([] { chosen({"all"}, {"mode=linear"}); },
              ThrowsMessage<UsageError>(::testing::AllOf(HasSubstr("method 'prediction-difference': option mode"),
                                                         HasSubstr("set alone by: arm.mode=linear"))));
  EXPECT_THAT(
      [] {
        chosen({"arm", "gradient"}, {"mode=x"});
      },
      ThrowsMessage<UsageError>(::testing::AllOf(HasSubstr("method 'arm'"), Not(HasSubstr("alone")))));
  EXPECT_EQ(chosen({"arm", "gradient"}, {"arm.mode=guided"})[0].options.text("mode"), "guided");
}

TEST(Choices, MoreUnitsOrClassesThanThereAreIsTold) {
  const auto notes = [](const std::string& setting, const std::vector<std::string>& layers = {}) {
    return choice_notes(chosen({"arm", "clear"}, {setting}, layers), limpid::testing::class_map_network(), layers);
  };
  EXPECT_EQ(notes("classes=top9"),
            std::vector<std::string>{"clear: classes is top9, which is all 4 classes of the network"});
  EXPECT_THAT(notes("top=9", {"all"}), ::testing::ElementsAre(::testing::MatchesRegex(
                                           "arm: top is 9, which is all units of conv1 .[0-9]+., conv2 .4.")));
  EXPECT_TRUE(notes("top=all").empty());
  EXPECT_TRUE(notes("classes=top4").empty());
}

TEST(Choices, MethodsThatAllLeavesOutAreTold) {
  ExplainRequest request;
  request.methods = {"all"};
  const Network network = limpid::testing::dense_head_network();
  EXPECT_THAT(methods_left_out(request, network),
              ::testing::Contains(HasSubstr("method cam is left out: its head is not")));
  EXPECT_EQ(methods_left_out(request, network).size() + chosen_methods(request, network).size(), methods().size());
  request.methods = {"gradient", "arm"};
  EXPECT_TRUE(methods_left_out(request, network).empty());
}

TEST(Choices, ValuesAreCheckedBeforeAnythingRuns) {
  EXPECT_THAT([] { chosen({"prediction-difference"}, {"samples=x"}); }, ThrowsMessage<UsageError>(HasSubstr("'x'")));
  EXPECT_THAT([] { chosen({"clear"}, {"classes=9"}); }, ThrowsMessage<UsageError>(HasSubstr("0 to 3")));
  EXPECT_THAT([] { chosen({"smooth-grad"}, {"of=gradiant"}); }, ThrowsMessage<UsageError>(HasSubstr("'gradient'")));
  EXPECT_THAT([] { chosen({"smooth-grad"}, {"with=x=1"}); },
              ThrowsMessage<UsageError>(HasSubstr("'gradient' has none; methods with options are: integrated-grad")));
  EXPECT_THAT(
      [] {
        chosen({"smooth-grad"}, {"of=lrp", "with=x=1"});
      },
      ThrowsMessage<UsageError>(HasSubstr("options are: preset")));
  EXPECT_THAT([] { chosen({"arm"}, {"layer=pool1"}); }, ThrowsMessage<UsageError>(HasSubstr("convolutions are")));
  EXPECT_THAT([] { chosen({"grad-cam"}, {}, {"flatten"}); }, ThrowsMessage<UsageError>(HasSubstr("positions")));
  ExplainRequest request;
  request.methods = {"clear"};
  request.settings = {"head=class-maps"};
  EXPECT_THAT([&] { chosen_methods(request, limpid::testing::dense_head_network()); },
              ThrowsMessage<UsageError>(HasSubstr("logits works")));
}

TEST(Choices, CamIsAskedForALayerByItsOwnOptionAlone) {
  EXPECT_NO_THROW(chosen({"cam", "arm"}, {}, {"conv1"}));
  EXPECT_NO_THROW(chosen({"cam"}, {"layer=conv2"}));
  EXPECT_THAT([] { chosen({"cam"}, {"layer=conv1"}); }, ThrowsMessage<UsageError>(HasSubstr("use grad-cam")));
}

TEST(Choices, TheMapsOfAnImageAreCounted) {
  const Network network = limpid::testing::class_map_network();
  EXPECT_EQ(map_count(chosen({"gradient"}, {})[0], network, {}, 3), 3);
  EXPECT_EQ(map_count(chosen({"grad-cam"}, {"layer=conv1,conv2"})[0], network, {}, 3), 6);
  EXPECT_EQ(map_count(chosen({"arm"}, {"top=2"})[0], network, {"all"}, 3), 10);
  EXPECT_EQ(map_count(chosen({"arm"}, {"top=all"})[0], network, {}, 3), 8);
}

TEST(Choices, AMethodNamedTwiceRunsOnce) { EXPECT_EQ(chosen({"arm", "gradient", "arm"}, {}).size(), 2U); }

}  // namespace
}  // namespace limpid
