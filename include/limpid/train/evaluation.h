// SPDX-License-Identifier: Apache-2.0
#pragma once
// How well a network predicts the labels of a data set.

#include "limpid/core/progress.h"
#include "limpid/data/dataset.h"
#include "limpid/net/network.h"

namespace limpid {

struct ClassScore {
  int64_t examples = 0;
  double recall = 0, precision = 0;  // NaN where nothing is of, or nothing was taken for, the class
};

struct Scores {
  double accuracy = 0, balanced_accuracy = 0;  // the latter is the mean recall of the classes that there are
  double loss = 0;                             // mean cross-entropy, the sum of all classes' binary ones if independent
  double calibration_error = 0;                // ECE over 15 bins of equal width (guo2017)
  std::vector<ClassScore> classes;
  std::vector<std::vector<int64_t>> confusion;  // [true][predicted]
};

/// The logits [N, K], float32, of a network ready to run (canonized, moved) for normalised data, in their order.
Tensor logits_of(const Network& network, const Dataset& data, int64_t batch, int64_t loading = 1,
                 const Progress& progress = {});

/// Ties go to the lowest class. `independent`: the network's last layer was a sigmoid, a class may be told by itself.
Scores scores_of(const Tensor& logits, const Tensor& labels, bool independent = false);

/// Expected calibration error: bins of (lowest, highest] confidence, Σ examples/N · |accuracy − mean confidence|.
double calibration_error(const Tensor& probabilities, const Tensor& labels, int64_t bins = 15);

}  // namespace limpid
