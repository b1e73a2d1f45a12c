// SPDX-License-Identifier: Apache-2.0
#pragma once
// Which methods run, each with its options.

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

/// Throws the UsageError for a layer that is not there.
void check_layers(const std::vector<std::string>& layers, const Network& network);

}  // namespace limpid
