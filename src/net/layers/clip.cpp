// SPDX-License-Identifier: Apache-2.0
#include <ATen/ATen.h>

#include "limpid/net/operator.h"
#include "net/layers.h"
#include "net/layers/elementwise.h"

namespace limpid {

using namespace elementwise;

namespace {

c10::optional<at::Scalar> bound(const Layer& layer, const std::string& name) {
  if (!layer.attributes.has(name)) return c10::nullopt;
  return at::Scalar(layer.attributes.number(name, 0));
}

Tensor clip_value(const Layer& layer, const Tensor& x) {
  const auto low = bound(layer, "min"), high = bound(layer, "max");
  return low || high ? at::clamp(x, low, high) : x;
}

// 0 at the bounds themselves, as PyTorch has it for ReLU6, which is what a Clip nearly always was.
Tensor clip_slope(const Layer& layer, const Tensor& x, const Tensor&) {
  Tensor slope = at::ones_like(x);
  if (const auto low = bound(layer, "min")) slope.masked_fill_(x <= *low, 0);
  if (const auto high = bound(layer, "max")) slope.masked_fill_(x >= *high, 0);
  return slope;
}

void read_bound(const Operator& op, size_t index, const char* name, Attributes& bounds) {
  if (op.has(index)) {
    const Tensor& value = op.constant(index, name);
    if (value.numel() != 1) op.unsupported(std::string(name) + " has " + std::to_string(value.numel()) + " values");
    bounds.set(name, value.item<double>());
  } else if (op.attributes.has(name)) {
    bounds.set(name, op.attributes.number(name, 0));
  }
}

// The larger, or smaller, of a signal and a number.
std::optional<Layer> read_one_bound(const Operator& op) {
  if (op.inputs.size() != 2 || op.signals() != 1) op.unsupported("only a signal against one number is supported");
  const size_t number = op.inputs[0].is_signal ? 1 : 0;
  Attributes bounds;
  read_bound(op, number, op.type == "Max" ? "min" : "max", bounds);
  return Layer{&clip, bounds};
}

std::optional<Layer> read_clip(const Operator& op) {
  if (op.type != "Clip") return read_one_bound(op);
  if (!op.has(0) || !op.inputs[0].is_signal) return std::nullopt;
  Attributes bounds;
  read_bound(op, 1, "min", bounds);
  read_bound(op, 2, "max", bounds);
  return Layer{&clip, bounds};
}

void write_clip(const Layer& layer, OperatorWriter& out) {
  std::vector<std::string> operands = {out.inputs()[0]};
  for (const char* name : {"min", "max"}) {
    operands.push_back(layer.attributes.has(name) ? number(out, layer.attributes.number(name, 0)) : "");
  }
  while (operands.back().empty()) operands.pop_back();
  out.add("Clip", operands);
}

}  // namespace

const LayerType clip = {"clip",
                        "x cut off at min and max (ReLU6: 0 and 6)",
                        Role::kActivation,
                        {},
                        forward<clip_value>,
                        adjoint<clip_slope>,
                        {"Clip", "Max", "Min"},
                        read_clip,
                        write_clip};

}  // namespace limpid
