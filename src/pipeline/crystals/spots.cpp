// SPDX-License-Identifier: Apache-2.0
#include "pipeline/crystals/spots.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <cmath>

#include "core/base64.h"
#include "limpid/explain/clear.h"
#include "limpid/render/png.h"

namespace limpid {
namespace {

constexpr double kReach = 2;       // pixels
constexpr double kSamePlace = .3;  // pixels
constexpr double kPixel = 7;       // of the chart
constexpr double kGap = 14, kHead = 26;
constexpr int kLabels = 10;  // a channel

/// The spots of a channel to which a pixel belongs.
std::vector<size_t> owners(const std::vector<BraggSpot>& spots, int64_t channel, int64_t row, int64_t column) {
  std::vector<std::pair<double, size_t>> near;
  double nearest = kReach;
  for (size_t i = 0; i < spots.size(); ++i) {
    if (spots[i].channel != channel) continue;
    const double distance = std::hypot(spots[i].x - static_cast<double>(column), spots[i].y - static_cast<double>(row));
    if (distance > kReach) continue;
    near.emplace_back(distance, i);
    nearest = std::min(nearest, distance);
  }
  std::vector<size_t> found;
  for (const auto& [distance, i] : near)
    if (distance <= nearest + kSamePlace) found.push_back(i);
  return found;
}

/// Of the four pixels around a spot and it, the largest value.
double value_at(const Tensor& image, const BraggSpot& spot) {
  const auto row = std::clamp<int64_t>(std::llround(spot.y), 1, image.size(1) - 2);
  const auto column = std::clamp<int64_t>(std::llround(spot.x), 1, image.size(2) - 2);
  return image[spot.channel].narrow(0, row - 1, 3).narrow(1, column - 1, 3).max().item<double>();
}

std::string rotation_of(const BraggSpot& spot) { return spot.positive ? "+45°" : "−45°"; }

std::string title_of(const BraggSpot& spot, double value, const Tensor& shares,
                     const std::vector<std::string>& classes) {
  std::string text =
      fmt::format("{}  d = {:.3f} Å  {}  intensity {:.2f}", spot.name(), spot.spacing, rotation_of(spot), value);
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

}  // namespace

Tensor class_evidence(const Network& network, const Tensor& image) {
  const Activations activations = forward(network, image.unsqueeze(0));
  const Tensor classes = all_classes(network, 1);
  const Walk walk(network, gradient_composite(), network.output);
  const Tensor gradient = walk(activations, one_hot(classes, classes.size(1), activations[network.output]));
  return (gradient * image).cpu().to(at::kFloat);
}

Tensor spot_support(const std::vector<BraggSpot>& spots, at::IntArrayRef shape) {
  Tensor support = at::zeros(shape, at::kBool);
  auto inside = support.accessor<bool, 3>();
  for (int64_t channel = 0; channel < shape[0]; ++channel)
    for (int64_t row = 0; row < shape[1]; ++row)
      for (int64_t column = 0; column < shape[2]; ++column)
        inside[channel][row][column] = !owners(spots, channel, row, column).empty();
  return support;
}

Tensor spot_shares(const std::vector<BraggSpot>& spots, const Tensor& maps) {
  const Tensor positive = maps.clamp_min(0).to(at::kDouble), all = positive.sum({1, 2, 3}).clamp_min(1e-300);
  Tensor shares = at::zeros({maps.size(0), static_cast<int64_t>(spots.size())}, at::kDouble);
  for (int64_t channel = 0; channel < maps.size(1); ++channel)
    for (int64_t row = 0; row < maps.size(2); ++row)
      for (int64_t column = 0; column < maps.size(3); ++column) {
        const std::vector<size_t> found = owners(spots, channel, row, column);
        if (found.empty()) continue;
        const Tensor part =
            positive.select(1, channel).select(1, row).select(1, column) / static_cast<double>(found.size());
        for (const size_t i : found) shares.select(1, static_cast<int64_t>(i)) += part;
      }
  return shares / all.unsqueeze(1);
}

Table spot_table(const std::vector<BraggSpot>& spots, const Tensor& image, const Tensor& shares,
                 const std::vector<std::string>& classes) {
  Table table{{"channel", "rotation", "x", "y", "h", "k", "l", "d", "family", "intensity"}, {}};
  for (const std::string& name : classes) table.columns.push_back("evidence_" + name);
  const std::vector<int64_t> families = spot_families(spots);
  for (size_t i = 0; i < spots.size(); ++i) {
    const BraggSpot& spot = spots[i];
    std::vector<Cell> row = {int64_t{spot.channel}, int64_t{spot.positive ? 45 : -45}, spot.x, spot.y};
    for (const int index : spot.hkl) row.emplace_back(int64_t{index});
    row.insert(row.end(), {spot.spacing, families[i], value_at(image, spot)});
    for (size_t k = 0; k < classes.size(); ++k)
      row.emplace_back(shares[static_cast<int64_t>(k)][static_cast<int64_t>(i)].item<double>());
    table.add(row);
  }
  return table;
}

std::string spot_chart(const std::vector<BraggSpot>& spots, const Tensor& image, const Tensor& evidence,
                       const Tensor& shares, const std::vector<std::string>& classes, int64_t label) {
  const double side = kPixel * static_cast<double>(image.size(2)), width = 3 * side + 2 * kGap;
  const std::string name = classes[static_cast<size_t>(label)];
  std::string body;
  for (int64_t channel = 0; channel < 3; ++channel) {
    const double left = static_cast<double>(channel) * (side + kGap);
    body += fmt::format("<text x=\"{:.0f}\" y=\"17\">turned about {}: evidence for {}</text>\n", left, "xyz"[channel],
                        name);
    body += fmt::format(
        "<image x=\"{:.0f}\" y=\"{:.0f}\" width=\"{:.0f}\" height=\"{:.0f}\" style=\"image-rendering:pixelated\" "
        "href=\"{}\"/>\n",
        left, kHead, side, side, picture_of(image[channel], evidence[label][channel]));
  }
  std::array<int, 3> labels = {};
  std::vector<std::array<double, 2>> taken;
  for (size_t i = 0; i < spots.size(); ++i) {
    const BraggSpot& spot = spots[i];
    const double x = spot.channel * (side + kGap) + (spot.x + .5) * kPixel, y = kHead + (spot.y + .5) * kPixel;
    const bool free = std::none_of(taken.begin(), taken.end(), [&](const auto& other) {
      return std::abs(other[0] - x) < 8 * kPixel && std::abs(other[1] - y) < 2 * kPixel;
    });
    if (free && labels[static_cast<size_t>(spot.channel)]++ < kLabels) {
      taken.push_back({x, y});
      body +=
          fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" class=\"name\">{}</text>\n", x, y - 1.8 * kPixel, spot.name());
    }
    body +=
        fmt::format("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"{:.1f}\"><title>{}</title></circle>\n", x, y, 1.7 * kPixel,
                    title_of(spot, value_at(image, spot), shares.select(1, static_cast<int64_t>(i)), classes));
  }
  return fmt::format(
             "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0:.0f} {1:.0f}\" width=\"{0:.0f}\" "
             "height=\"{1:.0f}\" font-family=\"sans-serif\" font-size=\"13\">\n"
             "<style>circle{{fill:#fff;fill-opacity:0;stroke:#6cf;stroke-opacity:.7}}"
             ".name{{fill:#9df;font-size:11px;text-anchor:middle;pointer-events:none}}</style>\n"
             "<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n",
             width, kHead + side) +
         body + "</svg>\n";
}

}  // namespace limpid
