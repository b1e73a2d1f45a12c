// SPDX-License-Identifier: Apache-2.0
#include <ATen/ATen.h>

#include <cmath>

#include "explain/rules/weights.h"
#include "limpid/core/error.h"

namespace limpid {
namespace {

const Shares::Change kPositive = {"positive", positive_part}, kNegative = {"negative", negative_part};

// α times the shares in the positive contributions minus β times those in the negative ones (Bach 2015, eq. 60). A
// contribution is positive where input and weight have the same sign. A bias counts on the side of its sign.
struct Split {
  Shares plus, minus;
  Tensor plus_bias, minus_bias;

  Split(const Layer& layer, const std::string& rule)
      : plus(layer, rule, kPositive, kNegative),
        minus(layer, rule, kNegative, kPositive),
        plus_bias(positive_part(bias_of(layer))),
        minus_bias(negative_part(bias_of(layer))) {}

  Tensor positive(const Parts& x, const Visit& visit, double stabilizer, Deferral left = {}) const {
    return plus(plus_bias, x, visit, visit.signal, stabilizer, 0, left);
  }
  Tensor negative(const Parts& x, const Visit& visit, double stabilizer) const {
    return minus(minus_bias, x, visit, visit.signal, stabilizer, 1);
  }
};

Rule weighed(const std::string& name, double alpha, double beta, double stabilizer) {
  return {name, [=](const Layer& layer) -> Step {
            return [=, split = Split(layer, name)](const Visit& visit) -> std::vector<Tensor> {
              const Parts x = parts_of(visit);
              const Tensor positive =
                  alpha == 1 ? split.positive(x, visit, stabilizer) : split.positive(x, visit, stabilizer) * alpha;
              if (beta == 0) return {positive};
              return {at::sub(positive, split.negative(x, visit, stabilizer), beta)};
            };
          }};
}

}  // namespace

Rule z_plus(double stabilizer) {
  Rule rule = weighed("z-plus", 1, 0, stabilizer);
  rule.deferred = [stabilizer](const Layer& layer, Deferral left) -> Step {
    return [=, split = Split(layer, "z-plus")](const Visit& visit) -> std::vector<Tensor> {
      const Parts x = left.below ? Parts{visit.inputs[0], Tensor()} : parts_of(visit);
      return {split.positive(x, visit, stabilizer, left)};
    };
  };
  return rule;
}

Rule alpha_beta(double alpha, double beta, double stabilizer) {
  if (alpha < 0 || beta < 0 || std::abs(alpha - beta - 1) > 1e-9) {
    refuse("alpha is ", alpha, " and beta is ", beta,
           "; neither may be negative and alpha - beta must be 1, such as 2 and 1");
  }
  return weighed("alpha-beta", alpha, beta, stabilizer);
}

}  // namespace limpid
