// SPDX-License-Identifier: Apache-2.0
#include "limpid/render/colormap.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <sstream>

#include "limpid/core/error.h"
#include "limpid/core/lookup.h"
#include "render/raster.h"

namespace limpid {
namespace {

struct Stop {
  double position;
  Color color;
};

[[noreturn]] void refuse_notation(std::string_view notation, std::string_view why) {
  refuse("the colour map '", notation, "' ", why, "; a map is written like '0:000004 0.4:bc3754 1:fcffa4'");
}

Color parse_color(std::string_view hex, std::string_view notation) {
  uint32_t value = 0;
  const auto [end, error] = std::from_chars(hex.data(), hex.data() + hex.size(), value, 16);
  if (hex.size() != 6 || error != std::errc() || end != hex.data() + hex.size())
    refuse_notation(notation, "has the colour '" + std::string(hex) + "', which is not six hexadecimal digits");
  return {static_cast<uint8_t>(value >> 16), static_cast<uint8_t>(value >> 8), static_cast<uint8_t>(value)};
}

double parse_position(std::string_view text, std::string_view notation) {
  double position = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), position);
  if (error != std::errc() || end != text.data() + text.size())
    refuse_notation(notation, "has the position '" + std::string(text) + "', which is not a number");
  return position;
}

std::vector<Stop> parse_stops(const std::vector<std::string>& words, std::string_view notation) {
  if (words.size() < 2) refuse_notation(notation, "has fewer than two colours");
  std::vector<Stop> stops;
  for (size_t i = 0; i < words.size(); ++i) {
    const std::string_view word = words[i];
    const size_t colon = word.find(':');
    const double even = static_cast<double>(i) / static_cast<double>(words.size() - 1);
    const bool placed = colon != std::string_view::npos;
    stops.push_back({placed ? parse_position(word.substr(0, colon), notation) : even,
                     parse_color(placed ? word.substr(colon + 1) : word, notation)});
    if (i > 0 && !(stops[i].position > stops[i - 1].position)) refuse_notation(notation, "has stops out of order");
  }
  if (stops.front().position != 0 || stops.back().position != 1) refuse_notation(notation, "does not go from 0 to 1");
  return stops;
}

Color between(const Stop& a, const Stop& b, double position) {
  const double part = (position - a.position) / (b.position - a.position);
  Color color;
  for (size_t c = 0; c < 3; ++c)
    color[c] = static_cast<uint8_t>(std::lround(a.color[c] + part * (b.color[c] - a.color[c])));
  return color;
}

}  // namespace

Color ColorMap::at(double position) const {
  return table[static_cast<size_t>(std::lround(std::clamp(position, 0.0, 1.0) * kSteps))];
}

ColorMap colormap(std::string_view name, std::string_view notation) {
  ColorMap map{std::string(name), std::string(notation), false, {}};
  std::istringstream text{map.notation};
  std::vector<std::string> words{std::istream_iterator<std::string>(text), {}};
  map.is_signed = !words.empty() && words.front() == "signed";
  if (map.is_signed) words.erase(words.begin());
  const std::vector<Stop> stops = parse_stops(words, notation);
  size_t next = 1;
  for (int i = 0; i <= ColorMap::kSteps; ++i) {
    const double position = static_cast<double>(i) / ColorMap::kSteps;
    while (position > stops[next].position) ++next;
    map.table.push_back(between(stops[next - 1], stops[next], position));
  }
  return map;
}

const std::vector<ColorMap>& colormaps() {
  static const std::vector<ColorMap> maps = {
      colormap("signed", "signed 0:0a2f7a 0.25:3f7fd9 0.5:ffffff 0.75:e2513f 1:7a0a1c"),
      colormap("unsigned", "0:000004 0.15:1b0f45 0.35:6a176e 0.55:b5333f 0.75:ee6a1c 0.9:fbb72c 1:fcffb0"),
  };
  return maps;
}

const ColorMap& find_colormap(std::string_view name) { return lookup("colour map", name, colormaps()); }

ColorScale scale_of(const Tensor& values, const ColorMap& map) {
  const Tensor dense_values = float_map(values.defined() ? values.reshape({1, -1}) : values, "the values of a scale");
  const auto [low, high] = at::aminmax(dense_values);
  const double least = low.item<float>(), most = high.item<float>();
  if (!std::isfinite(least) || !std::isfinite(most))
    fail("a map has NaN or infinite values; only finite ones can be drawn");
  const double limit = map.is_signed ? std::max(std::abs(least), std::abs(most)) : std::max(0.0, most);
  return {map.is_signed ? -limit : 0, limit, false};
}

ColorScale quantile_scale(const Tensor& values, const ColorMap& map, double quantile) {
  const ColorScale whole = scale_of(values, map);
  const Tensor source = float_map(values.reshape({1, -1}), "the values of a scale");
  std::vector<float> drawn;
  drawn.reserve(static_cast<size_t>(source.numel()));
  const float* value = source.data_ptr<float>();
  for (int64_t i = 0; i < source.numel(); ++i)
    if (const float size = map.is_signed ? std::abs(value[i]) : value[i]; size > 0) drawn.push_back(size);
  if (drawn.empty()) return whole;
  const double rank = std::clamp(quantile, 0.0, 1.0) * static_cast<double>(drawn.size() - 1);
  const auto place = drawn.begin() + static_cast<std::ptrdiff_t>(std::ceil(rank));
  std::nth_element(drawn.begin(), place, drawn.end());
  return {map.is_signed ? -*place : 0, *place, *place < whole.high};
}

Tensor apply(const Tensor& values, const ColorMap& map, const ColorScale& scale) {
  const Tensor source = float_map(values, "a map to colour");
  const Tensor picture = new_picture(source.size(0), source.size(1));
  const bool flat = !(scale.high > scale.low);
  const double factor = flat ? 0 : ColorMap::kSteps / (scale.high - scale.low);
  const double offset = flat ? (map.is_signed ? ColorMap::kSteps / 2 : 0) : -scale.low * factor;
  const float* value = source.data_ptr<float>();
  uint8_t* pixel = raster(picture).pixels;
  for (int64_t i = 0; i < source.numel(); ++i, pixel += 3) {
    const double step = value[i] * factor + offset;
    const double place = step > 0 ? std::min<double>(step, ColorMap::kSteps) : 0;  // NaN too: 0
    const Color& color = map.table[static_cast<size_t>(place + 0.5)];
    pixel[0] = color[0], pixel[1] = color[1], pixel[2] = color[2];
  }
  return picture;
}

}  // namespace limpid
