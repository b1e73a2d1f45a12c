// SPDX-License-Identifier: Apache-2.0
#include "limpid/concepts/histogram.h"

#include <ATen/ATen.h>

#include <bit>
#include <cmath>
#include <limits>

#include "limpid/core/error.h"

namespace limpid {
namespace {

constexpr int kShift = 23 - 6;  // what is left of a float's bits: the exponent and six of the fraction
constexpr uint32_t kFirst = (127 + UnitHistogram::kLeastExponent) << 6;

/// Of a value's magnitude.
inline int64_t bin_of(float value) {
  const uint32_t bits = (std::bit_cast<uint32_t>(value) & 0x7FFFFFFF) >> kShift;
  return bits < kFirst ? 0 : std::min<int64_t>(bits - kFirst + 1, UnitHistogram::kBins - 1);
}

double low_of(int64_t bin) {
  if (bin == 0) return 0;
  return std::bit_cast<float>(static_cast<uint32_t>(bin - 1 + kFirst) << kShift);
}

double high_of(int64_t bin) { return bin == 0 ? 0 : low_of(bin + 1); }

}  // namespace

UnitHistogram::UnitHistogram(int64_t units)
    : positive_(at::zeros({units, kBins}, at::kLong)),
      negative_(at::zeros({0, kBins}, at::kLong)),
      range_(at::empty({units, 2}, at::kFloat)) {
  range_.select(1, 0).fill_(std::numeric_limits<float>::infinity());
  range_.select(1, 1).fill_(-std::numeric_limits<float>::infinity());
}

void UnitHistogram::expect_negative() {
  if (!expects_negative()) negative_ = at::zeros_like(positive_);
}

void UnitHistogram::add(int64_t unit, const float* values, int64_t count, int64_t stride) {
  int64_t* const above = positive_.data_ptr<int64_t>() + unit * kBins;
  int64_t* const below = expects_negative() ? negative_.data_ptr<int64_t>() + unit * kBins : above;
  float* const range = range_.data_ptr<float>() + 2 * unit;
  float low = range[0], high = range[1];
  for (int64_t i = 0; i < count; ++i) {
    const float value = values[i * stride];
    low = std::min(low, value);
    high = std::max(high, value);
    ++(value < 0 ? below : above)[bin_of(value)];
  }
  range[0] = low;
  range[1] = high;
}

int64_t UnitHistogram::count(int64_t unit) const {
  const auto in = [unit](const Tensor& counts) { return counts[unit].sum().item<int64_t>(); };
  return in(positive_) + (expects_negative() ? in(negative_) : 0);
}

std::vector<UnitHistogram::Bin> UnitHistogram::bins(int64_t unit) const {
  const int64_t* const above = positive_.data_ptr<int64_t>() + unit * kBins;
  const int64_t* const below = expects_negative() ? negative_.data_ptr<int64_t>() + unit * kBins : nullptr;
  std::vector<Bin> all;
  for (int64_t b = kBins - 1; below && b > 0; --b)
    if (below[b] > 0) all.push_back({-high_of(b), -low_of(b), below[b]});
  if (const int64_t none = above[0] + (below ? below[0] : 0); none > 0) all.push_back({0, 0, none});
  for (int64_t b = 1; b < kBins; ++b)
    if (above[b] > 0) all.push_back({low_of(b), high_of(b), above[b]});
  return all;
}

double UnitHistogram::quantile(int64_t unit, double share) const {
  const std::vector<Bin> all = bins(unit);
  const auto total = static_cast<double>(count(unit));
  const auto* const range = range_.data_ptr<float>() + 2 * unit;
  double before = 0;
  for (const Bin& bin : all) {
    const auto here = static_cast<double>(bin.count);
    if (before + here >= share * total) {
      const double part = std::clamp((share * total - before) / here, 0.0, 1.0);
      return std::clamp<double>(bin.low + part * (bin.high - bin.low), range[0], range[1]);
    }
    before += here;
  }
  return all.empty() ? std::numeric_limits<double>::quiet_NaN() : range[1];
}

UnitHistogram::Threshold UnitHistogram::threshold(int64_t unit, double rate) const {
  const std::vector<Bin> all = bins(unit);
  const auto total = static_cast<double>(count(unit));
  double reached = 0;
  for (auto bin = all.rbegin(); bin != all.rend(); ++bin) {
    if (bin->low == 0 && bin->high == 0) break;
    reached += static_cast<double>(bin->count);
    if (reached >= rate * total) return {bin->low, reached / total};
  }
  double positive = 0;
  for (const Bin& bin : all)
    if (bin.low > 0) positive += static_cast<double>(bin.count);
  return {low_of(1), total > 0 ? positive / total : 0};
}

void UnitHistogram::restore(const std::vector<Tensor>& state) {
  if (state.size() != 3 || state[0].sizes() != positive_.sizes() || state[1].dim() != 2 ||
      (state[1].size(0) != 0 && state[1].sizes() != positive_.sizes()) || state[2].sizes() != range_.sizes())
    fail("the histogram is of other units");
  positive_ = state[0].to(at::kLong).contiguous();
  negative_ = state[1].to(at::kLong).contiguous();
  range_ = state[2].to(at::kFloat).contiguous();
}

}  // namespace limpid
