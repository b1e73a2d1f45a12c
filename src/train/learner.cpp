// SPDX-License-Identifier: Apache-2.0
#include "train/learner.h"

#include <ATen/ATen.h>

#include "limpid/core/error.h"
#include "limpid/net/training.h"
#include "train/forward.h"

namespace limpid {
namespace {

/// Convolutions and dense layers with their weights in bfloat16; gradients go back to the float32 ones.
Network in_bfloat16(const Network& network) {
  Network low = network;
  for (Node& node : low.nodes) {
    const Role role = node.layer.type->role;
    if (role != Role::kConvolution && role != Role::kDense) continue;
    for (Tensor& parameter : node.layer.parameters)
      if (parameter.defined()) parameter = parameter.to(at::kBFloat16);
  }
  return low;
}

std::vector<Tensor> learned_parameters(const Network& network) {
  std::vector<Tensor> all;
  for (const Node& node : network.nodes)
    for (size_t i = 0; i < node.layer.parameters.size(); ++i)
      if (is_learned(node.layer, i)) all.push_back(node.layer.parameters[i].requires_grad_(true));
  if (all.empty()) fail("the network has no weights; there is nothing to train");
  return all;
}

template <class Act>
void each_parameter(const Network& network, const Act& act) {
  for (const Node& node : network.nodes)
    for (const Tensor& parameter : node.layer.parameters)
      if (parameter.defined()) act(parameter);
}

}  // namespace

Learner::Learner(const Network& start, const TrainSettings& settings, Tensor class_weights)
    : settings_(settings),
      network_(trainable(start)),
      class_weights_(std::move(class_weights)),
      optimizer_(std::make_unique<Optimizer>(settings, learned_parameters(network_))) {
  if (class_weights_.defined()) class_weights_ = class_weights_.to(device());
}

StepResult Learner::step(const Batch& batch, double learning_rate, uint64_t seed) {
  const at::AutoGradMode learning(true);
  optimizer_->clear_gradients();
  const Network& network = settings_.bfloat16 ? in_bfloat16(network_) : network_;
  const Tensor scores = training_logits(network, batch.inputs.to(device()), seed).to(at::kFloat);
  const Tensor labels = batch.labels.to(device());
  const Tensor loss =
      at::cross_entropy_loss(scores, labels, class_weights_, at::Reduction::Mean, -100, settings_.label_smoothing);
  const auto value = loss.item<double>();
  if (!std::isfinite(value))
    fail("the loss is ", value, " in epoch ", batch.epoch + 1, ", batch ", batch.number + 1,
         "; a smaller learning rate, a warm-up or clipped gradients may do");
  loss.backward();
  optimizer_->step(learning_rate);
  return {value, scores.detach().argmax(1).eq(labels).sum().item<int64_t>()};
}

std::vector<Tensor> Learner::parameters() const {
  std::vector<Tensor> all;
  each_parameter(network_, [&](const Tensor& parameter) { all.push_back(parameter.detach().clone()); });
  return all;
}

void Learner::set_parameters(const std::vector<Tensor>& values) {
  const at::NoGradGuard no_grad;
  size_t i = 0;
  each_parameter(network_, [&](const Tensor& parameter) {
    if (i >= values.size() || values[i].sizes() != parameter.sizes()) fail("the checkpoint is of another network");
    parameter.copy_(values[i++]);
  });
  if (i != values.size()) fail("the checkpoint is of another network");
}

}  // namespace limpid
