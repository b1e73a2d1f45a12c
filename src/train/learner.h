// SPDX-License-Identifier: Apache-2.0
#pragma once
// One step of training: forward, loss, backward, optimiser.

#include "limpid/data/loader.h"
#include "train/optimizer.h"

namespace limpid {

struct StepResult {
  double loss;  // mean over the batch, as it is minimised
  int64_t right;
};

class Learner {
 public:
  /// `class_weights` [K] or undefined.
  Learner(const Network& start, const TrainSettings& settings, Tensor class_weights);

  StepResult step(const Batch& batch, double learning_rate, uint64_t seed);

  /// The network as it is now: its parameters change with the next step.
  const Network& network() const { return network_; }
  at::Device device() const { return options_of(network_).device(); }
  Optimizer& optimizer() { return *optimizer_; }
  const Optimizer& optimizer() const { return *optimizer_; }

  /// Copies of all parameters, statistics too.
  std::vector<Tensor> parameters() const;
  /// Throws where they do not fit.
  void set_parameters(const std::vector<Tensor>& values);

 private:
  TrainSettings settings_;
  Network network_;
  Tensor class_weights_;
  std::unique_ptr<Optimizer> optimizer_;
};

}  // namespace limpid
