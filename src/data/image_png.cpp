// SPDX-License-Identifier: Apache-2.0
#include <png.h>

#include <cstring>

#include "limpid/core/tensor.h"  // before ATen.h, for clang 14

#include <ATen/ATen.h>

#include "data/image_formats.h"

namespace limpid::detail {
namespace {

struct Decoder {
  std::string_view rest;
  png_structp png = nullptr;
  png_infop info = nullptr;
  std::jmp_buf escape;
  char message[160] = "";

  ~Decoder() { png_destroy_read_struct(&png, &info, nullptr); }
};

[[noreturn]] void on_error(png_structp png, png_const_charp message) {
  auto& decoder = *static_cast<Decoder*>(png_get_error_ptr(png));
  std::strncpy(decoder.message, message, sizeof decoder.message - 1);
  std::longjmp(decoder.escape, 1);
}

void on_warning(png_structp, png_const_charp) {}

void on_read(png_structp png, png_bytep to, size_t count) {
  auto& rest = static_cast<Decoder*>(png_get_io_ptr(png))->rest;
  if (rest.size() < count) png_error(png, "the file is truncated");
  std::memcpy(to, rest.data(), count);
  rest.remove_prefix(count);
}

void start(Decoder& decoder) {
  const png_structp png = decoder.png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &decoder, on_error, on_warning);
  if (!png || !(decoder.info = png_create_info_struct(png))) fail("libpng has no memory");
  png_set_read_fn(png, &decoder, on_read);
  png_set_user_limits(png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);  // check_pixels is the limit
  png_set_chunk_malloc_max(png, 4 << 20);
  png_set_chunk_cache_max(png, 64);
}

/// Whatever the file holds, rows become 8-bit grey, grey-alpha, RGB or RGBA.
void expand(png_structp png) {
  png_set_scale_16(png);
  png_set_expand(png);
  png_set_interlace_handling(png);
}

void lay_over_white(uint8_t* row, int64_t width, int channels) {
  for (uint8_t* pixel = row; pixel != row + width * (channels + 1); pixel += channels + 1) {
    const int alpha = pixel[channels];
    for (int c = 0; c < channels; ++c) {
      pixel[c] = static_cast<uint8_t>((pixel[c] * alpha + 255 * (255 - alpha) + 127) / 255);
    }
  }
}

}  // namespace

Tensor decode_png(std::string_view bytes, const std::string& name, const ImageLimits& limits) {
  Decoder decoder;
  decoder.rest = bytes;
  start(decoder);
  const png_structp png = decoder.png;
  const png_infop info = decoder.info;
  const auto run = [&](const auto& step) {
    if (!attempt(decoder.escape, step)) fail("'", name, "' is not a whole PNG image: ", decoder.message);
  };
  run([&] { png_read_info(png, info); });
  const int64_t width = png_get_image_width(png, info), height = png_get_image_height(png, info);
  check_pixels(width, height, name, limits);
  const bool interlaced = png_get_interlace_type(png, info) != PNG_INTERLACE_NONE;
  run([&] {
    expand(png);
    png_read_update_info(png, info);
  });

  const int samples = png_get_channels(png, info), channels = samples < 3 ? 1 : 3;
  Tensor image = at::empty({channels, height, width}, at::kByte);
  uint8_t* const pixels = image.data_ptr<uint8_t>();
  // An interlaced image is complete only after its last pass: its rows are all kept; otherwise one row is enough.
  const size_t stride = png_get_rowbytes(png, info);
  std::vector<uint8_t> rows(stride * static_cast<size_t>(interlaced ? height : 1));
  run([&] {
    const int passes = interlaced ? PNG_INTERLACE_ADAM7_PASSES : 1;
    for (int pass = 1; pass <= passes; ++pass) {
      for (int64_t y = 0; y < height; ++y) {
        uint8_t* const row = rows.data() + (interlaced ? static_cast<size_t>(y) * stride : 0);
        png_read_row(png, row, nullptr);
        if (pass < passes) continue;
        if (samples > channels) lay_over_white(row, width, channels);
        split_row(row, width, samples, channels, pixels + y * width, width * height);
      }
    }
  });
  return image;
}

}  // namespace limpid::detail
