// SPDX-License-Identifier: Apache-2.0
// The commands on structures. To add one: apps/limpid/crystal_<name>.cpp, its line in command.h and in the list here.
#include "command.h"

namespace limpid {
namespace {

Action add(CLI::App& options) {
  const std::vector<Action> actions = add_commands(options, crystal_commands());
  return [&options, actions] { return run_chosen(options, crystal_commands(), actions); };
}

}  // namespace

const std::vector<Command>& crystal_commands() {
  static const std::vector<Command> all = {crystal_defect_command, crystal_prototype_command};
  return all;
}

const Command crystal_command = {"crystal", "crystal structures: defects and prototypes", add};

}  // namespace limpid
