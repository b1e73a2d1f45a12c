// SPDX-License-Identifier: Apache-2.0
#pragma once
// Activation maximisation (erhan2009, regularised as in yosinski2015): inputs that a unit, a channel or a class answers
// to most, found by going up the gradient.

#include <functional>
#include <string>
#include <vector>

#include "limpid/core/progress.h"
#include "limpid/net/network.h"

namespace limpid {

/// What is made large: at a convolution before its activation, so that the gradient does not vanish where that is 0.
enum class Target {
  unit,     // a channel's value in the middle of its map
  channel,  // the mean of its map
  logit,    // a class's score
};

struct Objective {
  Target target;
  int node;       // the convolution, or the network's output
  int64_t index;  // the channel, or the class
};

struct MaximizeOptions {
  int64_t steps = 256;
  double rate = .02;     // of Adam: share of the range of values a step; with `fourier` of the coefficients
  int64_t jitter = 8;    // pixels, ± along each axis, drawn anew at each step
  double decay = .002;   // towards the middle of the range, a share a step
  double blur = .6;      // standard deviation in pixels, at every fourth step but the last quarter of all; 0: none
  double norm = 0;       // most root mean square distance from the middle, a share of the range; 0: none
  bool fourier = false;  // the parameters are Fourier coefficients weighted by 1 / frequency; then neither decay,
                         // blur nor norm
  Tensor low, high;      // bounds of the input, [C, 1, 1]
  uint64_t seed = 0;
  Progress progress = {};
  /// Gets the inputs before each step and after the last, [N, C, H, W], and their values [N].
  std::function<void(int64_t step, const Tensor& inputs, const std::vector<double>& values)> each = {};
};

/// The inputs [N, C, H, W] of objectives on one node, each from its own noise, which `seeds` and the options' seed
/// decide: what comes does not depend on the others.
Tensor maximized(const Network& network, const std::vector<Objective>& objectives, const std::vector<uint64_t>& seeds,
                 const MaximizeOptions& options);

/// Objectives' values for activations of as many inputs, and the gradients of each for its own input.
std::vector<double> objective_values(const Activations& activations, const std::vector<Objective>& objectives);
Tensor objective_gradients(const Network& network, const Activations& activations,
                           const std::vector<Objective>& objectives);

/// Real parameters [N, C, H, W/2 + 1, 2], Fourier coefficients before their weights, as images [N, C, H, W], and the
/// adjoint of that.
Tensor image_of_coefficients(const Tensor& coefficients, int64_t width);
Tensor coefficients_of_gradient(const Tensor& gradient);

}  // namespace limpid
