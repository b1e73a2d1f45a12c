// SPDX-License-Identifier: Apache-2.0
#include <ATen/ATen.h>

#include <cmath>

#include "explain/methods.h"
#include "explain/methods/common.h"
#include "limpid/core/error.h"

namespace limpid {
namespace {

constexpr double kMostSteps = 10000;  // finding the nodes takes a time that grows with their square

struct Quadrature {
  std::vector<double> nodes, weights;  // on [0, 1]
};

/// Gauss–Legendre nodes, the roots of the Legendre polynomial by Newton's method.
Quadrature gauss_legendre(int64_t count) {
  Quadrature rule;
  for (int64_t i = 0; i < count; ++i) {
    double x = std::cos(M_PI * (static_cast<double>(i) + 0.75) / (static_cast<double>(count) + 0.5));
    double slope = 0;
    for (int iteration = 0; iteration < 100; ++iteration) {
      double before = 1, here = x;
      for (int64_t degree = 2; degree <= count; ++degree) {
        const double k = static_cast<double>(degree);
        before = std::exchange(here, ((2 * k - 1) * x * here - (k - 1) * before) / k);
      }
      slope = static_cast<double>(count) * (x * here - before) / (x * x - 1);
      const double step = here / slope;
      x -= step;
      if (std::abs(step) < 1e-15) break;
    }
    rule.nodes.push_back((1 - x) / 2);
    rule.weights.push_back(1 / ((1 - x * x) * slope * slope));
  }
  return rule;
}

/// The input smoothed by a Gaussian whose deviation is a tenth of the longer side; without positions, as it is.
Tensor blurred(const Tensor& x) {
  if (x.dim() < 3) return x;  // without positions
  const int64_t side = *std::max_element(x.sizes().begin() + 2, x.sizes().end());
  const double deviation = std::max(1.0, static_cast<double>(side) / 10);
  const int64_t reach = static_cast<int64_t>(std::ceil(3 * deviation));
  const Tensor offsets = at::arange(-reach, reach + 1, x.options());
  Tensor kernel = at::exp(-offsets.square() / (2 * deviation * deviation));
  kernel = kernel / kernel.sum();
  Tensor smooth = x.dim() == 4 ? x.flatten(0, 1).unsqueeze(1) : x.flatten(0, 1).unsqueeze(1).unsqueeze(2);
  smooth = at::conv2d(at::replication_pad2d(smooth, {reach, reach, 0, 0}), kernel.reshape({1, 1, 1, -1}));
  if (x.dim() == 4)
    smooth = at::conv2d(at::replication_pad2d(smooth, {0, 0, reach, reach}), kernel.reshape({1, 1, -1, 1}));
  return dense(smooth.reshape(x.sizes()));
}

/// One input from a file, with or without a batch axis.
Tensor loaded(const Subject& subject, const std::string& path) {
  const Tensor& x = subject.input();
  Tensor one = subject.load(path).to(x.options());
  if (one.dim() == x.dim() - 1) one = one.unsqueeze(0);
  if (one.dim() != x.dim() || one.size(0) != 1 || one.sizes().slice(1) != x.sizes().slice(1))
    refuse("the baseline '", path, "' has shape ", shape_text(one.sizes()), "; expected one input of shape ",
           shape_text(x.sizes().slice(1)));
  return one.expand_as(x);
}

Tensor baseline_of(const Subject& subject, const std::string& name) {
  const Tensor& x = subject.input();
  if (name == "0") return at::zeros_like(x);
  if (name == "blur") return blurred(x);
  if (name != "mean") return loaded(subject, name);
  std::vector<int64_t> positions;
  for (int64_t axis = 2; axis < x.dim(); ++axis) positions.push_back(axis);
  return positions.empty() ? x.mean(1, true).expand_as(x) : x.mean(positions, true).expand_as(x);
}

std::vector<Attribution> run(const Subject& subject, const Options& options) {
  const Quadrature rule = gauss_legendre(options.integer("steps", 1));
  const Tensor baseline = baseline_of(subject, options.text("baseline"));
  const Tensor difference = subject.input() - baseline;
  const Composite composite = gradient_composite();
  const Walk walk(subject.network, composite, subject.network.output);
  Tensor sum;
  for (size_t step = 0; step < rule.nodes.size(); ++step) {
    const Activations activations = forward(subject.network, baseline + difference * rule.nodes[step]);
    const Subject here{subject.network, activations, subject.targets, {}, {}, {}, {}, {}, subject.memory};
    const Tensor part = walk_targets(here, walk, composite.name) * rule.weights[step];
    sum = sum.defined() ? sum + part : part;
    if (subject.progress)
      subject.progress(static_cast<int64_t>(step) + 1, static_cast<int64_t>(rule.nodes.size()), "steps");
  }
  return per_target(subject, sum * difference.unsqueeze(1));
}

}  // namespace

const Method integrated_gradients = {
    "integrated-gradients",
    "gradients averaged on the way from a baseline to the input, times their difference",
    "sundararajan2017",
    "any network",
    {{"steps", "50", "nodes of the Gauss-Legendre rule", {}, OptionType::whole, 1, kMostSteps},
     {"baseline", "0", "0, mean (of each channel), blur, or a file", {"0", "mean", "blur"}, OptionType::file}},
    never,
    run};

}  // namespace limpid
