// SPDX-License-Identifier: Apache-2.0
#include <iostream>

#include "command.h"
#include "console.h"
#include "engine.h"

namespace limpid {
namespace {

int done(const ClassifySummary& summary) {
  if (!summary.page.empty()) print_note("maps: " + summary.page);
  return status_of(summary.structures, summary.failed, summary.first_error);
}

Action add(CLI::App& options) {
  const auto request = std::make_shared<ClassifyRequest>();
  options.add_option("inputs", request->inputs, "files of structures, see `limpid formats`, or folders of them")
      ->required()
      ->option_text("FILE…");
  options.add_option("-o,--output", request->output,
                     "folder for answers.csv, answers.json and fingerprints; without it answers are only printed");
  options.add_flag("--explain", request->explain, "maps of each answer too, in the folder maps/ of the output");
  options.add_flag("--compounds", request->compounds, "name the sites of compounds too, whatever their species");
  options.add_flag_callback(
      "--no-symmetry", [request] { request->symmetry = false; }, "do not ask spglib as well");
  add_crystal_classifier(options, request->model, request->threads, request->limits);
  add_console(options, true);
  return [request] {
    request->command = command_words();
    const auto print = [](const std::string& text) { std::cout << text << std::flush; };
    return done(engine().classify_crystals(*request, console().json, terminal_progress("files"), print));
  };
}

}  // namespace

const Command crystal_classify_command = {"classify", "names the classes of crystals, however defective they are", add};

}  // namespace limpid
