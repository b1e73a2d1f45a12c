// SPDX-License-Identifier: Apache-2.0
#pragma once
// Networks to be trained, by name: each is a few lines of a builder.

#include "limpid/core/options.h"
#include "limpid/net/network.h"

namespace limpid {

/// What every architecture is made for.
struct ArchitectureSize {
  Shape input;  // [C,H,W]
  int64_t classes;
  uint64_t seed = 0;  // of the first weights
};

/// A kind of network. To add one: its function in src/train/architectures/, and its line in
/// src/train/architectures.cpp.
struct Architecture {
  std::string name, summary, reference;
  std::vector<OptionSpec> options;
  Network (*build)(const ArchitectureSize&, const Options&);
};

/// In the order in which people should see them.
const std::vector<Architecture>& architectures();

/// Builds one with options as they are typed; throws UsageError for names and values that are not known, and an Error
/// where the input is too small for it.
Network build_architecture(const std::string& name, const ArchitectureSize& size,
                           const std::map<std::string, std::string>& options = {});

}  // namespace limpid
