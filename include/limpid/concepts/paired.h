// SPDX-License-Identifier: Apache-2.0
#pragma once
// How sure a number over images is, and whether two numbers of the same images differ.

#include <vector>

#include "limpid/concepts/significance.h"
#include "limpid/core/tensor.h"

namespace limpid {

/// Means of the columns of values [N, C] over N rows drawn with replacement, double [draws, C] (efron1979). A draw has
/// the same rows for all columns, so that ratios and differences of columns may be taken draw by draw.
Tensor bootstrap_means(const Tensor& values, int64_t draws, uint64_t seed);

struct Interval {
  double low, high;
};

/// Between the quantiles of the numbers that leave (1 − confidence) / 2 at each end; numbers that are NaN are left out.
Interval percentile_interval(const Tensor& numbers, double confidence = .95);

/// Student's test of the differences one − other of pairs; where none varies, p is 1 for no difference and 0 for one.
TTest paired_t_test(const std::vector<double>& one, const std::vector<double>& other);

/// The two-sided p of Wilcoxon's signed ranks (wilcoxon1945): pairs without a difference are left out, like differences
/// share their ranks. Exact up to 200 pairs, beyond by the normal distribution. 1 where no pair differs.
double signed_rank_test(const std::vector<double>& one, const std::vector<double>& other);

}  // namespace limpid
