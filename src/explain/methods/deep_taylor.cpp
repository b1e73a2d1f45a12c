// SPDX-License-Identifier: Apache-2.0
#include "explain/methods.h"
#include "explain/methods/relevance.h"
#include "limpid/explain/presets.h"

namespace limpid {
namespace {

// The decomposition is of positive evidence: it starts from max(S_c, 0), and a class with a negative logit has none.
std::vector<Attribution> run(const Subject& subject, const Options& options) {
  const Bounds bounds = input_bounds(subject, options);
  return relevance(subject, deep_taylor_composite(bounds.low, bounds.high), target_scores(subject).clamp_min(0));
}

}  // namespace

const Method deep_taylor = {"deep-taylor",
                            "deep Taylor decomposition: positive relevance, z-box or w² in the first layer",
                            "montavon2017",
                            "any network",
                            bound_options(),
                            never,
                            run};

}  // namespace limpid
