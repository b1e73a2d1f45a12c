// SPDX-License-Identifier: Apache-2.0
#include "core/base64.h"

#include <algorithm>
#include <cstdint>

#include "limpid/core/error.h"

namespace limpid {
namespace {

constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Four digits as the three bytes they stand for; padding counts as zero.
uint32_t group_of(std::string_view digits) {
  uint32_t group = 0;
  for (const char digit : digits) {
    const size_t value = digit == '=' ? 0 : kDigits.find(digit);
    if (value == kDigits.npos) fail("'", std::string(1, digit), "' is no digit of base 64");
    group = group << 6 | static_cast<uint32_t>(value);
  }
  return group;
}

}  // namespace

std::string base64(std::string_view bytes) {
  std::string text((bytes.size() + 2) / 3 * 4, '=');
  char* out = text.data();
  for (size_t i = 0; i < bytes.size(); i += 3, out += 4) {
    const size_t left = std::min<size_t>(3, bytes.size() - i);
    uint32_t group = 0;
    for (size_t k = 0; k < 3; ++k) group = group << 8 | (k < left ? static_cast<unsigned char>(bytes[i + k]) : 0u);
    for (size_t k = 0; k <= left; ++k) out[k] = kDigits[group >> (18 - 6 * k) & 63];
  }
  return text;
}

std::string from_base64(std::string_view text) {
  if (text.size() % 4 != 0) fail("a text of ", text.size(), " digits is not base 64; expected a multiple of 4");
  std::string bytes;
  for (size_t i = 0; i < text.size(); i += 4) {
    const uint32_t group = group_of(text.substr(i, 4));
    for (int shift = 16; shift >= 0; shift -= 8) bytes += static_cast<char>(group >> shift & 255);
  }
  for (size_t i = text.size(); i > 0 && text.size() - i < 2 && text[i - 1] == '='; --i) bytes.pop_back();
  if (base64(bytes) != text) fail("a text of base 64 has padding where none belongs");
  return bytes;
}

}  // namespace limpid
