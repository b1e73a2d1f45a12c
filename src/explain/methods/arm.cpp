// SPDX-License-Identifier: Apache-2.0
#include "limpid/explain/arm.h"

#include <ATen/ATen.h>

#include "explain/methods.h"
#include "explain/methods/common.h"
#include "limpid/core/lookup.h"

namespace limpid {
namespace {

std::vector<int> chosen_convolutions(const Network& network, const std::vector<std::string>& names) {
  return names.empty() ? std::vector<int>{last_convolution(network)} : convolutions_named(network, names);
}

void check(const Network& network, const Options& options, const std::vector<std::string>& layers) {
  chosen_convolutions(network, layers_of(layers, options));
}

std::vector<std::string> notes(const Network& network, const Options& options, const std::vector<std::string>& layers) {
  if (options.is("top", "all")) return {};
  const int64_t top = options.integer("top", 1);
  std::vector<std::string> small;
  for (const int convolution : chosen_convolutions(network, layers_of(layers, options))) {
    const Node& node = network[convolution];
    if (node.shape[0] < top) small.push_back(node.name + " (" + std::to_string(node.shape[0]) + ")");
  }
  if (small.empty()) return {};
  return {"top is " + std::to_string(top) + ", which is all units of " + listed(small)};
}

std::vector<Attribution> run(const Subject& subject, const Options& options) {
  const std::string& mode = options.text("mode");
  ResponseOptions how;
  how.top = options.is("top", "all") ? 0 : options.integer("top", 1);
  how.peak = options.text("start").empty() ? mode == "authors" : options.is("start", "peak");
  how.memory = subject.memory;
  const Composite composite = arm_composite(mode);
  const std::vector<int> layers = chosen_convolutions(subject.network, layers_of(subject.layers, options));
  std::vector<Attribution> all;
  int64_t done = 0;
  for (const int layer : layers) {
    const std::string& name = subject.network[layer].name;
    const Responses responses = attentive_responses(subject.network, subject.activations, composite, layer, how);
    for (int64_t k = 0; k < responses.units.size(1); ++k)
      all.push_back({"unit", name, {}, column(responses.units, k), responses.maps.select(1, k)});
    all.push_back({"index", name, {}, {}, responses.index});
    all.push_back({"level", name, {}, {}, responses.level});
    all.push_back({"template", name, {}, {}, responses.maps.sum(1)});
    if (subject.progress) subject.progress(++done, static_cast<int64_t>(layers.size()), name);
  }
  return all;
}

}  // namespace

const Method arm_method = {"arm",
                           "what the most active units of a convolution answer to, carried back to the input",
                           "kumar2020",
                           "a convolution",
                           {{"layer", "", "convolutions, a list or all; empty: the last", {"all"}, OptionType::layers},
                            {"top", "4", "units an image, or all", {"all"}, OptionType::whole, 1},
                            {"mode", "linear", "what activations do on the way back", arm_modes()},
                            {"start",
                             "",
                             "a unit's whole map, or its largest position; empty: map, for mode authors peak",
                             {"map", "peak", ""}}},
                           needs_maps,
                           run,
                           check,
                           notes};

}  // namespace limpid
