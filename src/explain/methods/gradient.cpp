// SPDX-License-Identifier: Apache-2.0
#include "explain/methods.h"
#include "explain/methods/common.h"

namespace limpid {
namespace {

std::vector<Attribution> run(const Subject& subject, const Options&) {
  return per_target(subject, walk_targets(subject, gradient_composite()));
}

}  // namespace

const Method gradient_method = {
    "gradient", "signed derivative of the logit by the input", "simonyan2014", "any network", {}, never, run};

}  // namespace limpid
