// SPDX-License-Identifier: Apache-2.0
#include <ATen/ATen.h>

#include "limpid/net/operator.h"
#include "net/layers.h"
#include "net/layers/axes.h"

namespace limpid {
namespace {

// Krizhevsky 2012, 3.3: y = x d^−beta with d = bias + alpha / size · Σ x² over `size` neighbouring channels.

int64_t size(const Layer& layer) { return layer.attributes.integer("size", 5); }
double alpha(const Layer& layer) { return layer.attributes.number("alpha", 1e-4); }
double beta(const Layer& layer) { return layer.attributes.number("beta", 0.75); }
double bias(const Layer& layer) { return layer.attributes.number("bias", 1); }

// The sum over windows of the channel axis that reach from `before` in front to `after` behind each channel.
Tensor window_sum(const Tensor& x, int64_t axis, int64_t before, int64_t after) {
  const int64_t channels = x.size(axis);
  Tensor sum = x.clone();
  for (int64_t shift = -before; shift <= after; ++shift) {
    const int64_t kept = channels - std::abs(shift);
    if (shift == 0 || kept <= 0) continue;
    const int64_t to = std::max<int64_t>(0, -shift), from = std::max<int64_t>(0, shift);
    sum.narrow(axis, to, kept).add_(x.narrow(axis, from, kept));
  }
  return sum;
}

Tensor denominator(const Layer& layer, const Tensor& x) {
  const int64_t before = (size(layer) - 1) / 2, after = size(layer) / 2;
  return window_sum(x * x, 1, before, after) * (alpha(layer) / static_cast<double>(size(layer))) + bias(layer);
}

Tensor lrn_forward(const Layer& layer, const std::vector<Tensor>& inputs, Tensor*) {
  return dense(inputs[0] * at::pow(denominator(layer, inputs[0]), -beta(layer)));
}

Step lrn_adjoint(const Layer& layer) {
  return [layer](const Visit& visit) {
    const Tensor& x = visit.inputs[0];
    const Tensor d = denominator(layer, x), gain = at::pow(d, -beta(layer));
    const int64_t before = (size(layer) - 1) / 2, after = size(layer) / 2;
    const double factor = -2 * alpha(layer) * beta(layer) / static_cast<double>(size(layer));
    // A channel stands in the denominators of the channels whose window reaches it: the window the other way round.
    const Tensor through = window_sum(times(visit.signal, x * gain / d, visit.seeds), 1, after, before);
    return std::vector<Tensor>{dense(times(visit.signal, gain, visit.seeds) + times(through, factor * x, visit.seeds))};
  };
}

std::optional<Layer> read_lrn(const Operator& op) {
  if (op.attributes.integer("size", 0) < 1) op.unsupported("size is missing or less than 1");
  return Layer{&lrn, op.attributes};
}

void write_lrn(const Layer& layer, OperatorWriter& out) {
  out.add("LRN", {out.inputs()[0]},
          {{"size", size(layer)}, {"alpha", alpha(layer)}, {"beta", beta(layer)}, {"bias", bias(layer)}});
}

std::optional<Reach> lrn_reach(const Layer& layer) { return Reach{layer}; }

}  // namespace

const LayerType lrn = {"lrn",
                       "local response normalisation over neighbouring channels",
                       Role::kNormalization,
                       {},
                       lrn_forward,
                       lrn_adjoint,
                       {"LRN"},
                       read_lrn,
                       write_lrn,
                       lrn_reach};

}  // namespace limpid
