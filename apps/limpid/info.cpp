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
  add_device(options, *request);
  const auto kernels = std::make_shared<bool>(false);
  options.add_flag("--kernels", *kernels, "what computes each convolution and max pooling, and why");
  add_console(options, true);
  return [request, kernels] {
    const auto describe = *kernels ? engine().describe_kernels : engine().describe_model;
    std::fputs(describe(*request, console().json).c_str(), stdout);
    return 0;
  };
}

}  // namespace

const Command info_command = {"info", "layers, shapes, parameters, multiply-adds, and which methods apply and why not",
                              add};

}  // namespace limpid
