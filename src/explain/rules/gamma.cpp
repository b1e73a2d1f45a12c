// SPDX-License-Identifier: Apache-2.0
#include <ATen/ATen.h>
#include <fmt/format.h>

#include "explain/rules/weights.h"

namespace limpid {
namespace {

Tensor raised(const Tensor& t, double gamma) { return t.defined() ? t + gamma * t.clamp_min(0) : t; }
Tensor lowered(const Tensor& t, double gamma) { return t.defined() ? t + gamma * t.clamp_max(0) : t; }

Shares::Change raise(double gamma) {
  return {fmt::format("raised {}", gamma), [=](const Tensor& weight) { return raised(weight, gamma); }};
}
Shares::Change lower(double gamma) {
  return {fmt::format("lowered {}", gamma), [=](const Tensor& weight) { return lowered(weight, gamma); }};
}

// Outputs above 0 are explained with their positive contributions raised by γ, outputs below 0 with their negative
// ones (the generalisation of Montavon 2019 to inputs of any sign by Andéol 2021); outputs of exactly 0 hand on
// nothing.
struct Favoured {
  Shares up, down;
  Tensor up_bias, down_bias;
  double stabilizer;

  Favoured(const Layer& layer, double gamma, double stabilizer)
      : up(layer, "gamma", raise(gamma), lower(gamma)),
        down(layer, "gamma", lower(gamma), raise(gamma)),
        up_bias(raised(bias_of(layer), gamma)),
        down_bias(lowered(bias_of(layer), gamma)),
        stabilizer(stabilizer) {}

  std::vector<Tensor> operator()(const Visit& visit) const {
    const Parts x = parts_of(visit);
    const Tensor above = times(visit.signal, (visit.output > 0).to(visit.signal), visit.seeds);
    const Tensor below = times(visit.signal, (visit.output < 0).to(visit.signal), visit.seeds);
    const Tensor relevance = up(up_bias, x, visit, above, stabilizer, 0);
    if (!at::any(below != 0).item<bool>()) return {relevance};  // behind a ReLU: half of the work
    return {relevance + down(down_bias, x, visit, below, stabilizer, 1)};
  }
};

}  // namespace

Rule gamma(double gamma, double stabilizer) {
  return {"gamma", [=](const Layer& layer) -> Step { return Favoured(layer, gamma, stabilizer); }};
}

}  // namespace limpid
