// SPDX-License-Identifier: Apache-2.0
#include "limpid/core/options.h"

#include <gtest/gtest.h>

#include "limpid/core/error.h"

namespace limpid {
namespace {

std::string message_of(auto&& action) {
  try {
    action();
  } catch (const UsageError& error) {
    return error.what();
  }
  return "no error";
}

const std::vector<OptionSpec> specs = {{"steps", "50", "how many", {}},
                                       {"mode", "linear", "which", {"linear", "guided"}}};

TEST(Options, UnsetOptionsHaveTheirFallback) {
  const Options options(specs, {});
  EXPECT_EQ(options.integer("steps", 1), 50);
  EXPECT_TRUE(options.is("mode", "linear"));
}

TEST(Options, AnUnknownOptionNamesTheNearestAndAll) {
  EXPECT_EQ(message_of([] {
              Options(specs, {{"stepps", "1"}});
            }),
            "no option is called 'stepps'; did you mean 'steps'? options are: steps, mode");
}

TEST(Options, AValueOutsideTheChoicesIsRefused) {
  EXPECT_EQ(message_of([] { Options(specs, {{"mode", "x"}}); }), "option mode is 'x'; it may be: linear, guided");
}

TEST(Options, AValueIsOfItsTypeOrOneOfTheWordsBesideIt) {
  const std::vector<OptionSpec> typed = {{"samples", "10", "", {}, OptionType::whole, 1},
                                         {"top", "4", "", {"all"}, OptionType::whole, 1},
                                         {"epsilon", "1e-6", "", {}, OptionType::number, 0},
                                         {"low", "auto", "", {"auto", "none"}, OptionType::numbers},
                                         {"stride", "", "", {""}, OptionType::size}};
  const auto told = [&typed](const std::string& name, const std::string& value) {
    return message_of([&] { Options(typed, {{name, value}}); });
  };
  EXPECT_EQ(told("samples", "x"), "option samples is 'x'; expected a whole number from 1 to 1000000000");
  EXPECT_EQ(told("samples", "0"), "option samples is '0'; expected a whole number from 1 to 1000000000");
  EXPECT_EQ(told("top", "some"), "option top is 'some'; expected a whole number from 1 to 1000000000, or: all");
  EXPECT_EQ(told("epsilon", "-1"), "option epsilon is '-1'; expected a number such as 0.25, from 0 to 3.40282e+38");
  EXPECT_EQ(told("low", "-2,x"),
            "option low is '-2,x'; expected a number, or several such as -2.1,-2,-1.8, from -3.40282e+38 to "
            "3.40282e+38, or: auto, none");
  EXPECT_EQ(told("stride", "0"),
            "option stride is '0'; expected a size such as 8 or 8x4 (rows x columns), sides from 1 to 1000000000");
  for (const auto& [name, value] : std::map<std::string, std::string>{
           {"samples", "3"}, {"top", "all"}, {"epsilon", ".5"}, {"low", "-2,-1.5"}, {"stride", ""}})
    EXPECT_EQ(told(name, value), "no error") << name;
}

TEST(Options, NumbersBeyondFloat32AndHugeWholeOnesAreRefusedWithTheRange) {
  const std::vector<OptionSpec> typed = {{"baseline", "0", "", {"mean"}, OptionType::number},
                                         {"low", "auto", "", {"auto"}, OptionType::numbers},
                                         {"top", "4", "", {}, OptionType::whole, 1},
                                         {"steps", "4", "", {}, OptionType::whole, 1, 10000},
                                         {"window", "8", "", {}, OptionType::size}};
  const auto told = [&typed](const std::string& name, const std::string& value) {
    return message_of([&] { Options(typed, {{name, value}}); });
  };
  for (const char* value : {"1e300", "-1e39", "inf", "nan", "1e999"})
    EXPECT_EQ(told("baseline", value), "option baseline is '" + std::string(value) +
                                           "'; expected a number such as 0.25, from -3.40282e+38 to 3.40282e+38, or: "
                                           "mean");
  EXPECT_EQ(told("baseline", "-3e38"), "no error");
  EXPECT_NE(told("low", "-1,1e39,0"), "no error");
  for (const char* value : {"9000000000000000000", "-9223372036854775808", "1e3"})
    EXPECT_NE(told("top", value), "no error") << value;
  EXPECT_EQ(told("steps", "10001"), "option steps is '10001'; expected a whole number from 1 to 10000");
  EXPECT_NE(told("window", "8x9000000000000000000"), "no error");
}

TEST(Options, WordsAreEachAmongTheChoices) {
  const std::vector<OptionSpec> responses = {{"responses", "linear", "", {"linear", "guided"}, OptionType::words}};
  EXPECT_EQ(Options(responses, {{"responses", "guided,linear"}}).text("responses"), "guided,linear");
  EXPECT_EQ(Options(responses, {{"responses", ""}}).text("responses"), "");
  for (const std::string wrong : {"guided,lienar", ",", "guided,,linear", "guided linear"})
    EXPECT_EQ(message_of([&] {
                Options(responses, {{"responses", wrong}});
              }),
              "option responses is '" + wrong + "'; expected some of these, with commas between them: linear, guided");
}

TEST(Options, WhereThereIsNoneThatIsSaid) {
  EXPECT_EQ(message_of([] { Options({}, {{"x", "1"}}); }), "no option is called 'x'; there is none to set here");
}

TEST(Options, AnExtentIsOneNumberOrTwo) {
  const Options square({{"window", "8", "", {}}}, {});
  EXPECT_EQ(square.extent("window"), std::make_pair(int64_t{8}, int64_t{8}));
  const Options oblong({{"window", "8", "", {}}}, {{"window", "2x3"}});
  EXPECT_EQ(oblong.extent("window"), std::make_pair(int64_t{2}, int64_t{3}));
  const Options wrong({{"window", "8", "", {}}}, {{"window", "2y3"}});
  EXPECT_EQ(message_of([&] { wrong.extent("window"); }),
            "option window is '2y3'; expected a size such as 8 or 8x4 (rows x columns)");
}

}  // namespace
}  // namespace limpid
