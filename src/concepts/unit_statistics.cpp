// SPDX-License-Identifier: Apache-2.0
#include "limpid/concepts/unit_statistics.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/parallel.h"
#include "core/vectorized.h"
#include "limpid/core/error.h"

namespace limpid {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
constexpr int64_t kLanes = 16;  // units read together: a cache line

LayerStatistics nothing_of(int64_t units, int64_t classes, int64_t top) {
  LayerStatistics none{UnitHistogram(units)};
  none.sum = at::zeros({units}, at::kDouble);
  none.squares = at::zeros({units}, at::kDouble);
  none.active = at::zeros({units}, at::kLong);
  none.class_sums = at::zeros({units, classes}, at::kDouble);
  none.top_values = at::full({units, top}, -std::numeric_limits<float>::infinity(), at::kFloat);
  none.top_images = at::full({units, top}, -1, at::kLong);
  none.top_places = at::full({units, top}, -1, at::kLong);
  return none;
}

constexpr int64_t kBlock =
    128;  // positions read at a time: they stay in the first cache, and are few enough for float sums

/// Of some units in one image.
struct Lanes {
  double sum[kLanes] = {}, squares[kLanes] = {};
  int32_t active[kLanes] = {}, place[kLanes] = {};
  float largest[kLanes];

  Lanes() { std::fill(largest, largest + kLanes, -std::numeric_limits<float>::infinity()); }
};

/// Takes in `count` positions from number `first` on, kLanes values each.
LIMPID_INLINE inline void take(const float* block, int64_t first, int64_t count, Lanes& found) {
  float sum[kLanes] = {}, squares[kLanes] = {};
  for (int64_t p = 0; p < count; ++p) {
    const float* const row = block + p * kLanes;
    const auto place = static_cast<int32_t>(first + p);
    for (int64_t k = 0; k < kLanes; ++k) {
      const float value = row[k];
      sum[k] += value;
      squares[k] += value * value;
      found.active[k] += value > 0;
      const bool larger = value > found.largest[k];
      found.place[k] = larger ? place : found.place[k];
      found.largest[k] = larger ? value : found.largest[k];
    }
  }
  for (int64_t k = 0; k < kLanes; ++k) {
    found.sum[k] += sum[k];
    found.squares[k] += squares[k];
  }
}

/// One that is larger than the last of the top goes among them; of equal ones the lower number is first.
void insert(LayerStatistics& layer, int64_t unit, float value, int64_t image, int64_t place) {
  const int64_t top = layer.top_values.size(1);
  float* const values = layer.top_values.data_ptr<float>() + unit * top;
  int64_t* const images = layer.top_images.data_ptr<int64_t>() + unit * top;
  int64_t* const places = layer.top_places.data_ptr<int64_t>() + unit * top;
  const auto before = [&](int64_t rank) {
    return images[rank] < 0 || value > values[rank] || (value == values[rank] && image < images[rank]);
  };
  if (top == 0 || !before(top - 1)) return;
  int64_t rank = top - 1;
  for (; rank > 0 && before(rank - 1); --rank) {
    values[rank] = values[rank - 1];
    images[rank] = images[rank - 1];
    places[rank] = places[rank - 1];
  }
  values[rank] = value;
  images[rank] = image;
  places[rank] = place;
}

/// Units first … first + lanes − 1 of one layer, in all images of a batch.
void add_lanes(LayerStatistics& layer, const Tensor& maps, int64_t first_image, int64_t first, int64_t lanes,
               const int64_t* labels) {
  const int64_t units = maps.size(1), positions = maps.size(2) * maps.size(3), classes = layer.class_sums.size(1);
  for (int64_t n = 0; n < maps.size(0); ++n) {
    const float* const map = maps.data_ptr<float>() + n * positions * units + first;
    Lanes found;
    float block[kBlock * kLanes] = {};
    for (int64_t begin = 0; begin < positions; begin += kBlock) {
      const int64_t count = std::min(kBlock, positions - begin);
      for (int64_t p = 0; p < count; ++p) std::copy_n(map + (begin + p) * units, lanes, block + p * kLanes);
      vectorized([&]() LIMPID_INLINE { take(block, begin, count, found); });
      for (int64_t k = 0; k < lanes; ++k) layer.histogram.add(first + k, block + k, count, kLanes);
    }
    for (int64_t k = 0; k < lanes; ++k) {
      const int64_t unit = first + k;
      layer.sum.data_ptr<double>()[unit] += found.sum[k];
      layer.squares.data_ptr<double>()[unit] += found.squares[k];
      layer.active.data_ptr<int64_t>()[unit] += found.active[k];
      if (labels && labels[n] >= 0)
        layer.class_sums.data_ptr<double>()[unit * classes + labels[n]] +=
            found.sum[k] / static_cast<double>(positions);
      insert(layer, unit, found.largest[k], first_image + n, found.place[k]);
    }
  }
}

struct Task {
  size_t layer;
  int64_t first, lanes;
};

std::vector<std::pair<std::string, Tensor*>> parts(LayerStatistics& layer) {
  return {{"sum", &layer.sum},
          {"squares", &layer.squares},
          {"active", &layer.active},
          {"class_sums", &layer.class_sums},
          {"top_values", &layer.top_values},
          {"top_images", &layer.top_images},
          {"top_places", &layer.top_places}};
}

}  // namespace

UnitStatistics::UnitStatistics(const std::vector<Probe>& probes, int64_t classes, int64_t top)
    : class_counts(at::zeros({classes}, at::kLong)) {
  for (const Probe& probe : probes) layers.push_back(nothing_of(probe.units, classes, top));
}

void UnitStatistics::add(const ProbeBatch& batch, const Tensor& labels) {
  const Tensor classes = class_counts.size(0) > 0 ? labels.to(at::kCPU, at::kLong).contiguous() : Tensor();
  const int64_t* const numbers = classes.defined() ? classes.data_ptr<int64_t>() : nullptr;
  std::vector<Tensor> maps;
  std::vector<Task> tasks;
  for (size_t i = 0; i < layers.size(); ++i) {
    maps.push_back(batch.features[i].to(at::kCPU, at::kFloat).contiguous(at::MemoryFormat::ChannelsLast));
    UnitHistogram& histogram = layers[i].histogram;
    if (!histogram.expects_negative() && maps[i].min().item<float>() < 0) histogram.expect_negative();
    for (int64_t k = 0; k < maps[i].size(1); k += kLanes)
      tasks.push_back({i, k, std::min(kLanes, maps[i].size(1) - k)});
  }
  for_each_parallel(tasks.size(), [&](size_t t) {
    const Task& task = tasks[t];
    add_lanes(layers[task.layer], maps[task.layer], batch.first, task.first, task.lanes, numbers);
  });
  for (int64_t n = 0; numbers && n < batch.images(); ++n)
    if (numbers[n] >= 0) ++class_counts.data_ptr<int64_t>()[numbers[n]];
  images += batch.images();
}

std::vector<std::pair<std::string, Tensor>> UnitStatistics::state() const {
  std::vector<std::pair<std::string, Tensor>> all = {{"class_counts", class_counts},
                                                     {"images", at::tensor({images}, at::kLong)}};
  for (const LayerStatistics& layer : layers) {
    for (const auto& [name, part] : parts(const_cast<LayerStatistics&>(layer))) all.emplace_back(name, *part);
    for (const Tensor& part : layer.histogram.state()) all.emplace_back("histogram", part);
  }
  return all;
}

void UnitStatistics::restore(const std::vector<std::pair<std::string, Tensor>>& state) {
  auto next = state.begin();
  const auto take = [&](const std::string& name) {
    if (next == state.end() || next->first != name) fail("the statistics are of other layers");
    return (next++)->second;
  };
  const auto into = [&](const std::string& name, Tensor& to) {
    const Tensor from = take(name);
    if (from.sizes() != to.sizes() || from.scalar_type() != to.scalar_type()) fail("the statistics are of other units");
    to = from.contiguous();
  };
  into("class_counts", class_counts);
  images = take("images").item<int64_t>();
  for (LayerStatistics& layer : layers) {
    for (auto& [name, part] : parts(layer)) into(name, *part);
    std::vector<Tensor> counts;
    for (int i = 0; i < 3; ++i) counts.push_back(take("histogram"));
    layer.histogram.restore(counts);
  }
}

UnitSummary summary_of(const UnitStatistics& statistics, size_t layer, int64_t unit, int64_t least) {
  const LayerStatistics& all = statistics.layers[layer];
  UnitSummary summary{kNone, kNone, kNone, kNone, {}, kNone, -1};
  const auto count = static_cast<double>(all.histogram.count(unit));
  for (const double share : unit_quantiles) summary.quantiles.push_back(all.histogram.quantile(unit, share));
  if (count == 0) return summary;
  summary.mean = all.sum.data_ptr<double>()[unit] / count;
  const double square = all.squares.data_ptr<double>()[unit] / count;
  summary.deviation = std::sqrt(std::max(square - summary.mean * summary.mean, 0.0));
  summary.sparsity = 1 - static_cast<double>(all.active.data_ptr<int64_t>()[unit]) / count;
  summary.largest = all.histogram.quantile(unit, 1);

  const int64_t classes = statistics.class_counts.size(0);
  double best = -std::numeric_limits<double>::infinity(), sum = 0;
  int64_t counted = 0;
  for (int64_t c = 0; c < classes; ++c) {
    const auto examples = statistics.class_counts.data_ptr<int64_t>()[c];
    if (examples < least) continue;
    const double mean = all.class_sums.data_ptr<double>()[unit * classes + c] / static_cast<double>(examples);
    ++counted;
    sum += mean;
    if (mean > best) {
      best = mean;
      summary.favourite = c;
    }
  }
  const double rest = counted > 1 ? (sum - best) / static_cast<double>(counted - 1) : kNone;
  if (counted < 2 || rest < 0 || best + rest <= 0) {
    summary.favourite = -1;
  } else {
    summary.selectivity = (best - rest) / (best + rest);
  }
  return summary;
}

}  // namespace limpid
