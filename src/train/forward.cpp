// SPDX-License-Identifier: Apache-2.0
#include "train/forward.h"

#include <ATen/ATen.h>
#include <torch/csrc/autograd/custom_function.h>

#include "limpid/core/random.h"
#include "train/convolution.h"
#include "train/dropout.h"
#include "train/rectify.h"

namespace limpid {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/// A layer without parameters, both ways as explanations run it.
struct ByAdjoint : torch::autograd::Function<ByAdjoint> {
  static Tensor forward(AutogradContext* context, const Tensor& input, const Layer* layer) {
    Tensor memory;
    Tensor output = layer->type->forward(*layer, {input}, &memory);
    context->save_for_backward({input, memory});
    context->saved_data["layer"] = reinterpret_cast<int64_t>(layer);
    return output;
  }

  static variable_list backward(AutogradContext* context, const variable_list& signals) {
    const variable_list kept = context->get_saved_variables();
    const auto* layer = reinterpret_cast<const Layer*>(context->saved_data["layer"].toInt());
    const Tensor none;
    return {layer->type->adjoint(*layer)({{kept[0]}, none, kept[1], signals[0], 1})[0], Tensor()};
  }
};

/// How nodes are run beside their own forward functions, where that is faster and comes to the same.
class Plan {
 public:
  explicit Plan(const Network& network) : network_(network), users_(network.nodes.size()) {
    for (int i = 1; i <= network.output; ++i)
      for (const int input : network[i].inputs) users_[static_cast<size_t>(input)].push_back(i);
  }

  /// A ReLU right before a max pooling may go behind it, where maps are smaller.
  bool is_put_off(int i) const {
    return is(i, "relu") && share(i) == 0 && only_user(i) > 0 && is(only_user(i), "max_pool");
  }
  bool takes_over(int i) const { return is(i, "max_pool") && is_put_off(network_[i].inputs[0]); }

  /// A ReLU may write over what a linear layer computed for it alone: no gradient asks for that.
  bool in_place(int i) const {
    if (!is(i, "relu")) return false;
    const int before = network_[i].inputs[0];
    const Role role = network_[before].layer.type->role;
    return only_user(before) == i && share(before) == 0 && (role == Role::kConvolution || role == Role::kDense);
  }

  double share(int i) const { return network_[i].layer.attributes.number("dropout", 0); }
  bool is(int i, const char* type) const { return network_[i].layer.type->name == type; }

 private:
  /// 0 where there are several, or none.
  int only_user(int i) const {
    const auto& all = users_[static_cast<size_t>(i)];
    return all.size() == 1 && i != network_.output ? all[0] : 0;
  }

  const Network& network_;
  std::vector<std::vector<int>> users_;
};

std::vector<Tensor> inputs_of(const Node& node, const std::vector<Tensor>& values) {
  std::vector<Tensor> inputs;
  for (const int index : node.inputs) {
    const Tensor& value = values[static_cast<size_t>(index)];
    const bool has_weight = !node.layer.type->train && !node.layer.parameters.empty();
    inputs.push_back(has_weight ? value.to(node.layer.parameters[0].scalar_type()) : value);
  }
  return inputs;
}

Tensor value_of(const Plan& plan, int i, const Layer& layer, const std::vector<Tensor>& inputs) {
  if (plan.is_put_off(i)) return inputs[0];
  if (plan.in_place(i)) return rectified_in_place(inputs[0]);
  if (plan.is(i, "max_pool")) {
    const Tensor pooled = ByAdjoint::apply(inputs[0], &layer);
    return plan.takes_over(i) ? rectified_in_place(pooled) : pooled;
  }
  if (has_faster_convolution(layer)) return faster_convolution(layer, inputs[0]);
  return layer.type->train ? layer.type->train(layer, inputs) : layer.type->forward(layer, inputs, nullptr);
}

}  // namespace

Tensor training_logits(const Network& network, const Tensor& input, uint64_t seed) {
  const Plan plan(network);
  std::vector<Tensor> values(network.nodes.size());
  values[0] = dense(input);
  for (int i = 1; i <= network.output; ++i) {
    Tensor value = value_of(plan, i, network[i].layer, inputs_of(network[i], values));
    if (const double share = plan.share(i); share > 0)
      value = left_out(value, share, mixed_seed({seed, static_cast<uint64_t>(i)}));
    values[static_cast<size_t>(i)] = value;
  }
  return values[static_cast<size_t>(network.output)];
}

}  // namespace limpid
