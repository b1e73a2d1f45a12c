// SPDX-License-Identifier: Apache-2.0
#pragma once
// What the relevance rules share: stabilised denominators, and a layer run forward and back with other weights.

#include "limpid/explain/rule.h"

namespace limpid {

/// 1 / (z + ε·sign z) with sign 0 = +1; 0 where that is infinite (z = 0 without a stabiliser).
Tensor reciprocal(const Tensor& z, double stabilizer);

/// A convolution or dense layer with other weights, prepared once. Refuses layers of other roles, naming the rule.
class Weights {
 public:
  Weights(const Layer& layer, const std::string& rule, Tensor weight);

  Tensor forward(const Tensor& input, const Tensor& bias) const;
  /// The transpose of `forward` at the visit's input, for a signal [N·S, …].
  Tensor adjoint(const Visit& visit, const Tensor& signal) const;

 private:
  Layer layer_;
  Step adjoint_;
};

/// A layer's weight; its bias, undefined where it has none.
const Tensor& weight_of(const Layer& layer);
const Tensor& bias_of(const Layer& layer);

/// max(t, 0) and min(t, 0); undefined stays undefined.
Tensor positive_part(const Tensor& t);
Tensor negative_part(const Tensor& t);

/// The two parts of an input. The negative one is undefined where there is none, as behind a ReLU: its half of the
/// work is then left out.
struct Parts {
  Tensor positive, negative;
};
Parts parts_of(const Tensor& input);

/// Hands a signal to the input in proportion to the contributions x⁺·a and x⁻·b, whose sum with the bias is the
/// denominator: a = `of_positive`, b = `of_negative`.
Tensor shared_out(const Weights& of_positive, const Weights& of_negative, const Tensor& bias, const Parts& x,
                  const Visit& visit, const Tensor& signal, double stabilizer);

}  // namespace limpid
