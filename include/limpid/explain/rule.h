// SPDX-License-Identifier: Apache-2.0
#pragma once
// Rules: how one node hands the signal that came back to it on to its inputs.

#include <string>

#include "limpid/net/layer.h"

namespace limpid {

struct Network;

/// What of a step that shares relevance out, input ⊙ A(signal ⊘ z), is left to its neighbours.
struct Deferral {
  bool above = false;  // the signal comes without its factor max(output, 0)
  bool below = false;  // the part goes without its factor, the input, which has no negative values
};

struct Rule {
  std::string name;
  std::function<Step(const Layer&)> bind;                     // prepares what can be prepared once for a layer
  std::function<Rule(const Network&, int node)> placed = {};  // the rule to take at a node, where that depends on it
  std::function<Step(const Layer&, Deferral)> deferred = {};  // for rules that can leave factors to others
};

// Any layer.
Rule gradient();  // the adjoint of the Jacobian
Rule pass();      // the signal unchanged, for layers with one input of the output's size

// Activations (Zeiler 2014; Springenberg 2015; Kumar 2020, 2.10–2.13). The linear mode of response maps is `pass`.
Rule deconvnet();  // max(signal, 0), whatever the activation was
Rule guided();     // the adjoint of max(signal, 0)

// Layers with weights, z_ij = a_i w_ij (Bach 2015; Montavon 2017, 2019). Biases stay in the denominators, but for w²
// and flat, whose shares depend on weights alone; a stabiliser has the sign of its denominator, + at 0.
Rule lrp_zero();
Rule epsilon(double epsilon);
Rule gamma(double gamma, double stabilizer = 1e-6);
Rule z_plus(double stabilizer = 1e-6);
Rule alpha_beta(double alpha, double beta, double stabilizer = 1e-6);
/// Bounds of the layer's input: a number, or one a channel [C,1,1].
Rule z_box(const Tensor& low, const Tensor& high, double stabilizer = 1e-6);
/// The same by bounds of the network's input, carried to the layer's (bounds_before).
Rule input_box(const Tensor& low, const Tensor& high, double stabilizer = 1e-6);
Rule w_square(double stabilizer = 1e-6);
Rule flat(double stabilizer = 1e-6);

/// The ε-rule for linear nodes without weights: sums, average pooling.
Rule norm(double stabilizer = 1e-6);

// Max pooling; `gradient` is winner-take-all by the switches.
Rule nearest_upsampling();  // the value at every position of its window
Rule proportional(double stabilizer = 1e-6);

/// Products such as squeeze-excitation: the gate counts as a constant and gets nothing, the values get the whole
/// signal. The gate is the factor with fewer elements; of two equal ones, the second; of a quotient, the divisor.
Rule gate();

/// Normalisations whose statistics count as constants, and softmax likewise: scalings element by element then, which
/// relevance passes unchanged.
Rule detached();

}  // namespace limpid
