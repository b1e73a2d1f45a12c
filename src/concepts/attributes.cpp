// SPDX-License-Identifier: Apache-2.0
#include "limpid/concepts/attributes.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "limpid/core/error.h"

namespace limpid {
namespace {

constexpr double kLeastLength = 1e-12;

Tensor directions(const Tensor& rows) { return rows / rows.norm(2, 1, /*keepdim=*/true).clamp_min(kLeastLength); }

/// Of each exemplar with the mean direction of the others.
Tensor cosines_without_itself(const Tensor& exemplars) {
  const Tensor others = directions(exemplars.sum(0, /*keepdim=*/true) - exemplars);
  return (exemplars * others).sum(1);
}

}  // namespace

Prototypes prototypes(const Tensor& features, const std::vector<std::vector<int64_t>>& rows, const Tensor& random,
                      double strictness) {
  require_finite(features, "a feature of the attributes' exemplars");
  require_finite(random, "a feature of the random segments");
  const Tensor centre = random.mean(0);
  const Tensor anything = directions((random - centre).to(at::kDouble));
  std::vector<Tensor> vectors, thresholds, cosines, chance;
  for (const std::vector<int64_t>& of_attribute : rows) {
    if (of_attribute.size() < 2) fail("an attribute has ", of_attribute.size(), " exemplars; expected at least 2");
    const Tensor own = features.index_select(0, at::tensor(of_attribute, at::kLong)) - centre;
    const Tensor exemplars = directions(own.to(at::kDouble));
    vectors.push_back(directions(exemplars.sum(0, /*keepdim=*/true)));
    cosines.push_back(cosines_without_itself(exemplars));
    chance.push_back(at::mv(anything, vectors.back()[0]));
    const Tensor own_low = at::quantile(cosines.back(), .05), chance_high = at::quantile(chance.back(), .95);
    thresholds.push_back(chance_high + strictness * (own_low - chance_high).clamp_min(0));
  }
  return {at::cat(vectors).to(at::kFloat), at::stack(thresholds).to(at::kFloat), centre, cosines, at::stack(chance, 1)};
}

Tensor attribute_shares(const Tensor& features, const Prototypes& prototypes, double temperature) {
  const Tensor cosines = at::mm(directions(features - prototypes.centre), prototypes.vectors.t());
  const Tensor scores = (cosines - prototypes.thresholds) / temperature;
  return at::softmax(at::cat({scores, at::zeros({scores.size(0), 1}, scores.options())}, 1), 1);
}

Tensor membership(const Segmentation& segments, const Tensor& shares) {
  const int64_t attributes = shares.size(1) - 1;
  const Tensor table = at::cat({shares.narrow(1, 0, attributes), at::zeros({1, attributes}, shares.options())});
  const Tensor covered = segments.labels >= 0;
  const Tensor rows = at::where(covered, segments.labels, segments.count).to(at::kLong);
  const Tensor sums =
      table.index_select(0, rows.flatten()).reshape({rows.size(0), rows.size(1), rows.size(2), -1}).sum(0);
  const Tensor cover = covered.sum(0).clamp_min(1).unsqueeze(2);
  return (sums / cover).permute({2, 0, 1}).contiguous();
}

Tensor membership_of_masks(const Tensor& masks) {
  const Tensor parts = (masks != 0).to(at::kFloat);
  return parts / parts.sum(0).clamp_min(1);
}

Tensor evidence_shares(const Tensor& responses, const Tensor& membership) {
  const Tensor positive = responses.to(at::kDouble).clamp_min(0).flatten(1);
  const Tensor all = positive.sum(1, /*keepdim=*/true);
  const Tensor shares = at::mm(positive, membership.to(at::kDouble).flatten(1).t()) / all.clamp_min(1e-300);
  return at::where(all > 0, shares, at::zeros({1}, at::kDouble));
}

Tensor attribute_regions(const Tensor& membership) {
  return at::cat({membership, membership.sum(0, /*keepdim=*/true)}) >= .5 - 1e-6;
}

Tensor control_region(const Tensor& region, const Segmentation& segments, Random& random) {
  std::vector<int64_t> order(static_cast<size_t>(segments.count));
  for (size_t i = 0; i < order.size(); ++i) order[i] = static_cast<int64_t>(i);
  random.shuffle(order);
  const int64_t pixels = region.numel(), layers = segments.labels.size(0);
  std::vector<std::vector<int64_t>> members(order.size());
  const Tensor labels = segments.labels.contiguous(), taken = region.contiguous();
  const auto* const label = labels.data_ptr<int32_t>();
  const auto* const own = taken.data_ptr<bool>();
  for (int64_t at = 0; at < layers * pixels; ++at)
    if (label[at] >= 0 && !own[at % pixels]) members[static_cast<size_t>(label[at])].push_back(at % pixels);
  std::vector<int64_t> beside;  // what no segment covers comes last
  for (int64_t pixel = 0; pixel < pixels; ++pixel)
    if (!own[pixel]) beside.push_back(pixel);
  Tensor control = at::zeros_like(taken);
  auto* const chosen = control.data_ptr<bool>();
  int64_t left = pixels - static_cast<int64_t>(beside.size());
  const auto choose = [&](const std::vector<int64_t>& list) {
    for (size_t i = 0; i < list.size() && left > 0; ++i)
      if (!std::exchange(chosen[list[i]], true)) --left;
  };
  for (const int64_t segment : order) choose(members[static_cast<size_t>(segment)]);
  random.shuffle(beside);
  choose(beside);
  return control;
}

const std::vector<std::string>& removal_fills() {
  static const std::vector<std::string> all = {"mean", "blur", "plain"};
  return all;
}

Tensor filled(const Tensor& input, const std::string& fill, const Tensor& plain) {
  if (fill == "mean") return input.mean({1, 2}, /*keepdim=*/true).expand_as(input);
  if (fill == "plain") return plain.expand_as(input);
  constexpr int64_t coarser = 16;
  const auto few = [](int64_t side) { return std::max<int64_t>(1, side / coarser); };
  const Tensor coarse = at::adaptive_avg_pool2d(input.unsqueeze(0), {few(input.size(1)), few(input.size(2))});
  return at::upsample_bilinear2d(coarse, {input.size(1), input.size(2)}, false).squeeze(0);
}

Tensor removals(const Tensor& input, const Tensor& regions, const Tensor& filled) {
  const Tensor inside = regions.unsqueeze(1);
  return at::cat({at::where(inside, filled, input), at::where(inside, input, filled)});
}

}  // namespace limpid
