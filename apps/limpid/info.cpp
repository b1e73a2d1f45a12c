// SPDX-License-Identifier: Apache-2.0
#include <cstdio>

#include "command.h"
#include "console.h"
#include "engine.h"

namespace limpid {
namespace {

Action add(CLI::App& options) {
  const auto request = std::make_shared<ModelRequest>();
  add_model(options, *request);
  add_console(options, true);
  return [request] {
    std::fputs(engine().describe_model(*request, console().json).c_str(), stdout);
    return 0;
  };
}

}  // namespace

const Command info_command = {"info", "layers, shapes, parameters, multiply-adds, and which methods apply and why not",
                              add};

}  // namespace limpid
