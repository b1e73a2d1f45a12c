// SPDX-License-Identifier: Apache-2.0
#pragma once
// Concept activation vectors (kim2018): the direction in a layer's activations from random inputs to a concept's
// exemplars.

#include <vector>

#include "limpid/core/tensor.h"

namespace limpid {

/// Two sets of examples, by the numbers of their rows.
struct Contrast {
  std::vector<int64_t> toward, from;
};

struct ConceptVectorOptions {
  double l2 = .01;           // in units of the mean squared distance of a contrast's examples from their mean
  double held_out = 1. / 3;  // share of each set for the accuracy; at least one example
  uint64_t seed = 0;         // which are held out
};

struct ConceptVectors {
  Tensor vectors;                  // float32 [V, F], a contrast each, of length 1; 0 where all its examples are alike
  std::vector<double> accuracies;  // mean of the shares of both sets that are told, on held-out examples
};

/// The normals of logistic regressions, toward the first set of each contrast. Minimised is the mean loss over both
/// sets, each with half of the weight, + l2/2 · σ² |w|², the bias free, by Newton's method in the span of the examples:
/// its cost in F is that of one Gram matrix of all rows. The vector rests on all examples, the accuracy on a fit
/// without those held out. Rows in another order give the same to rounding. activations: float32 [N, F] on the CPU,
/// finite; each set has at least two examples.
ConceptVectors concept_vectors(const Tensor& activations, const std::vector<Contrast>& contrasts,
                               const ConceptVectorOptions& options = {});

}  // namespace limpid
