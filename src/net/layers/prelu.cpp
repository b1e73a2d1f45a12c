// SPDX-License-Identifier: Apache-2.0
#include <ATen/ATen.h>

#include "limpid/net/operator.h"
#include "net/layers.h"
#include "net/layers/axes.h"
#include "net/layers/elementwise.h"

namespace limpid {

using namespace elementwise;

namespace {

Tensor prelu_value(const Layer& layer, const Tensor& x) { return at::where(x > 0, x, x * layer.parameters[0]); }
Tensor prelu_slope(const Layer& layer, const Tensor& x, const Tensor&) {
  return at::where(x > 0, at::ones_like(x), layer.parameters[0].expand_as(x));
}

std::optional<Layer> read_prelu(const Operator& op) {
  const Tensor& slope = op.constant(1, "slope");
  if (slope.dim() >= rank_of(op) && slope.size(0) != 1) op.unsupported("the slope differs between images of a batch");
  return Layer{&prelu, {}, {slope.dim() == rank_of(op) ? slope.squeeze(0) : slope}};
}

void write_prelu(const Layer& layer, OperatorWriter& out) {
  out.add("PRelu", {out.inputs()[0], out.constant(layer.parameters[0])});
}

}  // namespace

const LayerType prelu = {"prelu",
                         "x where positive, else a learned slope times x",
                         Role::kActivation,
                         {"slope"},
                         forward<prelu_value>,
                         adjoint<prelu_slope>,
                         {"PRelu"},
                         read_prelu,
                         write_prelu};

}  // namespace limpid
