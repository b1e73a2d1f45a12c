// SPDX-License-Identifier: Apache-2.0
#pragma once
// Testing with concept activation vectors (kim2018): whether a class rests on a concept, and where the concept is.

#include <vector>

#include "limpid/concepts/probe.h"
#include "limpid/concepts/significance.h"
#include "limpid/explain/propagate.h"

namespace limpid {

/// `sets` of `size` numbers below `pool`, drawn without replacement: those used least come first, so that all are
/// disjoint where the pool is large enough, and neighbours (the last and the first too) always are. Throws where the
/// pool has fewer than three times `size`.
std::vector<std::vector<int64_t>> random_sets(int64_t pool, int64_t sets, int64_t size, uint64_t seed);

/// A layer's activations as the rows that concept vectors are made of, float32 [N, F] on the CPU: all of the map
/// [N, K, h, w], or, `pooled`, its mean over positions.
Tensor concept_features(const Tensor& maps, bool pooled);

/// Derivatives of a class's score along concept vectors at one layer, prepared once.
class ConceptSensitivity {
 public:
  ConceptSensitivity(const Network& network, const Probe& probe, bool pooled);

  /// The gradient of each image's score for the class at the layer as rows [N, F], one walk for all concepts;
  /// `pooled`: for a change that is the same at every position, [N, K].
  Tensor gradients(const Activations& activations, int64_t class_index) const;

 private:
  const Network* network_;
  Walk walk_;
  bool pooled_;
};

/// The share of derivatives [.., M] above 0, double [..]; one that is exactly 0 counts half, so that the scores of a
/// vector and of its opposite add up to 1.
Tensor tcav_scores(const Tensor& derivatives);

/// A concept's scores with CAVs against R random sets, held against scores of random sets against each other.
struct ConceptTest {
  MeanInterval score;
  TTest test;
  double adjusted;  // Bonferroni: p · tests, at most 1
  bool significant;
};
ConceptTest concept_test(const std::vector<double>& scores, const std::vector<double>& random, int64_t tests,
                         double level = .05);

/// Where concepts speak in a batch's inputs: the parts f ⊙ v of a layer's map f along concept vectors v [V, F].
class ConceptResponses {
 public:
  ConceptResponses(const Network& network, const Probe& probe, const Composite& composite, bool pooled);

  struct Maps {
    Tensor projections;  // [N, V, h, w]: Σ over channels of f ⊙ v; their sum is f · v
    Tensor responses;    // [N, V, H, W]: max(f ⊙ v, 0) carried back to the input, channels summed
  };
  Maps operator()(const Activations& activations, const Tensor& vectors, int64_t memory = int64_t{1} << 30) const;

 private:
  const Network* network_;
  Probe probe_;
  Walk walk_;
  bool pooled_;
};

}  // namespace limpid
