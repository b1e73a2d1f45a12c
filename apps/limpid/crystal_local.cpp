// SPDX-License-Identifier: Apache-2.0
#include <iostream>

#include "command.h"
#include "console.h"
#include "engine.h"

namespace limpid {
namespace {

Action add(CLI::App& options) {
  const auto request = std::make_shared<LocalRequest>();
  options.add_option("input", request->input, "a file of a large structure, see `limpid formats`")
      ->required()
      ->option_text("FILE");
  options.add_option("-o,--output", request->output, "folder for atoms.xyz, positions.csv, slices.png, local.json")
      ->capture_default_str();
  options.add_option("--radius", request->radius, "of the sphere, ångström; 0: as holds about 400 atoms")
      ->capture_default_str();
  options.add_option("--stride", request->stride, "between positions, ångström; 0: a third of the radius")
      ->capture_default_str();
  options.add_flag_callback(
      "--no-compounds", [request] { request->compounds = false; }, "where species are in order, none is the class");
  add_crystal_classifier(options, request->model, request->threads, request->limits);
  add_console(options, true);
  return [request] {
    request->command = command_words();
    const std::string document = engine().classify_locally(*request, terminal_progress("positions"));
    if (console().json)
      std::cout << document << std::flush;
    else
      print_line(request->output + "/slices.png: the classes of three planes; atoms.xyz: of each atom");
    return 0;
  };
}

}  // namespace

const Command crystal_local_command = {"local", "names what is around each position of a large structure", add};

}  // namespace limpid
