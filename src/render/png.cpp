// SPDX-License-Identifier: Apache-2.0
// libpng writes the file; the rows are filtered and packed here, by libdeflate, in half of the time.
#include "limpid/render/png.h"

#include <png.h>

#include <array>
#include <csetjmp>

#include "limpid/core/error.h"
#include "limpid/core/files.h"
#include "render/deflate.h"
#include "render/raster.h"

namespace limpid {
namespace {

void append(png_structp png, png_bytep data, size_t size) {
  static_cast<std::string*>(png_get_io_ptr(png))->append(reinterpret_cast<const char*>(data), size);
}

/// The rows as differences from the row above, each after the number of that filter. It suits maps that were enlarged:
/// their repeated rows become zeros.
std::string filtered(const Raster& pixels) {
  const auto width = static_cast<size_t>(pixels.width * pixels.channels);
  std::string rows(static_cast<size_t>(pixels.height) * (width + 1), '\0');
  auto* out = reinterpret_cast<uint8_t*>(rows.data());
  for (int64_t y = 0; y < pixels.height; ++y) {
    *out++ = PNG_FILTER_VALUE_UP;
    const uint8_t* const row = pixels.row(y);
    const uint8_t* const above = y > 0 ? pixels.row(y - 1) : nullptr;
    for (size_t x = 0; x < width; ++x) out[x] = static_cast<uint8_t>(above ? row[x] - above[x] : row[x]);
    out += width;
  }
  return rows;
}

// libpng leaves by longjmp: this function owns nothing that would need a destructor.
bool encode(const Raster& pixels, const std::string& packed, std::string* bytes) {
  static constexpr std::array<int, 5> kColorTypes = {0, PNG_COLOR_TYPE_GRAY, 0, PNG_COLOR_TYPE_RGB,
                                                     PNG_COLOR_TYPE_RGBA};
  png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, nullptr, nullptr, nullptr);
  png_infop info = png ? png_create_info_struct(png) : nullptr;
  if (!info || setjmp(png_jmpbuf(png))) {
    png_destroy_write_struct(&png, &info);
    return false;
  }
  png_set_write_fn(png, bytes, append, nullptr);
  png_set_IHDR(png, info, static_cast<png_uint_32>(pixels.width), static_cast<png_uint_32>(pixels.height), 8,
               kColorTypes[static_cast<size_t>(pixels.channels)], PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
               PNG_FILTER_TYPE_DEFAULT);
  png_write_info(png, info);
  png_write_chunk(png, reinterpret_cast<png_const_bytep>("IDAT"), reinterpret_cast<png_const_bytep>(packed.data()),
                  packed.size());
  png_write_chunk(png, reinterpret_cast<png_const_bytep>("IEND"), nullptr, 0);
  png_destroy_write_struct(&png, &info);
  return true;
}

}  // namespace

std::string encode_png(const Tensor& picture) {
  const Tensor source = interleaved(picture);
  const std::string packed = deflated(filtered(raster(source)));
  std::string bytes;
  bytes.reserve(packed.size() + 128);
  if (!encode(raster(source), packed, &bytes))
    fail("a picture of ", shape_text(source.sizes()), " could not be written as PNG");
  return bytes;
}

void write_png(const std::filesystem::path& path, const Tensor& picture) { write_file(path, encode_png(picture)); }

}  // namespace limpid
