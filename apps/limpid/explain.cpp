// SPDX-License-Identifier: Apache-2.0
#include "command.h"
#include "explaining.h"

namespace limpid {
namespace {

Action add(CLI::App& options) {
  const auto request = std::make_shared<ExplainRequest>();
  add_explaining(options, *request);
  options.add_option("--method,--methods", request->methods, "names from `limpid methods`, or all")
      ->required()
      ->delimiter(',')
      ->allow_extra_args(false)
      ->option_text("M[,M…]");
  options.add_flag_callback(
      "--no-maps", [request] { request->maps = false; }, "write the page and the manifest alone");
  return [request] { return run_explain(*request); };
}

}  // namespace

const Command explain_command = {"explain", "maps of what a network saw in pictures, as arrays, pictures and one page",
                                 add};

}  // namespace limpid
