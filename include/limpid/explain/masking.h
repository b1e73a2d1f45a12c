// SPDX-License-Identifier: Apache-2.0
#pragma once
// The masking experiment: is what speaks for the true class enough for the decision, and is it needed (Kumar 2017,
// table 1)?

#include <vector>

#include "limpid/core/progress.h"
#include "limpid/explain/clear.h"

namespace limpid {

struct MaskingOptions {
  std::vector<double> thresholds = {0, .02, .05, .1};  // t: the mask is R⁺(x|true) > t · max, channels summed
  Tensor background = {};                              // what removed pixels become, [C, 1, 1]; undefined: 0
  int64_t batch = 64;
  uint64_t seed = 0;
  Progress progress = {};
};

/// Accuracies over all inputs for one threshold. The control keeps and removes as many random pixels instead, both
/// counted among those that differ from the background (the ink).
struct MaskingResult {
  double threshold;
  double full, kept, removed;
  double random_kept, random_removed;
  double area;  // mean share of the pixels inside the mask
};

/// How a batch's class responses are obtained, for example class_map_response with linear_composite().
using ResponseOf = std::function<ClassResponse(const Network&, const Activations&)>;

/// inputs [N, C, H, W] and labels [N] (int64).
std::vector<MaskingResult> masking_experiment(const Network& network, const Tensor& inputs, const Tensor& labels,
                                              const ResponseOf& response, const MaskingOptions& options);

}  // namespace limpid
