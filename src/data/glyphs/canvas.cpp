// SPDX-License-Identifier: Apache-2.0
#include "data/glyphs/canvas.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "limpid/data/glyphs.h"

namespace limpid {
namespace {

constexpr int64_t kPixels = kGlyphSide * kGlyphSide;

/// Calls use(index, centre of the pixel) for all pixels within `reach` of a point.
template <class Use>
void for_pixels_near(Point center, double reach, const Use& use) {
  const auto bound = [](double value) {
    return static_cast<int64_t>(std::clamp(value, 0.0, static_cast<double>(kGlyphSide)));
  };
  for (int64_t y = bound(center.y - reach); y < bound(center.y + reach + 1); ++y)
    for (int64_t x = bound(center.x - reach); x < bound(center.x + reach + 1); ++x)
      use(static_cast<size_t>(y * kGlyphSide + x), Point{static_cast<double>(x) + .5, static_cast<double>(y) + .5});
}

/// A disc whose edge fades over six pixels.
std::vector<float> soft_disc(Point center, double radius) {
  std::vector<float> mask(kPixels, 0);
  for_pixels_near(center, radius + 3, [&](size_t index, Point at) {
    const double distance = std::hypot(at.x - center.x, at.y - center.y) - radius;
    mask[index] = static_cast<float>(std::clamp(.5 - distance / 6, 0.0, 1.0));
  });
  return mask;
}

Point anywhere(Random& random) {
  const double x = random.uniform(0, kGlyphSide);
  return {x, random.uniform(0, kGlyphSide)};
}

std::vector<float> thin_line(Random& random) {
  const Point from = anywhere(random), to = anywhere(random);
  const Point middle = {(from.x + to.x) / 2, (from.y + to.y) / 2};
  const double half = std::hypot(to.x - from.x, to.y - from.y) / 2;
  const GlyphShape bar = {"line", [=](Point at) { return std::max(std::abs(at.x) - 1, std::abs(at.y) - .5 / half); }};
  return mask_of(bar, {middle, half, std::atan2(to.y - from.y, to.x - from.x)});
}

Ink any_ink(Random& random, double low, double high) {
  Ink ink;
  for (double& value : ink) value = random.uniform(low, high);
  return ink;
}

}  // namespace

std::vector<float> mask_of(const GlyphShape& shape, const Placement& where) {
  std::vector<float> mask(kPixels, 0);
  const double cos = std::cos(where.turn) / where.radius, sin = std::sin(where.turn) / where.radius;
  const double reach = M_SQRT2 * where.radius + 1;
  for_pixels_near(where.center, reach, [&](size_t index, Point at) {
    const double x = at.x - where.center.x, y = at.y - where.center.y;
    const double distance = where.radius * shape.distance({cos * x + sin * y, cos * y - sin * x});
    mask[index] = static_cast<float>(std::clamp(.5 - distance, 0.0, 1.0));
  });
  return mask;
}

Canvas::Canvas(Random& random) : values_(3 * kPixels) {
  const Ink base = any_ink(random, 30, 225), slant_x = any_ink(random, -60, 60), slant_y = any_ink(random, -60, 60);
  for (size_t i = 0; i < values_.size(); ++i) {
    const size_t channel = i / kPixels;
    const double x = static_cast<double>(i % kGlyphSide) / kGlyphSide - .5;
    const double y = static_cast<double>(i % kPixels / kGlyphSide) / kGlyphSide - .5;
    values_[i] = static_cast<float>(base[channel] + x * slant_x[channel] + y * slant_y[channel]);
  }
  for (int64_t blobs = 2 + random.below(5); blobs > 0; --blobs) {
    const Point center = anywhere(random);
    Ink tint = any_ink(random, -45, 45);
    const size_t pixel = static_cast<size_t>(center.y) * kGlyphSide + static_cast<size_t>(center.x);
    for (size_t channel = 0; channel < 3; ++channel) tint[channel] += values_[channel * kPixels + pixel];
    paint(soft_disc(center, random.uniform(3, 14)), tint);
  }
  for (int64_t lines = random.below(5); lines > 0; --lines) {
    const std::vector<float> line = thin_line(random);
    paint(line, any_ink(random, 0, 255));
  }
}

void Canvas::paint(const std::vector<float>& mask, const Ink& ink) {
  for (size_t i = 0; i < values_.size(); ++i)
    values_[i] += mask[i % kPixels] * (static_cast<float>(ink[i / kPixels]) - values_[i]);
}

double Canvas::ground(const std::vector<float>& mask) const {
  double sum = 0, area = 1e-9;
  for (size_t i = 0; i < values_.size(); ++i) {
    sum += mask[i % kPixels] * values_[i];
    area += mask[i % kPixels];
  }
  return sum / area;
}

Tensor Canvas::finished(Random& random) const {
  const double strength = random.uniform(2, 9);
  Tensor picture = at::empty({3, kGlyphSide, kGlyphSide}, at::kByte);
  auto* pixels = picture.data_ptr<uint8_t>();
  for (const float value : values_)
    *pixels++ = static_cast<uint8_t>(std::clamp(std::round(value + strength * random.normal()), 0.0, 255.0));
  return picture;
}

}  // namespace limpid
