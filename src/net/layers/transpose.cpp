// SPDX-License-Identifier: Apache-2.0
#include <ATen/ATen.h>

#include "limpid/net/operator.h"
#include "net/layers.h"
#include "net/layers/axes.h"

namespace limpid {
namespace {

std::vector<int64_t> inverse(const std::vector<int64_t>& order) {
  std::vector<int64_t> back(order.size());
  for (size_t i = 0; i < order.size(); ++i) back[static_cast<size_t>(order[i])] = static_cast<int64_t>(i);
  return back;
}

// Only strides change: to channels-last layers and back costs nothing.
Tensor transpose_forward(const Layer& layer, const std::vector<Tensor>& inputs, Tensor*) {
  return inputs[0].permute(layer.attributes.integers("perm"));
}

Step transpose_adjoint(const Layer& layer) {
  return [back = inverse(layer.attributes.integers("perm"))](const Visit& visit) {
    return std::vector<Tensor>{visit.signal.permute(back)};
  };
}

std::optional<Layer> read_transpose(const Operator& op) {
  const std::vector<int64_t> order = op.attributes.integers("perm");
  if (order.empty() || order[0] != 0) op.unsupported("the batch does not stay the first axis");
  std::vector<int64_t> sorted = order;
  std::sort(sorted.begin(), sorted.end());
  bool complete = static_cast<int64_t>(order.size()) == rank_of(op);
  for (size_t i = 0; i < sorted.size(); ++i) complete &= sorted[i] == static_cast<int64_t>(i);
  if (!complete) op.unsupported("perm is not an order of " + std::to_string(rank_of(op)) + " axes");
  return Layer{&transpose, {{"perm", order}}};
}

void write_transpose(const Layer& layer, OperatorWriter& out) {
  out.add("Transpose", {out.inputs()[0]}, {{"perm", layer.attributes.integers("perm")}});
}

}  // namespace

const LayerType transpose = {"transpose",       "its axes in another order", Role::kView,   {},
                             transpose_forward, transpose_adjoint,           {"Transpose"}, read_transpose,
                             write_transpose};

}  // namespace limpid
