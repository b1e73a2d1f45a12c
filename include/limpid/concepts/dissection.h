// SPDX-License-Identifier: Apache-2.0
#pragma once
// Network dissection (bau2017): which units of a layer are detectors of a concept that people have marked.

#include <vector>

#include "limpid/concepts/probe.h"
#include "limpid/concepts/unit_statistics.h"
#include "limpid/data/concept_set.h"

namespace limpid {

/// T_k for each unit of a layer, double [K]: the value that a share of `rate` of its activations exceed, read from
/// histograms, so within 1/64 of it; 2^-20 where fewer are above 0.
Tensor dissection_thresholds(const LayerStatistics& layer, double rate = .005);

/// How many pixels of an input each unit's mask M_k = up(A_k) ≥ T_k has, and how many of these each concept shares.
struct MaskCounts {
  Tensor mask;    // int64 [K]
  Tensor shared;  // int64 [K, C]
};

/// maps [K, h, w] on the CPU, up-sampled bilinearly (half-pixel centres) to rows × columns; `masks` uint8
/// [C, rows, columns]. Only where one of a pixel's four neighbours reaches the threshold is anything interpolated:
/// elsewhere a mean of them cannot.
MaskCounts count_masks(const Tensor& maps, const Tensor& thresholds, const Tensor& masks);

/// The mask of one unit, uint8 [rows, columns], for pictures. map [h, w].
Tensor unit_mask(const Tensor& map, double threshold, int64_t rows, int64_t columns);

/// Sums over a data set: IoU_{k,c} = Σ |M_k ∩ L_c| / Σ |M_k ∪ L_c|, over the inputs that show any concept.
class Dissection {
 public:
  Dissection(const std::vector<Probe>& probes, std::vector<Tensor> thresholds, int64_t concepts);

  /// Takes in example n of a batch with the concepts it shows and their masks, [rows, columns] the input's; nothing
  /// where it shows none.
  void add(const ProbeBatch& batch, int64_t n, const std::vector<ConceptMask>& masks);

  /// double [K, C]; NaN where neither the unit nor the concept has a pixel.
  Tensor iou(size_t layer) const;
  const std::vector<Tensor>& thresholds() const { return thresholds_; }

  /// int64, a layer each: pixels of M_k [K], and those of them that are of c [K, C].
  struct Sums {
    Tensor mask, shared;
  };
  std::vector<Sums> sums;
  Tensor marked, examples;  // int64 [C]: pixels of each concept, inputs that show it

 private:
  std::vector<Tensor> thresholds_;
};

/// A unit and the concept that it overlaps most.
struct Detector {
  int64_t unit, concept_index;
  double iou;
};

/// Each unit's best concept, in order of the units; those with an IoU above the level are detectors.
std::vector<Detector> best_concepts(const Tensor& iou);

}  // namespace limpid
