// SPDX-License-Identifier: Apache-2.0
#include "limpid/render/picture.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

#include "limpid/core/error.h"
#include "render/raster.h"

namespace limpid {
namespace {

int clamped_weight(double opacity) { return static_cast<int>(std::lround(std::clamp(opacity, 0.0, 1.0) * 256)); }

uint8_t mixed(uint8_t below, uint8_t above, int weight) {
  return static_cast<uint8_t>((below * (256 - weight) + above * weight + 128) >> 8);
}

void require_same_size(const Tensor& input, const Tensor& over, const char* what) {
  if (input.size(-2) != over.size(-2) || input.size(-1) != over.size(-1))
    fail("got ", what, " of ", shape_text(over.sizes()), " for an input of ", shape_text(input.sizes()),
         "; both must have the same height and width");
}

}  // namespace

Tensor grayed(const Tensor& picture) {
  const Tensor source = as_rgb(picture), gray = new_picture(source.size(1), source.size(2));
  const Raster from = raster(source), to = raster(gray);
  for (int64_t i = 0; i < from.height * from.width; ++i) {
    const uint8_t* rgb = from.pixels + i * from.channels;
    const auto luma = static_cast<uint8_t>((299 * rgb[0] + 587 * rgb[1] + 114 * rgb[2] + 500) / 1000);
    std::fill_n(to.pixels + i * 3, 3, luma);
  }
  return gray;
}

Tensor enlarged(const Tensor& picture, int64_t least) {
  const Tensor source = as_rgb(picture);
  const Raster from = raster(source);
  const int64_t side = std::max(from.height, from.width), factor = std::max<int64_t>(1, (least + side - 1) / side);
  if (factor == 1) return source;
  const Tensor large = new_picture(from.height * factor, from.width * factor, from.channels);
  const Raster to = raster(large);
  const int64_t row_bytes = to.width * to.channels;
  for (int64_t y = 0; y < from.height; ++y) {
    uint8_t* out = to.row(y * factor);
    for (int64_t x = 0; x < from.width; ++x)
      for (int64_t copy = 0; copy < factor; ++copy, out += from.channels)
        std::copy_n(from.row(y) + x * from.channels, from.channels, out);
    for (int64_t copy = 1; copy < factor; ++copy) std::copy_n(to.row(y * factor), row_bytes, to.row(y * factor + copy));
  }
  return large;
}

Tensor overlay(const Tensor& input, const Tensor& heat, double opacity) {
  const Tensor below = as_rgb(input), above = as_rgb(heat);
  require_same_size(below, above, "a heat map");
  const Tensor mix = new_picture(below.size(1), below.size(2));
  const Raster a = raster(below), b = raster(above), to = raster(mix);
  const int weight = clamped_weight(opacity);
  for (int64_t i = 0; i < mix.numel(); ++i) to.pixels[i] = mixed(a.pixels[i], b.pixels[i], weight);
  return mix;
}

Tensor overlay(const Tensor& input, const Tensor& heat, double opacity, const Tensor& strength) {
  const Tensor below = as_rgb(input), above = as_rgb(heat), share = float_map(strength, "the strength of an overlay");
  require_same_size(below, above, "a heat map");
  require_same_size(below, share, "a strength");
  const Tensor mix = new_picture(below.size(1), below.size(2));
  const Raster a = raster(below), b = raster(above), to = raster(mix);
  const float* part = share.data_ptr<float>();
  for (int64_t i = 0; i < share.numel(); ++i) {
    const int weight = clamped_weight(opacity * static_cast<double>(part[i]));
    for (int64_t c = 3 * i; c < 3 * i + 3; ++c) to.pixels[c] = mixed(a.pixels[c], b.pixels[c], weight);
  }
  return mix;
}

Tensor strength(const Tensor& values, const ColorScale& scale) {
  const double limit = std::max(std::abs(scale.low), std::abs(scale.high));
  const Tensor map = float_map(values, "a map to colour");
  if (!(limit > 0)) return at::zeros_like(map);
  // An unsigned scale draws nothing below zero.
  const Tensor drawn = scale.low < 0 ? map.abs() : map.clamp_min(0);
  return (drawn.to(at::kDouble) / limit).clamp_max(1).to(at::kFloat);
}

Tensor heat_picture(const Tensor& values, const ColorMap& map, const ColorScale& scale, int64_t least) {
  return with_color_bar(enlarged(apply(values, map, scale), least), map, scale);
}

Tensor heat_overlay(const Tensor& input, const Tensor& values, const ColorMap& map, const ColorScale& scale,
                    double opacity, int64_t least) {
  Tensor below = grayed(input);
  if (scale.low < 0) below = below.div(2, "floor") + 127;  // the middle of a signed map is white: on black it hides
  const Tensor mix = overlay(below, apply(values, map, scale), opacity, strength(values, scale));
  return with_color_bar(enlarged(mix, least), map, scale);
}

}  // namespace limpid
