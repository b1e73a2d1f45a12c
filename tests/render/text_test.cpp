// SPDX-License-Identifier: Apache-2.0
#include "render/text.h"

#include "render/raster.h"

namespace limpid {
namespace {

constexpr Color kWhite = {255, 255, 255}, kBlack = {0, 0, 0};

int64_t ink(const Tensor& picture) { return at::sum(255 - picture.to(at::kLong)).item<int64_t>(); }

Tensor drawn(const std::string& text, int64_t width = 120) {
  const Tensor picture = new_picture(24, width, kWhite);
  draw_text(picture, 2, 2, text, 13, kBlack);
  return picture;
}

TEST(Text, Utf8IsDecodedAndBrokenBytesAreReplaced) {
  EXPECT_EQ(code_points("aé€😀"), U"aé€😀");
  EXPECT_EQ(code_points("a\xFFz"), U"a\uFFFDz");
  EXPECT_EQ(code_points("\xC3"), U"\uFFFD");            // cut off
  EXPECT_EQ(code_points("\xC0\xAF"), U"\uFFFD\uFFFD");  // overlong
  EXPECT_EQ(code_points("\xED\xA0\x80"), U"\uFFFD");    // a surrogate
  EXPECT_EQ(code_points(std::string("a\nb\0c", 5)), U"a b c");
}

TEST(Text, LettersBeyondAsciiHaveTheirOwnShape) {
  EXPECT_GT(ink(drawn("é")), ink(drawn("e")));
  EXPECT_FALSE(at::equal(drawn("λ"), drawn("μ")));
  EXPECT_FALSE(at::equal(drawn("Ж"), drawn("\xFF")));
}

TEST(Text, TheWidthCoversTheInk) {
  for (const char* text : {"W", "fj", "class λ", "iiiiiiiiii", "Wide Mountain"}) {
    const int64_t width = text_width(text, 13);
    const Tensor picture = drawn(text, 300);
    EXPECT_EQ(ink(picture.slice(2, 2 + width, 300)), 0) << text;
    EXPECT_GT(ink(picture.slice(2, 2, 2 + width)), 0) << text;
  }
}

TEST(Text, DrawingBeyondThePictureIsCutOffWithoutHarm) {
  const Tensor picture = new_picture(10, 10, kWhite);
  for (const int64_t x : {-500, -5, 7, 500})
    for (const int64_t y : {-500, -7, 6, 500}) draw_text(picture, x, y, "limpid", 13, kBlack);
  EXPECT_GT(ink(picture), 0);
}

TEST(Text, LinesAreNeverWiderThanAskedAndLoseNoLetter) {
  const std::string name = "soft-coated wheaten terrier features/stage1/block2/conv ";
  for (const std::string& text :
       {name, std::string(200, 'W'), name + std::string(60, 'm'), std::string("λάμπω ἔλαμψα φῶς")})
    for (const int64_t width : {40, 96, 280}) {
      std::u32string letters;
      for (const std::string& line : wrapped(text, 13, width)) {
        EXPECT_LE(text_width(line, 13), width) << line;
        letters += code_points(line);
      }
      std::u32string expected = code_points(text);
      std::erase(letters, U' ');
      std::erase(expected, U' ');
      EXPECT_EQ(letters, expected);
    }
  EXPECT_TRUE(wrapped("", 13, 100).empty());
}

TEST(Text, WordsStayWholeWhereTheyFit) {
  EXPECT_EQ(wrapped("first second", 13, text_width("first sec", 13)), (std::vector<std::string>{"first", "second"}));
  EXPECT_EQ(wrapped("first/second", 13, text_width("first/sec", 13)), (std::vector<std::string>{"first/", "second"}));
}

TEST(Text, ALetterWiderThanTheLineStillEnds) { EXPECT_EQ(wrapped("WWW", 40, 3).size(), 3u); }

}  // namespace
}  // namespace limpid
