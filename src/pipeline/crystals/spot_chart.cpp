// SPDX-License-Identifier: Apache-2.0
// The chart of spots.
#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "core/base64.h"
#include "limpid/render/png.h"
#include "pipeline/crystals/spots.h"

namespace limpid {
namespace {

constexpr double kPixel = 7;  // of the chart
constexpr double kGap = 14, kHead = 26;
constexpr int kLabels = 10;        // a channel
constexpr double kSamePlace = .5;  // pixels

std::string rotation_of(const BraggSpot& spot) { return spot.positive ? "+45°" : "−45°"; }

bool share_a_place(const BraggSpot& one, const BraggSpot& other) {
  return one.channel == other.channel && std::hypot(one.x - other.x, one.y - other.y) < kSamePlace;
}

/// With those that lie on the same place, of which a cursor finds one only.
std::string title_of(const BraggSpot& spot, const std::vector<BraggSpot>& spots, double value, const Tensor& shares,
                     const std::vector<std::string>& classes) {
  std::string text =
      fmt::format("{}  d = {:.3f} Å  {}  intensity {:.2f}", spot.name(), spot.spacing, rotation_of(spot), value);
  for (const BraggSpot& other : spots)
    if (&other != &spot && share_a_place(spot, other))
      text += fmt::format("\non the same place: {}  {}", other.name(), rotation_of(other));
  for (size_t k = 0; k < classes.size(); ++k)
    text += fmt::format("{} {} {:.1f} %", k == 0 ? "\nevidence on it:" : ",", classes[k],
                        100 * shares[static_cast<int64_t>(k)].item<double>());
  return text;
}

/// A channel, its square root so that weak spots are seen, in gray; evidence in orange.
std::string picture_of(const Tensor& channel, const Tensor& evidence) {
  const Tensor gray = channel.clamp_min(0).sqrt(), strong = evidence.clamp_min(0) / evidence.max().clamp_min(1e-30);
  const Tensor colors =
      at::stack({at::maximum(gray, strong), at::maximum(gray * (1 - strong), .55 * strong), gray * (1 - strong)});
  return "data:image/png;base64," + base64(encode_png((255 * colors).round().to(at::kByte).contiguous()));
}

struct Point {
  double x, y;
};

double left_of(int64_t channel, int64_t pixels) {
  return static_cast<double>(channel) * (kPixel * static_cast<double>(pixels) + kGap);
}

Point place_of(const BraggSpot& spot, int64_t pixels) {
  return {left_of(spot.channel, pixels) + (spot.x + .5) * kPixel, kHead + (spot.y + .5) * kPixel};
}

/// The fingerprint's channels with the evidence over them, each below its heading.
std::string channels_of(const Tensor& image, const Tensor& evidence, const std::string& name) {
  const double side = kPixel * static_cast<double>(image.size(2));
  std::string text;
  for (int64_t channel = 0; channel < 3; ++channel) {
    const double left = left_of(channel, image.size(2));
    text += fmt::format("<text x=\"{:.0f}\" y=\"17\">turned about {}: evidence for {}</text>\n", left, "xyz"[channel],
                        name);
    text += fmt::format(
        "<image x=\"{:.0f}\" y=\"{:.0f}\" width=\"{:.0f}\" height=\"{:.0f}\" style=\"image-rendering:pixelated\" "
        "href=\"{}\"/>\n",
        left, kHead, side, side, picture_of(image[channel], evidence[channel]));
  }
  return text;
}

/// Names of the strongest spots, where there is room.
std::string names_of(const std::vector<BraggSpot>& spots, int64_t pixels) {
  std::array<int, 3> labels = {};
  std::vector<Point> taken;
  std::string text = "<g fill=\"#9df\" font-size=\"11\" text-anchor=\"middle\" pointer-events=\"none\">\n";
  for (const BraggSpot& spot : spots) {
    const Point place = place_of(spot, pixels);
    const bool free = std::none_of(taken.begin(), taken.end(), [&place](const Point& other) {
      return std::abs(other.x - place.x) < 8 * kPixel && std::abs(other.y - place.y) < 2 * kPixel;
    });
    int& named = labels[static_cast<size_t>(spot.channel)];
    if (!free || named == kLabels) continue;
    ++named;
    taken.push_back(place);
    text += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\">{}</text>\n", place.x, place.y - 1.8 * kPixel, spot.name());
  }
  return text + "</g>\n";
}

}  // namespace

std::string spot_chart(const std::vector<BraggSpot>& spots, const Tensor& image, const Tensor& evidence,
                       const Tensor& shares, const std::vector<std::string>& classes, int64_t label) {
  const int64_t pixels = image.size(2);
  std::string circles = "<g fill=\"#fff\" fill-opacity=\"0\" stroke=\"#6cf\" stroke-opacity=\".7\">\n";
  for (size_t i = 0; i < spots.size(); ++i) {
    const Point place = place_of(spots[i], pixels);
    circles += fmt::format(
        "<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"{:.1f}\"><title>{}</title></circle>\n", place.x, place.y, 1.7 * kPixel,
        title_of(spots[i], spots, spot_value(image, spots[i]), shares.select(1, static_cast<int64_t>(i)), classes));
  }
  return fmt::format(
             "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0:.0f} {1:.0f}\" width=\"{0:.0f}\" "
             "height=\"{1:.0f}\" font-family=\"sans-serif\" font-size=\"13\" fill=\"currentColor\">\n",
             left_of(3, pixels) - kGap, kHead + kPixel * static_cast<double>(pixels)) +
         channels_of(image, evidence[label], classes[static_cast<size_t>(label)]) + names_of(spots, pixels) + circles +
         "</g>\n</svg>\n";
}

}  // namespace limpid
