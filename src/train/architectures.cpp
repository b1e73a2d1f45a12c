// SPDX-License-Identifier: Apache-2.0
#include "train/architectures.h"

#include <cmath>

#include "limpid/core/error.h"
#include "limpid/core/lookup.h"

namespace limpid {

const std::vector<Architecture>& architectures() {
  static const std::vector<Architecture> all = {all_cnn, gap_cnn, lenet,     anatomy_shallow, anatomy_deep,
                                                sisc,    crystal, vgg_small, resnet_small};
  return all;
}

Network build_architecture(const std::string& name, const ArchitectureSize& size,
                           const std::map<std::string, std::string>& options) {
  const Architecture& architecture = lookup("architecture", name, architectures());
  const Network network = architecture.build(size, Options(architecture.options, options));
  for (const Node& node : network.nodes)
    for (const int64_t side : node.shape)
      if (side < 1)
        fail("inputs of ", shape_text(size.input), " are too small for ", name, ": nothing is left at layer '",
             node.name, "'");
  return network;
}

OptionSpec init_option(const std::string& fallback) {
  return {
      "init", fallback, "first weights; with orthogonal, dense layers take Glorot's", {"he", "glorot", "orthogonal"}};
}

OptionSpec whole_option(const std::string& name, const std::string& fallback, const std::string& summary) {
  return {name, fallback, summary, {}, OptionType::whole, 1};
}

OptionSpec width_option(const std::string& fallback, const std::string& summary) {
  return {"width", fallback, summary + "; 4.5 gives sizes between those of 4 and 5", {}, OptionType::number, 1, 1000};
}

Width::Width(const Options& options) : width_(options.number("width")) {}

int64_t Width::times(double factor) const { return static_cast<int64_t>(std::floor(factor * width_ + 1e-9)); }

OptionSpec dropout_option(const std::string& fallback) {
  return {"dropout", fallback, "share of values left out in training, from 0 to 0.99", {}, OptionType::number, 0, .99};
}

}  // namespace limpid
