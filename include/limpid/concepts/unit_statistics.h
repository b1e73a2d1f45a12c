// SPDX-License-Identifier: Apache-2.0
#pragma once
// What each unit of some layers did over a data set: moments, quantiles, classes, and where it was strongest.

#include <string>
#include <utility>
#include <vector>

#include "limpid/concepts/histogram.h"
#include "limpid/concepts/probe.h"

namespace limpid {

/// Of one layer of K units. A unit's activations are its map's values at all positions of all examples.
struct LayerStatistics {
  UnitHistogram histogram;
  Tensor sum, squares;  // double [K]
  Tensor active;        // int64 [K]: values above 0
  Tensor class_sums;    // double [K, C]: of the means of its maps, by class
  // The t examples in which its largest activation is largest, falling; ties to the lower number; −1: none yet.
  Tensor top_values;  // float [K, t]
  Tensor top_images;  // int64 [K, t]
  Tensor top_places;  // int64 [K, t]: row · columns + column of that activation
};

struct UnitStatistics {
  std::vector<LayerStatistics> layers;  // a probe each
  Tensor class_counts;                  // int64 [C]: examples by class
  int64_t images = 0;

  /// Nothing seen yet. `classes` 0: no classes are told apart.
  UnitStatistics(const std::vector<Probe>& probes, int64_t classes, int64_t top);

  /// Takes a batch in, whose labels are classes; on the CPU.
  void add(const ProbeBatch& batch, const Tensor& labels);

  /// All of it by name, for a file, and back. Throws where it does not fit.
  std::vector<std::pair<std::string, Tensor>> state() const;
  void restore(const std::vector<std::pair<std::string, Tensor>>& state);
};

/// One unit in numbers. NaN where there is nothing to tell.
struct UnitSummary {
  double mean, deviation;  // of its activations
  double sparsity;         // share of them that are not above 0
  double largest;
  std::vector<double> quantiles;  // at unit_quantiles
  double selectivity;  // (μ_max − μ_rest) / (μ_max + μ_rest) (morcos2018), μ the mean of its maps over a class: 0 to 1
  int64_t favourite;  // the class of μ_max; −1: none
};

inline const std::vector<double> unit_quantiles = {.5, .9, .99, .995};

/// `least` examples make a class that counts for selectivity; there must be two such classes.
UnitSummary summary_of(const UnitStatistics& statistics, size_t layer, int64_t unit, int64_t least = 5);

}  // namespace limpid
