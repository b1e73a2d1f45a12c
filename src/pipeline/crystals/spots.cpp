// SPDX-License-Identifier: Apache-2.0
#include "pipeline/crystals/spots.h"

#include <ATen/ATen.h>

#include <cmath>

#include "limpid/explain/clear.h"

namespace limpid {
namespace {

constexpr double kReach = 2;      // pixels
constexpr double kSameSpot = .3;  // pixels

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
    if (distance <= nearest + kSameSpot) found.push_back(i);
  return found;
}

}  // namespace

double spot_value(const Tensor& image, const BraggSpot& spot) {
  const auto row = std::clamp<int64_t>(std::llround(spot.y), 1, image.size(1) - 2);
  const auto column = std::clamp<int64_t>(std::llround(spot.x), 1, image.size(2) - 2);
  return image[spot.channel].narrow(0, row - 1, 3).narrow(1, column - 1, 3).max().item<double>();
}

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
    row.insert(row.end(), {spot.spacing, families[i], spot_value(image, spot)});
    for (size_t k = 0; k < classes.size(); ++k)
      row.emplace_back(shares[static_cast<int64_t>(k)][static_cast<int64_t>(i)].item<double>());
    table.add(row);
  }
  return table;
}

}  // namespace limpid
