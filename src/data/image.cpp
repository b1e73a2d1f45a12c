// SPDX-License-Identifier: Apache-2.0
#include "limpid/data/image.h"

#include <fmt/format.h>

#include "data/image_formats.h"
#include "limpid/core/files.h"

namespace limpid {
namespace {
using namespace std::string_view_literals;

constexpr std::string_view png_magic = "\x89PNG\r\n\x1a\n"sv;
constexpr std::string_view jpeg_magic = "\xff\xd8\xff"sv;

constexpr std::pair<std::string_view, std::string_view> other_formats[] = {
    {"GIF8"sv, "a GIF"},       {"RIFF"sv, "a WebP"},        {"BM"sv, "a BMP"},   {"II*\0"sv, "a TIFF"},
    {"MM\0*"sv, "a TIFF"},     {"\x93NUMPY"sv, "an array"}, {"%PDF"sv, "a PDF"}, {"\0\0\0\x0cjP"sv, "a JPEG 2000"},
    {"\x1f\x8b"sv, "gzipped"}, {"PK\x03\x04"sv, "a ZIP"},
};

std::string beginning(std::string_view bytes) {
  std::string text = "it begins with";
  for (const unsigned char byte : bytes.substr(0, 8)) text += fmt::format(" {:02x}", byte);
  for (const auto& [magic, what] : other_formats) {
    if (bytes.starts_with(magic)) text += fmt::format(" and seems to be {}", what);
  }
  return text;
}

}  // namespace

Tensor decode_image(std::string_view bytes, const std::string& name, const ImageLimits& limits) {
  if (bytes.empty()) fail("'", name, "' is empty");
  if (bytes.size() > limits.bytes)
    fail("'", name, "' has ", bytes.size(), " bytes; the limit image-bytes is ", limits.bytes);
  if (bytes.starts_with(png_magic)) return detail::decode_png(bytes, name, limits);
  if (bytes.starts_with(jpeg_magic)) return detail::decode_jpeg(bytes, name, limits);
  fail("'", name, "' is not a PNG or JPEG image: ", beginning(bytes));
}

Tensor read_image(const std::filesystem::path& path, const ImageLimits& limits) {
  return decode_image(read_file(path, limits.bytes), path.string(), limits);
}

}  // namespace limpid
