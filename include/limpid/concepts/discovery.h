// SPDX-License-Identifier: Apache-2.0
#pragma once
// Concepts that nobody named (ghorbani2019): pieces of a class's inputs that are alike in a layer.

#include <string>
#include <vector>

#include "limpid/concepts/attributes.h"

namespace limpid {

/// Numbers of the segments that overlap none before them, of other ways to divide the input, by more than `most`
/// (|∩| / |∪|).
std::vector<int64_t> distinct_segments(const Segmentation& segments, double most = .5);

struct ClusterOptions {
  int64_t count = 25;
  int64_t starts = 10, steps = 300;  // the best of so many beginnings, each of at most so many steps
  uint64_t seed = 0;
};

struct Clusters {
  Tensor centres;      // double [count, F]
  Tensor labels;       // int64 [N]
  Tensor distances;    // double [N], to the own centre
  double inertia = 0;  // sum of their squares
};

/// Lloyd's k-means from centres drawn by k-means++ (arthur2007); a cluster that runs empty begins again at the row
/// farthest from its centre. rows: float32 [N, F] on the CPU, finite, N ≥ count.
Clusters k_means(const Tensor& rows, const ClusterOptions& options = {});

/// By which of the rules of ghorbani2019 (appendix A) a cluster of so many segments, of so many of all inputs, is a
/// concept: "frequent", in more than half of the inputs; "frequent and large", in more than a quarter with more
/// segments than inputs; "large", with more than twice as many; or "" for none.
std::string concept_rule(int64_t segments, int64_t inputs, int64_t all_inputs);

}  // namespace limpid
