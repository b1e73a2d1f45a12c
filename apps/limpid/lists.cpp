// SPDX-License-Identifier: Apache-2.0
#include <cstdio>

#include "command.h"
#include "console.h"
#include "engine.h"

namespace limpid {
namespace {

template <auto Describe>
Action add(CLI::App& options) {
  add_console(options, true);
  return [] {
    std::fputs((engine().*Describe)(console().json).c_str(), stdout);
    return 0;
  };
}

}  // namespace

const Command methods_command = {"methods", "the methods with their options", add<&Engine::describe_methods>};
const Command layers_command = {"layers", "the layer types with their ONNX operators", add<&Engine::describe_layers>};
const Command architectures_command = {"architectures", "the networks that can be trained, with their options",
                                       add<&Engine::describe_architectures>};
const Command studies_command = {"studies", "the studies, with their options and what data they need",
                                 add<&Engine::describe_studies>};
const Command formats_command = {"formats", "the files that can be read", add<&Engine::describe_formats>};

}  // namespace limpid
