// SPDX-License-Identifier: Apache-2.0
#include "limpid/concepts/invariance.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>

#include "limpid/core/error.h"
#include "limpid/explain/receptive_field.h"

namespace limpid {
namespace {

constexpr size_t kTranslation = 0, kRotation = 1, kScale = 2, kBrightness = 3;

std::vector<Transformation> all_transformations() {
  std::vector<Transformation> all;
  const std::vector<std::pair<double, double>> directions = {{-1, 0}, {1, 0}, {0, -1}, {0, 1}};
  for (const double amount : {.05, .1})
    for (const auto& [rows, columns] : directions) all.push_back({kTranslation, amount, rows, columns});
  for (const double degrees : {-30, -20, -10, 10, 20, 30}) all.push_back({kRotation, degrees});
  for (const double factor : {.7, .8, .9, 1.1, 1.25, 1.4}) all.push_back({kScale, factor});
  for (const double share : {-.3, -.2, -.1, .1, .2, .3}) all.push_back({kBrightness, share});
  return all;
}

/// x ↦ matrix · (x − middle) + middle + shift, of (row, column).
struct Motion {
  std::array<double, 4> matrix = {1, 0, 0, 1};
  std::array<double, 2> shift = {0, 0};
};

Motion motion_of(const Transformation& how, int64_t rows, int64_t columns) {
  Motion motion;
  if (how.kind == kTranslation)
    motion.shift = {how.rows * how.amount * static_cast<double>(rows),
                    how.columns * how.amount * static_cast<double>(columns)};
  if (how.kind == kRotation) {
    const double angle = how.amount * M_PI / 180;
    motion.matrix = {std::cos(angle), -std::sin(angle), std::sin(angle), std::cos(angle)};
  }
  if (how.kind == kScale) motion.matrix = {how.amount, 0, 0, how.amount};
  return motion;
}

/// Where each pixel of the result comes from, [1, rows, columns, 2] as grid_sampler has it: columns first, −1 … 1.
Tensor sources(const Motion& motion, int64_t rows, int64_t columns, const at::TensorOptions& options) {
  const auto& m = motion.matrix;
  const double determinant = m[0] * m[3] - m[1] * m[2];
  const double middle_row = static_cast<double>(rows - 1) / 2, middle_column = static_cast<double>(columns - 1) / 2;
  const Tensor row = (at::arange(rows, at::kDouble) - middle_row - motion.shift[0]).unsqueeze(1);
  const Tensor column = (at::arange(columns, at::kDouble) - middle_column - motion.shift[1]).unsqueeze(0);
  const Tensor from_row = (m[3] * row - m[1] * column) / determinant;
  const Tensor from_column = (m[0] * column - m[2] * row) / determinant;
  return at::stack({from_column * (2.0 / static_cast<double>(columns)), from_row * (2.0 / static_cast<double>(rows))},
                   2)
      .unsqueeze(0)
      .to(options);
}

Tensor brightened(const Tensor& inputs, double share, const Tensor& low, const Tensor& high) {
  const Tensor least = low.defined() ? low.to(inputs.options()) : inputs.amin({1, 2, 3}, true);
  const Tensor most = high.defined() ? high.to(inputs.options()) : inputs.amax({1, 2, 3}, true);
  return at::min(at::max(inputs + share * (most - least), least), most);
}

double share_of(const Tensor& fired, const Tensor& tried) {
  const auto all = tried.sum().item<int64_t>();
  if (all == 0) return std::numeric_limits<double>::quiet_NaN();
  return static_cast<double>(fired.sum().item<int64_t>()) / static_cast<double>(all);
}

/// The columns of one kind.
std::pair<int64_t, int64_t> columns_of(size_t kind) {
  const auto& all = transformations();
  const auto of_kind = [kind](const Transformation& one) { return one.kind == kind; };
  const auto first = std::find_if(all.begin(), all.end(), of_kind);
  return {first - all.begin(), std::count_if(all.begin(), all.end(), of_kind)};
}

/// Positions [N, K] (row · columns + column) followed to where they go; −1: beyond the input or the map.
Tensor followed(const ReceptiveField& field, const Transformation& how, const Tensor& places) {
  Tensor moved = at::empty_like(places);
  const int64_t* from = places.data_ptr<int64_t>();
  int64_t* to = moved.data_ptr<int64_t>();
  for (int64_t i = 0; i < places.numel(); ++i) {
    const auto [row, column] = field.centre(from[i] / field.map[1], from[i] % field.map[1]);
    const auto [new_row, new_column] = moved_point(how, row, column, field.input[0], field.input[1]);
    const auto position = field.position(new_row, new_column);
    const auto inside = [&](double at, int64_t size) { return at >= 0 && at <= static_cast<double>(size - 1); };
    const bool seen = inside(new_row, field.input[0]) && inside(new_column, field.input[1]) && position[0] >= 0 &&
                      position[1] >= 0 && position[0] < field.map[0] && position[1] < field.map[1];
    to[i] = seen ? position[0] * field.map[1] + position[1] : -1;
  }
  return moved;
}

}  // namespace

const std::vector<Transformation>& transformations() {
  static const std::vector<Transformation> all = all_transformations();
  return all;
}

std::pair<double, double> moved_point(const Transformation& how, double row, double column, int64_t rows,
                                      int64_t columns) {
  const Motion motion = motion_of(how, rows, columns);
  const double middle_row = static_cast<double>(rows - 1) / 2, middle_column = static_cast<double>(columns - 1) / 2;
  const double down = row - middle_row, right = column - middle_column;
  return {motion.matrix[0] * down + motion.matrix[1] * right + middle_row + motion.shift[0],
          motion.matrix[2] * down + motion.matrix[3] * right + middle_column + motion.shift[1]};
}

Tensor transformed(const Tensor& inputs, const Transformation& how, const Tensor& low, const Tensor& high) {
  if (how.kind == kBrightness) return brightened(inputs, how.amount, low, high);
  const int64_t rows = inputs.size(2), columns = inputs.size(3);
  const Tensor grid = sources(motion_of(how, rows, columns), rows, columns, inputs.options());
  constexpr int64_t bilinear = 0, border = 1;
  return dense(at::grid_sampler_2d(inputs.contiguous(), grid.expand({inputs.size(0), -1, -1, -1}), bilinear, border,
                                   /*align_corners=*/false));
}

UnitInvariance::UnitInvariance(const Network& network, const std::vector<Probe>& probes,
                               const UnitStatistics& statistics, double rate)
    : network_(&network), rate_(rate), probes_(probes) {
  if (network.input_shape().size() != 3)
    fail("the network's input is ", shape_text(network.input_shape()),
         "; invariance needs inputs with rows and columns that can be shifted and turned");
  const auto tries = static_cast<int64_t>(transformations().size());
  for (size_t i = 0; i < probes.size(); ++i) {
    const int64_t units = probes[i].units;
    thresholds_.push_back(at::empty({units}, at::kDouble));
    rates_.push_back(at::empty({units}, at::kDouble));
    for (int64_t k = 0; k < units; ++k) {
      const UnitHistogram::Threshold threshold = statistics.layers[i].histogram.threshold(k, rate);
      thresholds_[i].data_ptr<double>()[k] = threshold.value;
      rates_[i].data_ptr<double>()[k] = threshold.rate;
    }
    counts.push_back({at::zeros({units, tries}, at::kLong), at::zeros({units, tries}, at::kLong)});
  }
}

void UnitInvariance::add(const Tensor& inputs, const Tensor& low, const Tensor& high) {
  const ProbeBatch plain = probed(*network_, probes_, inputs);
  std::vector<ReceptiveField> fields;
  std::vector<Tensor> places, driven;
  for (size_t i = 0; i < probes_.size(); ++i) {
    fields.push_back(receptive_field(*network_, probes_[i].convolution));
    const auto [value, place] = plain.features[i].flatten(2).cpu().max(2);
    places.push_back(place.contiguous());
    driven.push_back(value.to(at::kDouble) >= thresholds_[i]);
  }
  for (size_t t = 0; t < transformations().size(); ++t) {
    const Transformation& how = transformations()[t];
    const ProbeBatch changed = probed(*network_, probes_, transformed(inputs, how, low, high));
    for (size_t i = 0; i < probes_.size(); ++i) {
      const Tensor place = followed(fields[i], how, places[i]);
      const Tensor maps = changed.features[i].flatten(2).cpu();
      const Tensor value = maps.gather(2, place.clamp_min(0).unsqueeze(2)).squeeze(2).to(at::kDouble);
      const Tensor tried = driven[i].logical_and(place >= 0);
      const auto column = static_cast<int64_t>(t);
      counts[i].tried.select(1, column).add_(tried.sum(0));
      counts[i].fired.select(1, column).add_(tried.logical_and(value >= thresholds_[i]).sum(0));
    }
  }
}

double UnitInvariance::global_rate(size_t layer, int64_t unit) const { return rates_[layer].data_ptr<double>()[unit]; }

double UnitInvariance::local_rate(size_t layer, int64_t unit, size_t kind) const {
  const auto [first, count] = columns_of(kind);
  return share_of(counts[layer].fired[unit].narrow(0, first, count), counts[layer].tried[unit].narrow(0, first, count));
}

double UnitInvariance::score(size_t layer, int64_t unit, size_t kind) const {
  return local_rate(layer, unit, kind) / std::max(global_rate(layer, unit), rate_);
}

double UnitInvariance::layer_rate(size_t layer, size_t transformation) const {
  const auto column = static_cast<int64_t>(transformation);
  return share_of(counts[layer].fired.select(1, column), counts[layer].tried.select(1, column));
}

double UnitInvariance::layer_score(size_t layer, size_t kind) const {
  std::vector<double> scores;
  for (int64_t k = 0; k < probes_[layer].units; ++k)
    if (const double one = score(layer, k, kind); std::isfinite(one)) scores.push_back(one);
  if (scores.empty()) return std::numeric_limits<double>::quiet_NaN();
  std::sort(scores.rbegin(), scores.rend());
  scores.resize((scores.size() + 4) / 5);
  return std::accumulate(scores.begin(), scores.end(), 0.0) / static_cast<double>(scores.size());
}

}  // namespace limpid
