// SPDX-License-Identifier: Apache-2.0
#include <cstdio>

#include "command.h"
#include "console.h"
#include "engine.h"

namespace limpid {
namespace {

Action add(CLI::App& options) {
  const auto request = std::make_shared<PrototypeRequest>();
  options.add_option("prototype", request->name, "one of the list that is printed without it")
      ->option_text("PROTOTYPE");
  options.add_option("element", request->element, "a chemical symbol, H to Pu")->option_text("ELEMENT");
  options.add_option("--ratio", request->ratio, "c/a where it is free; 0: the prototype's own")->capture_default_str();
  options.add_option("--coordinate", request->coordinate, "z where it is free; 0: the prototype's own")
      ->capture_default_str();
  options.add_option("-o,--output", request->output, "a .vasp or .xyz file; a POSCAR is printed where it is not given");
  add_console(options, true);
  return [request] {
    std::fputs(engine().make_prototype(*request, console().json).c_str(), stdout);
    return 0;
  };
}

}  // namespace

const Command crystal_prototype_command = {"prototype", "an elemental crystal, with neighbours two atomic radii apart",
                                           add};

}  // namespace limpid
