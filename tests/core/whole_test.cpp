// SPDX-License-Identifier: Apache-2.0
#include "core/whole.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

namespace limpid {
namespace {

using Json = nlohmann::json;

TEST(Whole, TakesWholeNumbersOfBothKinds) {
  EXPECT_EQ(whole_numbers(Json::parse("[0, -3, 9223372036854775807, 2.0, -7e3]")),
            (std::vector<int64_t>{0, -3, INT64_MAX, 2, -7000}));
}

TEST(Whole, RefusesEverythingElse) {
  for (const char* text : {"1.5", "1e300", "-5.5e120", "1e17", "null", "\"7\"", "true", "[1]", "{}"})
    EXPECT_THROW(whole(Json::parse(text)), Json::type_error) << text;
}

}  // namespace
}  // namespace limpid
