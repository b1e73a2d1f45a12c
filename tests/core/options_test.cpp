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
