// SPDX-License-Identifier: Apache-2.0
#include "limpid/render/jpeg.h"

#include <cstdio>

#include <jpeglib.h>

#include <csetjmp>
#include <cstdlib>

#include "limpid/core/error.h"
#include "render/raster.h"

namespace limpid {
namespace {

struct Encoder {
  jpeg_compress_struct info{};
  jpeg_error_mgr errors{};
  std::jmp_buf escape;
  char message[JMSG_LENGTH_MAX] = "";
  unsigned char* bytes = nullptr;
  unsigned long size = 0;

  ~Encoder() {
    jpeg_destroy_compress(&info);
    std::free(bytes);
  }
};

[[noreturn]] void on_error(j_common_ptr info) {
  auto& encoder = *static_cast<Encoder*>(info->client_data);
  info->err->format_message(info, encoder.message);
  std::longjmp(encoder.escape, 1);
}

// libjpeg leaves by longjmp: this function owns nothing that would need a destructor.
bool encode(Encoder& encoder, const Raster& pixels, int quality) {
  jpeg_compress_struct& info = encoder.info;
  info.err = jpeg_std_error(&encoder.errors);
  info.err->error_exit = on_error;
  info.client_data = &encoder;
  if (setjmp(encoder.escape)) return false;
  jpeg_create_compress(&info);
  jpeg_mem_dest(&info, &encoder.bytes, &encoder.size);
  info.image_width = static_cast<JDIMENSION>(pixels.width);
  info.image_height = static_cast<JDIMENSION>(pixels.height);
  info.input_components = static_cast<int>(pixels.channels);
  info.in_color_space = pixels.channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
  jpeg_set_defaults(&info);
  jpeg_set_quality(&info, quality, TRUE);
  jpeg_start_compress(&info, TRUE);
  while (info.next_scanline < info.image_height) {
    auto* row = const_cast<JSAMPROW>(pixels.row(info.next_scanline));
    jpeg_write_scanlines(&info, &row, 1);
  }
  jpeg_finish_compress(&info);
  return true;
}

}  // namespace

std::string encode_jpeg(const Tensor& picture, int quality) {
  const Tensor source = interleaved(picture);
  const Raster pixels = raster(source);
  if (pixels.channels != 1 && pixels.channels != 3)
    fail("a picture of ", pixels.channels, " channels cannot be a JPEG file; expected 1 or 3");
  Encoder encoder;
  if (!encode(encoder, pixels, quality)) fail("a picture cannot be written as JPEG: ", encoder.message);
  return {reinterpret_cast<const char*>(encoder.bytes), encoder.size};
}

}  // namespace limpid
