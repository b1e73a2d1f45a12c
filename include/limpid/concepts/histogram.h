// SPDX-License-Identifier: Apache-2.0
#pragma once
// How the values of many units are distributed, in memory that does not grow with their number: quantiles in one pass.

#include <cstdint>
#include <utility>
#include <vector>

#include "limpid/core/tensor.h"

namespace limpid {

/// Counts in bins of which each octave has 64, for |value| from 2^-20 to 2^20: what is read from them is within 1/64 of
/// the value (1.6 %), and exact at the least and the largest value and where all values are one. Smaller values count
/// as 0, larger ones as the largest bin. Whatever order values come in, the counts are the same.
class UnitHistogram {
 public:
  static constexpr int64_t kOctaveBins = 64, kLeastExponent = -20, kOctaves = 40;
  static constexpr int64_t kBins = kOctaveBins * kOctaves + 1;  // that of 0 first

  UnitHistogram() = default;
  explicit UnitHistogram(int64_t units);

  /// Makes room for values below 0, which must be there before the first of them.
  void expect_negative();
  bool expects_negative() const { return negative_.size(0) > 0; }

  /// Adds all of one unit's `count` values, `stride` apart. Units may be added to from several threads, one each.
  void add(int64_t unit, const float* values, int64_t count, int64_t stride);

  int64_t units() const { return positive_.size(0); }
  /// The unit's values so far.
  int64_t count(int64_t unit) const;

  /// The value below which this share of the unit's values lies; NaN where there are none.
  double quantile(int64_t unit, double share) const;

  /// A threshold and the share of values of at least that, which is exact.
  struct Threshold {
    double value, rate;
  };
  /// The largest threshold that at least this share of the values reach; at least 2^-20 where it would count as 0.
  Threshold threshold(int64_t unit, double rate) const;

  /// All there is, for a file: counts of values above and below 0, least and largest values.
  std::vector<Tensor> state() const { return {positive_, negative_, range_}; }
  void restore(const std::vector<Tensor>& state);

 private:
  struct Bin {
    double low, high;
    int64_t count;
  };
  /// In rising order, those with values.
  std::vector<Bin> bins(int64_t unit) const;

  Tensor positive_;  // int64 [units, kBins]
  Tensor negative_;  // the same of −value; no rows while none are expected
  Tensor range_;     // float [units, 2]
};

}  // namespace limpid
