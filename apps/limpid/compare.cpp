// SPDX-License-Identifier: Apache-2.0
#include "command.h"
#include "explaining.h"

namespace limpid {
namespace {

Action add(CLI::App& options) {
  const auto request = std::make_shared<ExplainRequest>();
  request->methods = {"all"};
  request->maps = false;
  request->side_by_side = true;
  add_explaining(options, *request);
  options.add_option("--methods,--method", request->methods, "names from `limpid methods`; every one that applies")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->option_text("M[,M…]");
  options.add_flag("--maps", request->maps, "write each map's files too");
  return [request] { return run_explain(*request); };
}

}  // namespace

const Command compare_command = {"compare", "methods side by side, on one page and one picture", add};

}  // namespace limpid
