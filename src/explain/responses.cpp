// SPDX-License-Identifier: Apache-2.0
// The ways in which CLEAR carries a class back to the input, by name.
#include <ATen/ATen.h>

#include "limpid/core/lookup.h"
#include "limpid/explain/clear.h"
#include "limpid/explain/presets.h"

namespace limpid {
namespace {

/// The composite of a relevance walk, if the response names one.
std::optional<Composite> relevance_of(const std::string& name, const ResponseHow& how) {
  if (name == "deep-taylor") return deep_taylor_composite(how.low, how.high);
  if (name.rfind("lrp:", 0) != 0) return std::nullopt;
  return lrp_preset(name.substr(4), {.low = how.low, .high = how.high});
}

Composite walk_of(const std::string& name) {
  if (name == "linear") return linear_composite();
  if (name == "deconvnet") return deconvnet_composite();
  if (name == "guided") return guided_composite();
  if (name == "gradient") return gradient_composite();
  refuse_name("response", name, {"linear", "deconvnet", "guided", "gradient", "lrp:<preset>", "deep-taylor"});
}

}  // namespace

std::vector<std::string> response_names() {
  std::vector<std::string> names = {"linear", "deconvnet", "guided", "gradient"};
  for (const std::string& preset : lrp_presets()) names.push_back("lrp:" + preset);
  names.push_back("deep-taylor");
  return names;
}

ClassResponse named_response(const std::string& name, const Network& network, const Activations& activations,
                             const ResponseHow& how) {
  if (const auto relevance = relevance_of(name, how))
    return relevance_response(network, activations, *relevance, how.channels);
  const Composite composite = walk_of(name);
  return how.class_maps.value_or(has_class_maps(network))
             ? class_map_response(network, activations, composite, how.channels, how.positive)
             : logit_response(network, activations, composite, how.channels, how.positive);
}

}  // namespace limpid
