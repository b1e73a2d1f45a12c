// SPDX-License-Identifier: Apache-2.0
#pragma once
// torch::optim behind one door: parameters, a learning rate for each step, and a state that can be kept.

#include <memory>

#include "limpid/train/trainer.h"

namespace torch::optim {
class Optimizer;
}

namespace limpid {

class Optimizer {
 public:
  Optimizer(const TrainSettings& settings, std::vector<Tensor> parameters);
  ~Optimizer();

  void clear_gradients();
  /// One step with the gradients that the parameters hold, cut to a norm of settings.clip.
  void step(double learning_rate);

  /// All that the next step depends on besides parameters and gradients, a few tensors for each parameter.
  std::vector<Tensor> state() const;
  /// Throws where the tensors are not what state() of such an optimiser gives.
  void set_state(const std::vector<Tensor>& state);

 private:
  void clip_gradients() const;

  TrainSettings settings_;
  std::vector<Tensor> parameters_;
  std::unique_ptr<torch::optim::Optimizer> optimizer_;
};

}  // namespace limpid
