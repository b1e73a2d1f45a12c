// SPDX-License-Identifier: Apache-2.0
#include "limpid/render/png.h"

#include <png.h>

#include <filesystem>

#include "limpid/core/error.h"
#include "limpid/core/files.h"
#include "support/files.h"

namespace limpid {
namespace {

// Read back by libpng's simplified interface: [C,H,W].
Tensor decoded(const std::string& bytes, int64_t channels) {
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  EXPECT_TRUE(png_image_begin_read_from_memory(&image, bytes.data(), bytes.size()));
  image.format = channels == 1 ? PNG_FORMAT_GRAY : channels == 3 ? PNG_FORMAT_RGB : PNG_FORMAT_RGBA;
  Tensor pixels = at::empty({image.height, image.width, channels}, at::kByte);
  EXPECT_TRUE(png_image_finish_read(&image, nullptr, pixels.data_ptr(), 0, nullptr));
  return pixels.permute({2, 0, 1});
}

TEST(Png, EveryPixelComesBack) {
  for (const int64_t channels : {1, 3, 4}) {
    const Tensor picture = at::randint(0, 256, {channels, 37, 53}, at::kLong).to(at::kByte);
    EXPECT_TRUE(at::equal(decoded(encode_png(picture), channels), picture)) << channels;
  }
}

TEST(Png, MemoryLayoutDoesNotMatter) {
  const Tensor rows = at::arange(3 * 4 * 5, at::kByte).view({3, 4, 5});
  const Tensor interleaved = rows.permute({1, 2, 0}).contiguous().permute({2, 0, 1});
  EXPECT_EQ(encode_png(rows), encode_png(interleaved));
  EXPECT_TRUE(at::equal(decoded(encode_png(rows.slice(2, 1, 5, 2)), 3), rows.slice(2, 1, 5, 2)));
}

TEST(Png, AFileHoldsTheEncodedPicture) {
  const testing::Folder folder;
  const std::filesystem::path path = folder.path / "picture.png";
  const Tensor picture = at::zeros({3, 2, 2}, at::kByte);
  write_png(path, picture);
  EXPECT_EQ(read_file(path, 1 << 20), encode_png(picture));
}

TEST(Png, WhatIsNoPictureIsRefused) {
  EXPECT_THROW(encode_png(at::zeros({3, 2, 2})), Error);
  EXPECT_THROW(encode_png(at::zeros({2, 2, 2}, at::kByte)), Error);
  EXPECT_THROW(encode_png(at::zeros({3, 0, 2}, at::kByte)), Error);
  EXPECT_THROW(encode_png({}), Error);
}

}  // namespace
}  // namespace limpid
