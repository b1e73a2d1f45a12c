// SPDX-License-Identifier: Apache-2.0
// What a network learned. To add a command: apps/limpid/concepts_<name>.cpp, its line in command.h and in the list
// here.
#include "command.h"

namespace limpid {
namespace {

Action add(CLI::App& options) {
  const std::vector<Action> actions = add_commands(options, concepts_commands());
  return [&options, actions] { return run_chosen(options, concepts_commands(), actions); };
}

}  // namespace

const std::vector<Command>& concepts_commands() {
  static const std::vector<Command> all = {concepts_units_command,    concepts_maximize_command,
                                           concepts_dissect_command,  concepts_tcav_command,
                                           concepts_discover_command, concepts_attributes_command};
  return all;
}

const Command concepts_command = {"concepts", "what a network learned: its units, layers and concepts", add};

}  // namespace limpid
