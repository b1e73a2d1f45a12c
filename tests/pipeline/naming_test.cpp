// SPDX-License-Identifier: Apache-2.0
#include "pipeline/naming.h"

#include <gmock/gmock.h>

#include "limpid/core/error.h"

namespace limpid {
namespace {

using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

Map map_of(const std::string& method, const std::string& kind, const std::string& layer = "",
           std::optional<int64_t> target = {}, std::optional<int64_t> unit = {}) {
  return {method, kind, layer, target, unit, {}};
}

TEST(Naming, OneTargetLeavesNoIndexInTheName) {
  EXPECT_EQ(file_name(map_of("gradient", "attribution", "", 151), {}), "gradient");
}

TEST(Naming, SeveralTargetsPutTheIndexInEveryName) {
  EXPECT_EQ(file_name(map_of("gradient", "attribution", "", 151), {.targets = true}), "gradient.151");
  EXPECT_EQ(file_name(map_of("grad-cam", "coarse", "conv7", 3), {.targets = true}), "grad-cam.conv7.coarse.3");
}

TEST(Naming, TheLayerIsInTheMainNameOnlyWhenItWasAskedFor) {
  EXPECT_EQ(file_name(map_of("grad-cam", "attribution", "conv7", 3), {}), "grad-cam");
  EXPECT_EQ(file_name(map_of("grad-cam", "attribution", "conv7", 3), {.layered = {"grad-cam"}}), "grad-cam.conv7");
  EXPECT_EQ(file_name(map_of("grad-cam", "coarse", "conv7", 3), {}), "grad-cam.conv7.coarse");
}

TEST(Naming, TwoMapsThatWouldShareAFileAreRefused) {
  Result result;
  result.maps = {map_of("arm", "index", "fire2/expand1x1"), map_of("arm", "index", "fire2_expand1x1")};
  EXPECT_THAT([&] { check_names(result, {}); }, ThrowsMessage<Error>(HasSubstr("'fire2_expand1x1'")));
  result.maps = {map_of("gradient", "attribution", "", 3), map_of("gradient", "attribution", "", 3)};
  EXPECT_NO_THROW(check_names(result, {})) << "a class named twice has one file";
}

TEST(Naming, ASlashInALayerBecomesAnUnderscore) {
  EXPECT_EQ(file_name(map_of("arm", "unit", "fire2/expand1x1", {}, 0), {}), "arm.fire2_expand1x1.unit0");
  EXPECT_EQ(file_name(map_of("arm", "index", "fire2/expand1x1"), {}), "arm.fire2_expand1x1.index");
}

TEST(Naming, ClearHasOneFileAKind) {
  EXPECT_EQ(file_name(map_of("clear", "class"), {.targets = true, .layered = {"clear"}}), "clear.class");
  EXPECT_EQ(file_name(map_of("clear", "response", "", 4), {}), "clear.response.4");
}

}  // namespace
}  // namespace limpid
