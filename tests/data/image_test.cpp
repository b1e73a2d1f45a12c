// SPDX-License-Identifier: Apache-2.0
#include "limpid/data/image.h"

#include <cstdio>
#include <fstream>

#include <jpeglib.h>

#include "limpid/data/npy.h"
#include "support/files.h"

namespace limpid {
namespace {
using namespace std::string_literals;
using limpid::testing::error_of;
using ::testing::AnyOf;
using ::testing::HasSubstr;

std::string image_bytes(const std::string& name) {
  return read_file(limpid::testing::corpus / "image" / name, 1 << 20);
}

std::string image_error(const std::string& bytes, const ImageLimits& limits = {}) {
  return error_of([&] { decode_image(bytes, "x.png", limits); });
}

/// The largest difference from the pixels that PIL reads.
int64_t error_against_pil(const std::string& name) {
  const Tensor image = read_image(limpid::testing::corpus / "image" / name);
  const Tensor expected = read_npy(limpid::testing::golden / (name + ".npy"));
  EXPECT_EQ(image.scalar_type(), at::kByte) << name;
  EXPECT_TRUE(image.is_contiguous()) << name;
  EXPECT_EQ(image.sizes(), expected.sizes()) << name;
  return (image.to(at::kLong) - expected.to(at::kLong)).abs().max().item<int64_t>();
}

TEST(Image, EveryKindOfPngHasThePixelsThatPilReads) {
  for (const char* name : {"rgb", "grey", "bits", "grey16", "rgb16", "interlaced", "interlaced16", "rgba", "grey-alpha",
                           "palette", "palette-clear"}) {
    EXPECT_EQ(error_against_pil(name + ".png"s), 0) << name;
  }
}

TEST(Image, EveryKindOfJpegHasThePixelsThatPilReads) {
  // Decoders may round differently in the last bit of the cosine transform and the colour conversion.
  for (const char* name : {"rgb", "grey", "progressive", "fine", "cmyk"})
    EXPECT_LE(error_against_pil(name + ".jpg"s), 2) << name;
}

/// A JPEG of one colour in CMYK.
std::string cmyk_jpeg(J_COLOR_SPACE space, bool adobe, std::array<uint8_t, 4> colour) {
  jpeg_compress_struct info;
  jpeg_error_mgr errors;
  info.err = jpeg_std_error(&errors);
  jpeg_create_compress(&info);
  unsigned char* data = nullptr;
  unsigned long size = 0;
  jpeg_mem_dest(&info, &data, &size);
  info.image_width = info.image_height = 8;
  info.input_components = 4;
  info.in_color_space = JCS_CMYK;
  jpeg_set_defaults(&info);
  jpeg_set_colorspace(&info, space);
  jpeg_set_quality(&info, 100, TRUE);
  info.write_Adobe_marker = adobe;
  jpeg_start_compress(&info, TRUE);
  std::vector<uint8_t> row;
  for (int x = 0; x < 8; ++x) row.insert(row.end(), colour.begin(), colour.end());
  for (uint8_t* rows = row.data(); info.next_scanline < 8;) jpeg_write_scanlines(&info, &rows, 1);
  jpeg_finish_compress(&info);
  jpeg_destroy_compress(&info);
  std::string bytes(reinterpret_cast<char*>(data), size);
  std::free(data);
  return bytes;
}

void expect_colour(const std::string& bytes, std::array<int, 3> expected) {
  const Tensor image = decode_image(bytes, "cmyk.jpg");
  for (int c = 0; c < 3; ++c) EXPECT_NEAR(image[c][3][3].item<int>(), expected[c], 3);
}

TEST(Image, InkBecomesLight) {
  // Light of a channel: (255 − ink)(255 − black)/255; Adobe's files hold 255 − ink.
  expect_colour(cmyk_jpeg(JCS_CMYK, false, {0, 255, 51, 102}), {153, 0, 122});
  expect_colour(cmyk_jpeg(JCS_CMYK, true, {255, 0, 204, 153}), {153, 0, 122});
  expect_colour(cmyk_jpeg(JCS_YCCK, true, {255, 0, 204, 153}), {153, 0, 122});
}

TEST(Image, TheFirstBytesDecideNotTheName) {
  const limpid::testing::Folder folder;
  write_file(folder.path / "picture.png", image_bytes("rgb.jpg"));
  EXPECT_EQ(shape_text(read_image(folder.path / "picture.png").sizes()), "3x21x18");
}

TEST(Image, AFileThatIsNoImageIsNamedWithItsFirstBytes) {
  EXPECT_EQ(image_error("GIF89a\x01\x02\x03"),
            "'x.png' is not a PNG or JPEG image: it begins with 47 49 46 38 39 61 01 02 and seems to be a GIF");
  EXPECT_EQ(image_error("ab"), "'x.png' is not a PNG or JPEG image: it begins with 61 62");
  EXPECT_EQ(image_error(""), "'x.png' is empty");
}

TEST(Image, EveryTruncationIsAnError) {
  for (const auto& entry : std::filesystem::directory_iterator(limpid::testing::corpus / "image")) {
    const std::string whole = image_bytes(entry.path().filename());
    // A PNG's last 12 bytes are its end mark, the 4 before them a checksum: no pixel is lost with them.
    const size_t needed = whole.size() - (entry.path().extension() == ".png" ? 16 : 0);
    for (size_t size = 0; size < needed; ++size) {
      EXPECT_THAT(image_error(whole.substr(0, size)), HasSubstr("'x.png'")) << entry.path() << " cut to " << size;
    }
  }
}

TEST(Image, ATruncatedFileIsCalledTruncated) {
  for (const char* name : {"rgb.png", "interlaced.png", "rgb.jpg", "progressive.jpg", "cmyk.jpg"}) {
    const std::string whole = image_bytes(name);
    EXPECT_THAT(image_error(whole.substr(0, whole.size() * 3 / 4)), HasSubstr("truncated")) << name;
  }
}

TEST(Image, ADamagedPngIsAnError) {
  std::string bytes = image_bytes("rgb.png");
  bytes[60] = static_cast<char>(bytes[60] ^ 0x55);
  EXPECT_THAT(image_error(bytes), HasSubstr("'x.png' is not a whole PNG image: "));
}

TEST(Image, AnImageOverTheLimitsIsNotDecoded) {
  EXPECT_EQ(image_error(image_bytes("rgb.png"), {.pixels = 76}),
            "'x.png' has 11x7 pixels; the limit image-pixels is 76");
  EXPECT_EQ(image_error(image_bytes("rgb.jpg"), {.pixels = 100}),
            "'x.png' has 18x21 pixels; the limit image-pixels is 100");
  EXPECT_THAT(image_error(image_bytes("rgb.png"), {.bytes = 99}), HasSubstr("the limit image-bytes is 99"));
  EXPECT_EQ(image_error(image_bytes("rgb.png"), {.pixels = 77}), "no error");
  EXPECT_THAT(error_of([] { read_image(limpid::testing::corpus / "image/rgb.png", {.bytes = 99}); }),
              HasSubstr("the limit is 99"));
}

TEST(Image, AHugeClaimInASmallFileIsRefusedBeforeMemoryIsTaken) {
  std::string jpeg = image_bytes("progressive.jpg");
  const size_t frame = jpeg.find("\xff\xc2"s);
  ASSERT_NE(frame, jpeg.npos);
  jpeg.replace(frame + 5, 4, "\xff\xdc\xff\xdc");
  EXPECT_EQ(image_error(jpeg), "'x.png' has 65500x65500 pixels; the limit image-pixels is 100000000");
}

TEST(Image, DecodingWritesNothingToStandardError) {
  ::testing::internal::CaptureStderr();
  std::string bytes = image_bytes("rgb.jpg");
  bytes.insert(bytes.size() - 2, "\x11\x22\x33");  // extraneous bytes: a warning of the library
  image_error(bytes);
  image_error(bytes.substr(0, bytes.size() / 2));
  image_error(image_bytes("rgb.png").substr(0, 50));
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");
}

TEST(Image, AMissingFileIsNamed) {
  EXPECT_EQ(error_of([] { read_image("/no/such.png"); }), "there is no file '/no/such.png'");
}

}  // namespace
}  // namespace limpid
