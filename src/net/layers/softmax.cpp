// SPDX-License-Identifier: Apache-2.0
#include <ATen/ATen.h>

#include "limpid/net/operator.h"
#include "net/layers.h"
#include "net/layers/axes.h"

namespace limpid {
namespace {

int64_t axis_of(const Layer& layer) { return layer.attributes.integer("axis", 1); }

Tensor softmax_forward(const Layer& layer, const std::vector<Tensor>& inputs, Tensor*) {
  return dense(at::softmax(inputs[0], axis_of(layer)));
}

Step softmax_adjoint(const Layer& layer) {
  return [axis = axis_of(layer)](const Visit& visit) {
    const Tensor weighted = times(visit.signal, visit.output, visit.seeds);
    return std::vector<Tensor>{dense(weighted - times(weighted.sum(axis, true), visit.output, visit.seeds))};
  };
}

Tensor log_softmax_forward(const Layer& layer, const std::vector<Tensor>& inputs, Tensor*) {
  return dense(at::log_softmax(inputs[0], axis_of(layer)));
}

Step log_softmax_adjoint(const Layer& layer) {
  return [axis = axis_of(layer)](const Visit& visit) {
    const Tensor all = visit.signal.sum(axis, true);
    return std::vector<Tensor>{dense(visit.signal - times(all, at::exp(visit.output), visit.seeds))};
  };
}

template <const LayerType& type>
std::optional<Layer> read_softmax(const Operator& op) {
  return Layer{&type, {{"axis", image_axis(op, op.attributes.integer("axis", -1), rank_of(op))}}};
}

void write_softmax(const Layer& layer, OperatorWriter& out) {
  out.add(layer.type->operators.front(), {out.inputs()[0]}, {{"axis", axis_of(layer)}});
}

}  // namespace

const LayerType softmax = {"softmax",       "exponentials over their sum along an axis",
                           Role::kSoftmax,  {},
                           softmax_forward, softmax_adjoint,
                           {"Softmax"},     read_softmax<softmax>,
                           write_softmax};

const LayerType log_softmax = {
    "log_softmax",  "the logarithm of softmax", Role::kSoftmax, {}, log_softmax_forward, log_softmax_adjoint,
    {"LogSoftmax"}, read_softmax<log_softmax>,  write_softmax};

}  // namespace limpid
