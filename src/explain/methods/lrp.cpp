// SPDX-License-Identifier: Apache-2.0
#include "explain/methods.h"
#include "explain/methods/relevance.h"
#include "limpid/core/error.h"
#include "limpid/explain/presets.h"

namespace limpid {
namespace {

std::vector<OptionSpec> options() {
  std::vector<OptionSpec> specs = {
      {"preset", lrp_presets()[0], "which rule each kind of layer gets", lrp_presets()},
      {"epsilon", "1e-6", "stabiliser of the epsilon rule", {}, OptionType::number, 0},
      {"gamma", "0.25", "how much the gamma rule favours positive weights", {}, OptionType::number, 0},
  };
  for (OptionSpec& bound : bound_options()) specs.push_back(std::move(bound));
  return specs;
}

double not_negative(const Options& options, const char* name) {
  const double value = options.number(name);
  if (value < 0) refuse("option ", name, " is ", value, "; it may not be negative");
  return value;
}

std::vector<Attribution> run(const Subject& subject, const Options& options) {
  const std::string& preset = options.text("preset");
  LrpParameters parameters{not_negative(options, "epsilon"), not_negative(options, "gamma")};
  if (needs_bounds(preset)) {
    const Bounds bounds = input_bounds(subject, options);
    parameters.low = bounds.low;
    parameters.high = bounds.high;
  }
  return relevance(subject, lrp_preset(preset, parameters), target_scores(subject));
}

}  // namespace

const Method lrp = {"lrp",
                    "layer-wise relevance propagation: the logit shared out over the input, layer by layer",
                    "bach2015 montavon2019",
                    "any network",
                    options(),
                    never,
                    run};

}  // namespace limpid
