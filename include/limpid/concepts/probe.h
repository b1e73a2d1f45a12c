// SPDX-License-Identifier: Apache-2.0
#pragma once
// What the units of some layers do over a data set, batch by batch: the one stream behind all global explanations.

#include <functional>
#include <string>
#include <vector>

#include "limpid/core/progress.h"
#include "limpid/data/dataset.h"
#include "limpid/net/network.h"

namespace limpid {

/// A convolution whose units are looked at.
struct Probe {
  std::string layer;  // its name
  int convolution;    // its node
  int node;           // whose values are its feature map
  int64_t units, rows, columns;
};

/// Those of `convolutions_named`; no names: all that have a map with more than one position.
std::vector<Probe> probes_of(const Network& network, const std::vector<std::string>& layers);

/// One batch of N examples, on the network's device.
struct ProbeBatch {
  int64_t first;                 // the number of its first example in the data set
  Tensor inputs;                 // [N, …]
  Tensor labels;                 // int64 [N], on the CPU
  std::vector<Tensor> features;  // a probe each: [N, units, rows, columns], what `features_of` gives
  Tensor logits;                 // [N, classes]

  int64_t images() const { return inputs.size(0); }
};

struct ProbePlan {
  int64_t batch = 16;
  int64_t loading = 1;  // threads that make batches
  int64_t first = 0;    // batches to pass over: that many were seen by an earlier run
  Progress progress = {};
};

/// Hands the batches of normalised data to `visit`, in order. Only one batch's values are there at a time. Progress
/// counts examples; what it throws is passed on before the next batch is seen. Throws where logits are not finite.
void probe(const Network& network, const std::vector<Probe>& probes, const Dataset& data, const ProbePlan& plan,
           const std::function<void(const ProbeBatch&)>& visit);

/// The same of inputs [N, …] that are there, as number `first` of the data.
ProbeBatch probed(const Network& network, const std::vector<Probe>& probes, const Tensor& inputs, int64_t first = 0);

}  // namespace limpid
