// SPDX-License-Identifier: Apache-2.0
#pragma once
// How invariant units are (goodfellow2009): how much more often a unit fires at what drives it, shifted, turned, scaled
// or made brighter, than anywhere.

#include <string>
#include <utility>
#include <vector>

#include "limpid/concepts/probe.h"
#include "limpid/concepts/unit_statistics.h"

namespace limpid {

/// One change of an input, about its middle.
struct Transformation {
  size_t kind;                   // of transformation_kinds
  double amount;                 // share of the side; degrees; factor; share of the range of values
  double rows = 0, columns = 0;  // of a translation: its direction
};

inline const std::vector<std::string> transformation_kinds = {"translation", "rotation", "scale", "brightness"};

/// Those that units are tried with.
const std::vector<Transformation>& transformations();

/// Inputs [N, C, H, W] changed: bilinear, the border goes on beyond the border; values stay within `low` and `high`
/// [C, 1, 1], which may be undefined: the range is each input's own then.
Tensor transformed(const Tensor& inputs, const Transformation& how, const Tensor& low = {}, const Tensor& high = {});

/// Where a point of an input goes, in pixels.
std::pair<double, double> moved_point(const Transformation& how, double row, double column, int64_t rows,
                                      int64_t columns);

/// A unit fires at a position where its activation reaches its threshold t, the largest that a share of at least
/// `rate` of all its activations reach: the global rate G is that share. In an input where the unit's largest
/// activation does, the position of that is followed through each transformation: the local rate L is the share of the
/// transformed inputs in which the unit still fires there (at the nearest position; those that leave the map do not
/// count). The score is S = L / max(G, rate), at most 1 / rate; 1 for a unit that always fires. Of a unit that is above
/// 0 more rarely than `rate`, G is less, and L / G would be as large as one pleases.
class UnitInvariance {
 public:
  /// `statistics` are of the same probes.
  UnitInvariance(const Network& network, const std::vector<Probe>& probes, const UnitStatistics& statistics,
                 double rate = .01);

  /// Takes inputs [N, C, H, W] in.
  void add(const Tensor& inputs, const Tensor& low = {}, const Tensor& high = {});

  double global_rate(size_t layer, int64_t unit) const;
  /// L and S over the transformations of one kind; NaN where the unit fired in no input.
  double local_rate(size_t layer, int64_t unit, size_t kind) const;
  double score(size_t layer, int64_t unit, size_t kind) const;
  /// The mean local rate of a layer's units under one transformation, and of their scores the mean of the top fifth
  /// under one kind: the paper's score of a network, here of a layer; NaN where none fired.
  double layer_rate(size_t layer, size_t transformation) const;
  double layer_score(size_t layer, size_t kind) const;

  /// int64 [K, T], a layer each: how often a unit fired in transformed inputs, and in how many it was tried.
  struct Counts {
    Tensor fired, tried;
  };
  std::vector<Counts> counts;

 private:
  const Network* network_;
  double rate_;
  std::vector<Probe> probes_;
  std::vector<Tensor> thresholds_, rates_;  // float, double [K]
};

}  // namespace limpid
