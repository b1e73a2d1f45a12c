// SPDX-License-Identifier: Apache-2.0
#include "core/base64.h"

#include <gmock/gmock.h>

#include "limpid/core/error.h"

namespace limpid {
namespace {

using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

const std::pair<std::string, std::string> vectors[] = {
    {"", ""}, {"f", "Zg=="}, {"fo", "Zm8="}, {"foo", "Zm9v"}, {"foobar", "Zm9vYmFy"}, {"\xFF\xFE\xFD", "//79"}};

TEST(Base64, AgreesWithTheVectorsOfRfc4648) {
  for (const auto& [bytes, text] : vectors) {
    EXPECT_EQ(base64(bytes), text);
    EXPECT_EQ(from_base64(text), bytes);
  }
}

TEST(Base64, RefusesOtherText) {
  EXPECT_THAT([] { from_base64("Zg="); }, ThrowsMessage<Error>(HasSubstr("3 digits")));
  EXPECT_THAT([] { from_base64("Z!=="); }, ThrowsMessage<Error>(HasSubstr("'!'")));
  for (const char* text : {"Zh==", "Z===", "Zg==Zg==", "===="})
    EXPECT_THAT([&] { from_base64(text); }, ThrowsMessage<Error>(HasSubstr("padding"))) << text;
}

}  // namespace
}  // namespace limpid
