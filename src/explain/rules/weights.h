// SPDX-License-Identifier: Apache-2.0
#pragma once
// What the relevance rules share: stabilised denominators, and a layer run forward and back with other weights.

#include "limpid/explain/rule.h"

namespace limpid {

/// 1 / (z + ε·sign z) with sign 0 = +1; 0 where that is infinite (z = 0 without a stabiliser).
Tensor reciprocal(const Tensor& z, double stabilizer);

/// A convolution or dense layer with other weights, made at its first use and kept for every walk with the layer it is
/// a variant of. Refuses layers of other roles, naming the rule.
class Weights {
 public:
  /// `variant` names the change and its parameters.
  Weights(const Layer& layer, const std::string& rule, std::string variant,
          std::function<Tensor(const Tensor& weight)> change);

  Tensor forward(const Tensor& input, const Tensor& bias) const;
  /// The transpose of `forward` at the visit's input, for a signal [N·S, …].
  Tensor adjoint(const Visit& visit, const Tensor& signal) const;

 private:
  struct Variant {
    Layer layer;
    Step adjoint;
  };
  std::shared_ptr<const Variant> made() const;

  Layer layer_;
  std::string name_;
  std::function<Tensor(const Tensor&)> change_;
  std::shared_ptr<Memo> own_ = std::make_shared<Memo>();  // for a layer that was not prepared
};

/// A layer's bias, undefined where it has none.
const Tensor& bias_of(const Layer& layer);

/// max(t, 0) and min(t, 0); undefined stays undefined.
Tensor positive_part(const Tensor& t);
Tensor negative_part(const Tensor& t);

/// The two parts of an input. The negative one is undefined where there is none, as behind a ReLU: its half of the
/// work is then left out.
struct Parts {
  Tensor positive, negative;
};
Parts parts_of(const Visit& visit);  // of its first input; takes slot 2

/// Hands signals to an input in proportion to the contributions x⁺·a and x⁻·b, whose sum with the bias is the
/// denominator: a and b are a layer's weights, changed.
class Shares {
 public:
  struct Change {
    std::string name;  // as for Weights
    std::function<Tensor(const Tensor& weight)> of;
  };
  Shares(const Layer& layer, const std::string& rule, const Change& a, const Change& b);

  /// The denominator is kept in the visit's `slot`.
  Tensor operator()(const Tensor& bias, const Parts& x, const Visit& visit, const Tensor& signal, double stabilizer,
                    size_t slot, Deferral left = {}) const;

 private:
  Tensor denominator(const Tensor& bias, const Parts& x) const;
  bool side_by_side(const Parts& x) const { return joins_ && x.negative.defined(); }

  Weights of_positive_, of_negative_;
  Weights both_;  // side by side in the input channels, for x⁺ and x⁻ side by side
  bool joins_;    // whether the layer can take them so
};

}  // namespace limpid
