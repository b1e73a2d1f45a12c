// SPDX-License-Identifier: Apache-2.0
#include "pipeline/studies/anatomy_measures.h"

#include <ATen/ATen.h>

#include <cmath>

#include "limpid/core/error.h"
#include "limpid/core/lookup.h"

namespace limpid::study_of_anatomy {
namespace {

/// [C, 1, 1]
Tensor border_mean(const Tensor& picture) {
  const Tensor x = picture.to(at::kFloat);
  if (x.size(1) < 3 || x.size(2) < 3) return x.mean({1, 2}, true);
  const int64_t rows = x.size(1) - 2;
  const Tensor frame = at::cat(
      {x.select(1, 0), x.select(1, -1), x.select(2, 0).narrow(1, 1, rows), x.select(2, -1).narrow(1, 1, rows)}, 1);
  return frame.mean(1).view({-1, 1, 1});
}

Tensor filling(const Tensor& picture, const std::string& fill) {
  if (fill == "image mean") return picture.to(at::kFloat).mean({1, 2}, true);
  if (fill == "border mean") return border_mean(picture);
  if (fill == "black") return at::zeros({picture.size(0), 1, 1});
  refuse_name("fill", fill, fills());
}

}  // namespace

Localised localised(const Tensor& maps, const Tensor& masks) {
  const Tensor positive = maps.detach().cpu().to(at::kDouble).clamp_min(0).flatten(1);
  const Tensor inside = masks.flatten(1), weights = inside.to(at::kDouble).t();
  const Tensor sums = positive.sum(1, true);
  Localised found;
  found.energy = positive.mm(weights) / at::where(sums > 0, sums, at::full_like(sums, std::nan("")));
  found.lift = found.energy / weights.mean(0);
  const Tensor largest = positive.argmax(1);
  found.hit = inside.t().index_select(0, largest).logical_and(sums > 0);
  return found;
}

double share_reached(const std::vector<double>& lifts) {
  double reached = 0;
  for (const double lift : lifts) reached += lift >= kLeastLift;
  return lifts.empty() ? std::nan("") : reached / static_cast<double>(lifts.size());
}

double onset(const std::vector<double>& epochs, const std::vector<std::vector<double>>& lifts) {
  for (size_t i = 0; i < epochs.size(); ++i)
    if (share_reached(lifts.at(i)) >= kLeastShare) return epochs[i];
  return std::nan("");
}

std::vector<std::string> fills() { return {"image mean", "border mean", "black"}; }

Tensor without(const Tensor& picture, const Tensor& region, const std::string& fill) {
  const Tensor value = filling(picture, fill).round().to(at::kByte);
  return at::where(region.unsqueeze(0), value.expand_as(picture), picture);
}

double change(const Tensor& picture, const Tensor& other) {
  return (picture.to(at::kFloat) - other.to(at::kFloat)).abs().mean().item<double>();
}

Tensor edges(const Tensor& picture) {
  const Tensor x = at::replication_pad2d(picture.to(at::kFloat).unsqueeze(0), {1, 1, 1, 1})[0];
  const int64_t height = picture.size(1), width = picture.size(2);
  const Tensor down = x.narrow(1, 2, height).narrow(2, 1, width) - x.narrow(1, 0, height).narrow(2, 1, width);
  const Tensor across = x.narrow(1, 1, height).narrow(2, 2, width) - x.narrow(1, 1, height).narrow(2, 0, width);
  return (down.square() + across.square()).sqrt().mean(0) / 2;
}

Tensor brightness(const Tensor& picture) {
  return (picture.to(at::kFloat) - border_mean(picture)).mean(0).clamp_min(0);
}

}  // namespace limpid::study_of_anatomy
