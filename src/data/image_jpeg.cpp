// SPDX-License-Identifier: Apache-2.0
#include <cstdio>

#include <jpeglib.h>

#include <jerror.h>  // after: it asks how the library was configured

#include "limpid/core/tensor.h"  // before ATen.h, for clang 14

#include <ATen/ATen.h>

#include "data/image_formats.h"

namespace limpid::detail {
namespace {

constexpr int most_scans = 500;  // a small hostile file may name thousands, each a pass over every block

struct Decoder {
  jpeg_decompress_struct info{};
  jpeg_error_mgr errors{};
  jpeg_progress_mgr progress{};
  std::jmp_buf escape;
  char message[JMSG_LENGTH_MAX] = "";

  ~Decoder() { jpeg_destroy_decompress(&info); }
};

[[noreturn]] void on_error(j_common_ptr info) {
  auto& decoder = *static_cast<Decoder*>(info->client_data);
  info->err->format_message(info, decoder.message);
  std::longjmp(decoder.escape, 1);
}

/// The library warns and fills with grey where data is missing or broken; here those warnings are errors.
void on_message(j_common_ptr info, int level) {
  if (level >= 0) return;
  switch (info->err->msg_code) {
    case JWRN_JPEG_EOF:
    case JWRN_HIT_MARKER:
    case JWRN_HUFF_BAD_CODE:
    case JWRN_ARITH_BAD_CODE:
    case JWRN_MUST_RESYNC:
    case JWRN_BOGUS_PROGRESSION:
      on_error(info);
  }
}

void on_output(j_common_ptr) {}

void on_progress(j_common_ptr common) {
  auto& decoder = *static_cast<Decoder*>(common->client_data);
  if (decoder.info.input_scan_number <= most_scans) return;
  std::snprintf(decoder.message, sizeof decoder.message, "it has more than %d scans", most_scans);
  std::longjmp(decoder.escape, 1);
}

void start(Decoder& decoder, std::string_view bytes) {
  jpeg_decompress_struct& info = decoder.info;
  info.err = jpeg_std_error(&decoder.errors);
  decoder.errors.error_exit = on_error;
  decoder.errors.emit_message = on_message;
  decoder.errors.output_message = on_output;
  info.client_data = &decoder;
  jpeg_create_decompress(&info);
  decoder.progress.progress_monitor = on_progress;
  info.progress = &decoder.progress;
  jpeg_mem_src(&info, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
  jpeg_read_header(&info, TRUE);
}

J_COLOR_SPACE output_space(J_COLOR_SPACE space) {
  switch (space) {
    case JCS_GRAYSCALE:
      return JCS_GRAYSCALE;
    case JCS_CMYK:
    case JCS_YCCK:
      return JCS_CMYK;
    default:
      return JCS_RGB;
  }
}

/// Adobe's files hold 255 − ink, the others ink.
void remove_ink(uint8_t* row, int64_t width, bool inverted) {
  for (uint8_t* pixel = row; pixel != row + 4 * width; pixel += 4) {
    const auto light = [&](int c) { return inverted ? pixel[c] : 255 - pixel[c]; };
    for (int c = 0; c < 3; ++c) pixel[c] = static_cast<uint8_t>((light(c) * light(3) + 127) / 255);
  }
}

void read_rows(jpeg_decompress_struct& info, uint8_t* row, uint8_t* pixels) {
  const int64_t width = info.output_width, plane = width * info.output_height;
  while (info.output_scanline < info.output_height) {
    uint8_t* const to = pixels + info.output_scanline * width;
    jpeg_read_scanlines(&info, &row, 1);
    if (info.output_components == 4) remove_ink(row, width, info.saw_Adobe_marker);
    split_row(row, width, info.output_components, info.output_components == 1 ? 1 : 3, to, plane);
  }
}

}  // namespace

Tensor decode_jpeg(std::string_view bytes, const std::string& name, const ImageLimits& limits) {
  Decoder decoder;
  jpeg_decompress_struct& info = decoder.info;
  const auto run = [&](const auto& step) {
    if (attempt(decoder.escape, step)) return;
    const int code = decoder.errors.msg_code;
    const bool cut = code == JWRN_JPEG_EOF || code == JWRN_HIT_MARKER;
    fail("'", name, "' is not a whole JPEG image: ", cut ? "it is truncated (" : "", decoder.message, cut ? ")" : "");
  };
  run([&] { start(decoder, bytes); });
  check_pixels(info.image_width, info.image_height, name, limits);
  info.out_color_space = output_space(info.jpeg_color_space);
  run([&] { jpeg_start_decompress(&info); });

  const int64_t width = info.output_width, height = info.output_height;
  Tensor image = at::empty({info.output_components == 1 ? 1 : 3, height, width}, at::kByte);
  uint8_t* const pixels = image.data_ptr<uint8_t>();
  std::vector<uint8_t> row(static_cast<size_t>(width) * static_cast<size_t>(info.output_components));
  run([&] { read_rows(info, row.data(), pixels); });
  return image;
}

}  // namespace limpid::detail
