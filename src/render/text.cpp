// SPDX-License-Identifier: Apache-2.0
#include "render/text.h"

#include <ft2build.h>
#include FT_FREETYPE_H

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "limpid/core/error.h"
#include "render/raster.h"

extern const unsigned char limpid_font[];
extern const unsigned long limpid_font_size;

namespace limpid {
namespace {

struct Glyph {
  std::vector<uint8_t> coverage;  // [rows, width]
  int64_t width = 0, rows = 0, left = 0, top = 0;
  double advance = 0;
};

/// FreeType faces may not be shared between threads: each thread has its own.
class Font {
 public:
  Font() {
    if (FT_Init_FreeType(&library_)) fail("FreeType could not be started; pictures need it for their captions");
    if (FT_New_Memory_Face(library_, limpid_font, static_cast<FT_Long>(limpid_font_size), 0, &face_)) {
      FT_Done_FreeType(library_);
      fail("FreeType did not read the typeface in this library; it was built from a damaged DejaVuSans.ttf");
    }
  }
  ~Font() { FT_Done_FreeType(library_); }
  Font(const Font&) = delete;
  Font& operator=(const Font&) = delete;

  const Glyph& glyph(char32_t code, int64_t size) {
    if (glyphs_.size() > 4096) glyphs_.clear();
    const auto [place, is_new] = glyphs_.try_emplace({size, code});
    if (is_new) place->second = loaded(code, size);
    return place->second;
  }

 private:
  Glyph loaded(char32_t code, int64_t size) {
    FT_Set_Pixel_Sizes(face_, 0, static_cast<FT_UInt>(size));
    if (FT_Load_Char(face_, code, FT_LOAD_RENDER | FT_LOAD_TARGET_LIGHT)) return {};
    const FT_GlyphSlot slot = face_->glyph;
    Glyph glyph{{}, slot->bitmap.width, slot->bitmap.rows, slot->bitmap_left, slot->bitmap_top, 0};
    glyph.advance = static_cast<double>(slot->linearHoriAdvance) / 65536;
    for (int64_t y = 0; y < glyph.rows; ++y) {
      const uint8_t* row = slot->bitmap.buffer + y * slot->bitmap.pitch;
      glyph.coverage.insert(glyph.coverage.end(), row, row + glyph.width);
    }
    return glyph;
  }

  FT_Library library_ = nullptr;
  FT_Face face_ = nullptr;
  std::map<std::pair<int64_t, char32_t>, Glyph> glyphs_;
};

Font& font() {
  thread_local Font font;
  return font;
}

void blend(const Tensor& target, int64_t x, int64_t y, const Glyph& glyph, const Color& color) {
  const Raster to = raster(target);
  const int64_t left = std::max<int64_t>(0, -x), right = std::min(glyph.width, to.width - x);
  for (int64_t v = std::max<int64_t>(0, -y); v < std::min(glyph.rows, to.height - y); ++v)
    for (int64_t u = left; u < right; ++u) {
      const int cover = glyph.coverage[static_cast<size_t>(v * glyph.width + u)];
      uint8_t* pixel = to.row(y + v) + 3 * (x + u);
      for (size_t c = 0; c < 3; ++c)
        pixel[c] = static_cast<uint8_t>((pixel[c] * (255 - cover) + color[c] * cover + 127) / 255);
    }
}

double advance(std::u32string_view text, int64_t size) {
  double width = 0;
  for (const char32_t code : text) width += font().glyph(code, size).advance;
  return width;
}

void append_utf8(std::string& text, char32_t code) {
  const auto byte = [&text](char32_t value) { text += static_cast<char>(static_cast<unsigned char>(value)); };
  if (code < 0x80) return byte(code);
  if (code < 0x800) {
    byte(0xC0 | code >> 6);
  } else {
    if (code < 0x10000) {
      byte(0xE0 | code >> 12);
    } else {
      byte(0xF0 | code >> 18);
      byte(0x80 | (code >> 12 & 0x3F));
    }
    byte(0x80 | (code >> 6 & 0x3F));
  }
  byte(0x80 | (code & 0x3F));
}

/// The letters of `text` from `begin` that make the next line: up to a space, or as many as fit.
size_t line_end(std::u32string_view text, size_t begin, int64_t size, int64_t width) {
  double used = 0;
  size_t space = 0;
  for (size_t i = begin; i < text.size(); ++i) {
    if (text[i] == U' ' || (i > begin && text[i - 1] == U'/')) space = i;
    used += font().glyph(text[i], size).advance;
    if (std::ceil(used) > static_cast<double>(width) && i > begin) return space > begin ? space : i;
  }
  return text.size();
}

}  // namespace

std::u32string code_points(std::string_view utf8) {
  std::u32string codes;
  for (size_t i = 0; i < utf8.size();) {
    const auto lead = static_cast<unsigned char>(utf8[i]);
    const size_t length = lead < 0x80                   ? 1
                          : lead >= 0xC2 && lead < 0xE0 ? 2
                          : lead >= 0xE0 && lead < 0xF0 ? 3
                          : lead >= 0xF0 && lead < 0xF5 ? 4
                                                        : 0;
    char32_t code = length == 1 ? lead : length ? lead & (0x7Fu >> length) : 0xFFFD;
    size_t used = 1;
    for (; used < length && i + used < utf8.size() && (utf8[i + used] & 0xC0) == 0x80; ++used)
      code = code << 6 | (static_cast<unsigned char>(utf8[i + used]) & 0x3F);
    const bool valid = used == length && code < 0x110000 && (code < 0xD800 || code > 0xDFFF) &&
                       (length < 3 || code >= (length == 3 ? 0x800u : 0x10000u));
    codes += !valid ? U'\uFFFD' : code < 0x20 || code == 0x7F ? U' ' : code;
    i += used;
  }
  return codes;
}

int64_t line_height(int64_t size) { return (size * 4 + 2) / 3; }

int64_t text_width(std::string_view text, int64_t size) {
  // One pixel more: letters may begin left of their origin or end beyond their advance.
  return text.empty() ? 0 : static_cast<int64_t>(std::ceil(advance(code_points(text), size))) + 1;
}

std::vector<std::string> wrapped(std::string_view text, int64_t size, int64_t width) {
  const std::u32string codes = code_points(text);
  std::vector<std::string> lines;
  for (size_t begin = 0; begin < codes.size();) {
    const size_t end = line_end(codes, begin, size, width - 1);
    std::string line;
    for (size_t i = begin; i < end; ++i) append_utf8(line, codes[i]);
    lines.push_back(line);
    begin = end;
    while (begin < codes.size() && codes[begin] == U' ') ++begin;
  }
  return lines;
}

void draw_text(const Tensor& target, int64_t x, int64_t y, std::string_view text, int64_t size, const Color& color) {
  const int64_t baseline = y + size + size / 12;
  double pen = static_cast<double>(x);
  for (const char32_t code : code_points(text)) {
    const Glyph& glyph = font().glyph(code, size);
    blend(target, static_cast<int64_t>(std::lround(pen)) + glyph.left, baseline - glyph.top, glyph, color);
    pen += glyph.advance;
  }
}

Tensor text_picture(std::string_view text, int64_t size, int64_t width, double alignment, const Color& color,
                    const Color& background) {
  const std::vector<std::string> lines = wrapped(text, size, width);
  int64_t widest = 1;
  for (const std::string& line : lines) widest = std::max(widest, text_width(line, size));
  const Tensor picture =
      new_picture(std::max<int64_t>(1, static_cast<int64_t>(lines.size()) * line_height(size)), widest, background);
  for (size_t i = 0; i < lines.size(); ++i) {
    const double room = static_cast<double>(widest - text_width(lines[i], size));
    draw_text(picture, std::lround(room * alignment), static_cast<int64_t>(i) * line_height(size), lines[i], size,
              color);
  }
  return picture;
}

}  // namespace limpid
