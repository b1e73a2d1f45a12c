// SPDX-License-Identifier: Apache-2.0
#pragma once
// Which methods run, each with its options.

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "limpid/explain/method.h"
#include "limpid/pipeline/model.h"

namespace limpid {

struct Choice {
  const Method* method;
  Options options;
};

/// The request's methods with its settings. Throws when one does not apply to the network, saying why.
std::vector<Choice> chosen_methods(const ExplainRequest& request, const Network& network);

/// Where all methods are asked for: a sentence for each that the network does not suit, and why.
std::vector<std::string> methods_left_out(const ExplainRequest& request, const Network& network);

/// What the chosen methods will do otherwise than asked for.
std::vector<std::string> choice_notes(const std::vector<Choice>& choices, const Network& network,
                                      const std::vector<std::string>& layers);

/// Loads each file that an option names, so that one that cannot be had is told before anything is computed.
void check_files(const std::vector<Choice>& choices, const std::function<void(const std::string&)>& load);

/// About how many maps of the input's size a method gives for an image.
int64_t map_count(const Choice& choice, const Network& network, const std::vector<std::string>& layers,
                  int64_t targets);

/// Throws the UsageError for a layer that is not there.
void check_layers(const std::vector<std::string>& layers, const Network& network);

}  // namespace limpid
