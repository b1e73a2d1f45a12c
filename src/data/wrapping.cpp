// SPDX-License-Identifier: Apache-2.0
#include "limpid/data/wrapping.h"

#include <ATen/ATen.h>

#include <array>
#include <atomic>
#include <mutex>
#include <numeric>

#include "limpid/core/error.h"
#include "limpid/core/random.h"

namespace limpid {
namespace {

std::vector<int64_t> counted(int64_t count) {
  std::vector<int64_t> all(static_cast<size_t>(count));
  std::iota(all.begin(), all.end(), 0);
  return all;
}

std::vector<std::vector<int64_t>> by_class(const Dataset& data) {
  std::vector<std::vector<int64_t>> indices(data.classes.size());
  for (int64_t i = 0; i < data.size(); ++i) indices[static_cast<size_t>(data[i].label)].push_back(i);
  return indices;
}

/// What was read, once for each example; safe to share between threads.
class Cache {
 public:
  Cache(size_t count, uint64_t bytes) : values_(count), left_(static_cast<int64_t>(bytes)) {}

  Tensor get(int64_t index, const Dataset& data) {
    const auto place = static_cast<size_t>(index);
    std::mutex& mutex = mutexes_[place % mutexes_.size()];
    {
      const std::lock_guard lock(mutex);
      if (values_[place].defined()) return values_[place];
    }
    const Tensor value = data.read(index, 0);
    const auto size = static_cast<int64_t>(value.nbytes());
    const std::lock_guard lock(mutex);
    if (!values_[place].defined() && left_.fetch_sub(size) >= size) values_[place] = value;
    return value;
  }

 private:
  std::vector<Tensor> values_;
  std::array<std::mutex, 64> mutexes_;
  std::atomic<int64_t> left_;
};

/// Sums of values and of their squares, by channel.
struct Moments {
  Tensor sum, squares;
  double count = 0;

  void add(const Tensor& input) {
    const Tensor values = input.to(at::kDouble).flatten(1);
    sum = sum.defined() ? sum + values.sum(1) : values.sum(1);
    squares = squares.defined() ? squares + values.square().sum(1) : values.square().sum(1);
    count += static_cast<double>(values.size(1));
  }
};

}  // namespace

Dataset subset(const Dataset& data, const std::vector<int64_t>& indices) {
  Dataset part = data;
  part.examples.clear();
  for (const int64_t index : indices) part.examples.push_back(data[index]);
  part.read = [read = data.read, indices](int64_t index, uint64_t epoch) {
    return read(indices[static_cast<size_t>(index)], epoch);
  };
  return part;
}

Dataset joined(const std::vector<Dataset>& parts) {
  Dataset all = parts.at(0);
  std::vector<std::pair<size_t, int64_t>> places;  // of an example: its part, and which it is there
  all.examples.clear();
  for (size_t part = 0; part < parts.size(); ++part) {
    std::vector<int64_t> labels;
    for (const std::string& name : parts[part].classes) {
      labels.push_back(std::find(all.classes.begin(), all.classes.end(), name) - all.classes.begin());
      if (labels.back() == static_cast<int64_t>(all.classes.size())) all.classes.push_back(name);
    }
    for (int64_t i = 0; i < parts[part].size(); ++i) {
      places.emplace_back(part, i);
      all.examples.push_back(parts[part][i]);
      all.examples.back().label = labels[static_cast<size_t>(parts[part][i].label)];
    }
    if (part > 0) all.description += "; " + parts[part].description;
  }
  if (parts.size() == 1) return all;
  std::vector<std::function<Tensor(int64_t, uint64_t)>> reads;
  for (const Dataset& part : parts) reads.push_back(part.read);
  all.read = [reads = std::move(reads), places = std::move(places)](int64_t index, uint64_t epoch) {
    const auto [part, place] = places[static_cast<size_t>(index)];
    return reads[part](place, epoch);
  };
  return all;
}

Dataset thinned(const Dataset& data, int64_t most) {
  if (most < 1) refuse("a data set cannot be thinned to ", most, " examples; expected at least 1");
  if (data.size() <= most) return data;
  std::vector<int64_t> sorted, taken;
  for (const std::vector<int64_t>& of_class : by_class(data))
    sorted.insert(sorted.end(), of_class.begin(), of_class.end());
  for (int64_t i = 0; i < most; ++i) taken.push_back(sorted[static_cast<size_t>(i * data.size() / most)]);
  std::sort(taken.begin(), taken.end());
  Dataset result = subset(data, taken);
  result.description += "; " + std::to_string(most) + " of " + std::to_string(data.size());
  return result;
}

Dataset shuffled(const Dataset& data, uint64_t seed) {
  std::vector<int64_t> order = counted(data.size());
  Random(seed).shuffle(order);
  return subset(data, order);
}

Dataset balanced(const Dataset& data, uint64_t seed) {
  const std::vector<int64_t> counts = class_counts(data);
  const int64_t most = *std::max_element(counts.begin(), counts.end());
  std::vector<int64_t> indices = counted(data.size());
  Random random(seed);
  for (std::vector<int64_t> of_class : by_class(data)) {
    if (of_class.empty()) continue;
    for (auto missing = most - static_cast<int64_t>(of_class.size()); missing > 0;) {
      random.shuffle(of_class);
      const auto taken = std::min<int64_t>(missing, static_cast<int64_t>(of_class.size()));
      indices.insert(indices.end(), of_class.begin(), of_class.begin() + taken);
      missing -= taken;
    }
  }
  Dataset result = subset(data, indices);
  result.description += "; balanced to " + std::to_string(most) + " a class";
  return result;
}

Dataset normalised(const Dataset& data, const Preprocess& how) {
  Dataset result = data;
  result.read = [data, how](int64_t index, uint64_t epoch) {
    const Tensor input = data.read(index, epoch);
    return input.scalar_type() == at::kByte ? preprocess(input, how) : input;
  };
  return result;
}

Dataset shaped(const Dataset& data, const Shape& shape) {
  Dataset result = data;
  result.read = [data, shape](int64_t index, uint64_t epoch) {
    Tensor input = data.read(index, epoch);
    if (input.sizes() != at::IntArrayRef(shape))
      fail("'", data[index].name, "' has shape ", shape_text(input.sizes()), "; expected ", shape_text(shape));
    return input;
  };
  return result;
}

Preprocess statistics_of(const Dataset& data, Preprocess how, int64_t most) {
  how.mean = how.std = {};
  const Dataset plain = normalised(data, how);
  Moments moments;
  const int64_t count = std::min(most, data.size());
  for (int64_t i = 0; i < count; ++i) moments.add(plain.read(i * data.size() / count, 0));
  const Tensor mean = moments.sum / moments.count;
  const Tensor deviation = (moments.squares / moments.count - mean.square()).clamp_min(0).sqrt().clamp_min(1e-3);
  for (int64_t c = 0; c < mean.size(0); ++c) {
    how.mean.push_back(mean[c].item<double>());
    how.std.push_back(deviation[c].item<double>());
  }
  return how;
}

Dataset cached(const Dataset& data, uint64_t bytes) {
  Dataset result = data;
  const auto cache = std::make_shared<Cache>(data.examples.size(), bytes);
  result.read = [data, cache](int64_t index, uint64_t) { return cache->get(index, data); };
  return result;
}

}  // namespace limpid
