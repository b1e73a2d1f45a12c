// SPDX-License-Identifier: Apache-2.0
#pragma once
// Methods: named recipes that turn a network's activations into attributions.

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "limpid/core/memo.h"
#include "limpid/core/options.h"
#include "limpid/core/progress.h"
#include "limpid/net/network.h"

namespace limpid {

/// A raw result for a batch of N images; nothing is normalised.
struct Attribution {
  std::string kind = "attribution";  // or what else a method gives: "coarse", "class", "level", "index", …
  std::string layer = {};            // where it depends on one
  std::vector<int64_t> target = {};  // the class explained, one an image; empty: none
  std::vector<int64_t> unit = {};    // the channel explained, one an image; empty: none
  Tensor values = {};                // [N, C, H, W], or [N, H, W] for class, level and index maps
  std::map<std::string, std::vector<double>> facts = {};  // numbers for the manifest, one an image
};

/// What all methods of a run share: one canonical network and one forward pass of a batch.
struct Subject {
  const Network& network;
  const Activations& activations;
  Tensor targets;                        // int64 [N, T]: the classes to explain, image by image
  std::vector<std::string> layers = {};  // as asked for; empty: the method's default
  std::vector<Tensor> data = {};         // inputs [C, H, W] that stand for the data, where a method needs statistics
  std::function<Tensor(const std::string& path)> load = {};  // an input [C, H, W] as the network takes it
  Tensor low = {}, high = {};                                // bounds of the input, [C, 1, 1]; undefined when not known
  int64_t memory = int64_t{1} << 30;                         // bytes for signals
  uint64_t seed = 0;
  Progress progress = {};
  std::shared_ptr<Memo> memo = std::make_shared<Memo>();  // one for all batches of a run

  const Tensor& input() const { return activations[0]; }
  int64_t images() const { return activations.images; }
};

struct Method {
  std::string name;
  std::string summary;
  std::string reference;  // keys in docs/references.bib
  std::string needs;      // what it asks of a network, one phrase
  std::vector<OptionSpec> options;
  /// Why it cannot explain this network; nothing when it can.
  std::optional<std::string> (*refusal)(const Network&);
  std::vector<Attribution> (*run)(const Subject&, const Options&);
  /// Throws the UsageError for options and layers (as in Subject) that no input of this network can be explained with.
  void (*check)(const Network&, const Options&, const std::vector<std::string>& layers) = nullptr;
  /// Sentences on what it will do otherwise than these options and layers ask for.
  std::vector<std::string> (*notes)(const Network&, const Options&, const std::vector<std::string>& layers) = nullptr;
};

/// Every method, in the order in which people should see them.
const std::vector<Method>& methods();
const Method& method(const std::string& name);

}  // namespace limpid
