// SPDX-License-Identifier: Apache-2.0
#include "train/optimizer.h"

#include <torch/optim/adam.h>
#include <torch/optim/adamw.h>
#include <torch/optim/sgd.h>

#include "limpid/core/error.h"

namespace limpid {
namespace {

using Options = torch::optim::OptimizerOptions;
using States = std::remove_reference_t<decltype(std::declval<torch::optim::Optimizer>().state())>;

/// The key of a parameter's state: its address, as text in libtorch 1.
template <class Key>
Key key_made(const Tensor& parameter) {
  if constexpr (std::is_same_v<Key, std::string>) {
    return c10::guts::to_string(parameter.unsafeGetTensorImpl());
  } else {
    return parameter.unsafeGetTensorImpl();
  }
}

States::key_type key_of(const Tensor& parameter) { return key_made<States::key_type>(parameter); }

std::unique_ptr<Options> options_of(const TrainSettings& settings, double decay) {
  const double rate = settings.learning_rate;
  if (settings.optimizer == OptimizerKind::adam)
    return std::make_unique<torch::optim::AdamOptions>(torch::optim::AdamOptions(rate).weight_decay(decay));
  if (settings.optimizer == OptimizerKind::adamw)
    return std::make_unique<torch::optim::AdamWOptions>(torch::optim::AdamWOptions(rate).weight_decay(decay));
  return std::make_unique<torch::optim::SGDOptions>(
      torch::optim::SGDOptions(rate).momentum(settings.momentum).weight_decay(decay));
}

std::vector<torch::optim::OptimizerParamGroup> groups_of(const TrainSettings& settings,
                                                         const std::vector<Tensor>& parameters) {
  std::vector<Tensor> decayed, others;
  for (const Tensor& parameter : parameters) (parameter.dim() > 1 ? decayed : others).push_back(parameter);
  std::vector<torch::optim::OptimizerParamGroup> groups;
  groups.emplace_back(decayed, options_of(settings, settings.weight_decay));
  groups.emplace_back(others, options_of(settings, 0));
  return groups;
}

std::unique_ptr<torch::optim::Optimizer> made(const TrainSettings& settings, const std::vector<Tensor>& parameters) {
  const auto groups = groups_of(settings, parameters);
  if (settings.optimizer == OptimizerKind::adam)
    return std::make_unique<torch::optim::Adam>(groups, torch::optim::AdamOptions(settings.learning_rate));
  if (settings.optimizer == OptimizerKind::adamw)
    return std::make_unique<torch::optim::AdamW>(groups, torch::optim::AdamWOptions(settings.learning_rate));
  return std::make_unique<torch::optim::SGD>(groups, torch::optim::SGDOptions(settings.learning_rate));
}

template <class State>
void take_moments(const States& states, const Tensor& parameter, std::vector<Tensor>& all) {
  const auto found = states.find(key_of(parameter));
  if (found == states.end()) return;
  const auto& state = static_cast<const State&>(*found->second);
  all.push_back(at::scalar_tensor(state.step(), at::kLong));
  all.push_back(state.exp_avg());
  all.push_back(state.exp_avg_sq());
}

Tensor beside(const Tensor& parameter, const Tensor& value) {
  return dense(value.to(parameter.device(), value.scalar_type(), false, true));
}

template <class State>
void set_moments(States& states, const Tensor& parameter, const Tensor* values) {
  auto state = std::make_unique<State>();
  state->step(values[0].item<int64_t>());
  state->exp_avg(beside(parameter, values[1]));
  state->exp_avg_sq(beside(parameter, values[2]));
  states[key_of(parameter)] = std::move(state);
}

void take_momentum(const States& states, const Tensor& parameter, std::vector<Tensor>& all) {
  const auto found = states.find(key_of(parameter));
  if (found == states.end()) return;
  all.push_back(static_cast<const torch::optim::SGDParamState&>(*found->second).momentum_buffer());
}

void set_momentum(States& states, const Tensor& parameter, const Tensor& value) {
  auto state = std::make_unique<torch::optim::SGDParamState>();
  state->momentum_buffer(beside(parameter, value));
  states[key_of(parameter)] = std::move(state);
}

}  // namespace

Optimizer::Optimizer(const TrainSettings& settings, std::vector<Tensor> parameters)
    : settings_(settings), parameters_(std::move(parameters)), optimizer_(made(settings, parameters_)) {}

Optimizer::~Optimizer() = default;

void Optimizer::clear_gradients() {
  for (const Tensor& parameter : parameters_) parameter.mutable_grad() = Tensor();
}

void Optimizer::clip_gradients() const {
  const at::NoGradGuard no_grad;
  double squares = 0;
  for (const Tensor& parameter : parameters_)
    if (parameter.grad().defined()) squares += parameter.grad().square().sum(at::kDouble).item<double>();
  const double norm = std::sqrt(squares);
  if (!(norm > settings_.clip)) return;
  for (const Tensor& parameter : parameters_)
    if (parameter.grad().defined()) parameter.mutable_grad().mul_(settings_.clip / norm);
}

void Optimizer::step(double learning_rate) {
  if (settings_.clip > 0) clip_gradients();
  for (auto& group : optimizer_->param_groups()) group.options().set_lr(learning_rate);
  optimizer_->step();
}

std::vector<Tensor> Optimizer::state() const {
  std::vector<Tensor> all;
  for (const Tensor& parameter : parameters_) {
    if (settings_.optimizer == OptimizerKind::adam)
      take_moments<torch::optim::AdamParamState>(optimizer_->state(), parameter, all);
    else if (settings_.optimizer == OptimizerKind::adamw)
      take_moments<torch::optim::AdamWParamState>(optimizer_->state(), parameter, all);
    else
      take_momentum(optimizer_->state(), parameter, all);
  }
  const size_t each = settings_.optimizer == OptimizerKind::sgd ? 1 : 3;
  if (all.size() != each * optimizer_->state().size()) fail("this libtorch keeps the state of optimisers otherwise");
  return all;
}

void Optimizer::set_state(const std::vector<Tensor>& state) {
  if (state.empty()) return;  // of before the first step
  const size_t each = settings_.optimizer == OptimizerKind::sgd ? 1 : 3;
  if (state.size() != each * parameters_.size())
    fail("the optimiser's state has ", state.size(), " tensors; expected ", each * parameters_.size());
  for (size_t i = 0; i < parameters_.size(); ++i) {
    const Tensor* const values = &state[each * i];
    for (size_t k = each == 3 ? 1 : 0; k < each; ++k)
      if (values[k].sizes() != parameters_[i].sizes()) fail("the optimiser's state is of another network");
    if (settings_.optimizer == OptimizerKind::adam)
      set_moments<torch::optim::AdamParamState>(optimizer_->state(), parameters_[i], values);
    else if (settings_.optimizer == OptimizerKind::adamw)
      set_moments<torch::optim::AdamWParamState>(optimizer_->state(), parameters_[i], values);
    else
      set_momentum(optimizer_->state(), parameters_[i], values[0]);
  }
}

}  // namespace limpid
