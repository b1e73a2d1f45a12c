// SPDX-License-Identifier: Apache-2.0
#include "explaining.h"

#include <fstream>
#include <iostream>

#include "console.h"
#include "engine.h"

namespace limpid {

void add_explaining(CLI::App& options, ExplainRequest& request) {
  add_model(options, request.model);
  options
      .add_option("inputs", request.inputs,
                  "PNG or JPEG pictures, .npy arrays [C,H,W] or [N,C,H,W], folders of them; - for a list on "
                  "standard input")
      ->required()
      ->option_text("INPUT…");
  options
      .add_option("--target", request.targets,
                  "classes: top1, topK, all, an index, a name or a part of one that no other has, or a list of these")
      ->capture_default_str();
  options
      .add_option(
          "--layer", request.layers,
          "layers to explain, or all; a convolution's name is for the values behind its activation; empty: each "
          "method's default")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->option_text("NAME,…");
  repeated(options.add_option("--set", request.settings, "an option of every method that has it, or method.option"),
           "OPTION=VALUE");
  options.add_option("--data", request.data, "a folder of inputs for methods that need statistics");
  options.add_option("-o,--output", request.output, "folder of the results")->capture_default_str();
  add_run(options, request);
  add_console(options, true);
}

int run_explain(ExplainRequest& request) {
  request.command = command_words();
  const ExplainSummary summary = engine().explain(request, terminal_progress());
  for (const std::string& note : summary.notes) print_note(note);
  if (console().json) {
    std::cout << std::ifstream(summary.manifest).rdbuf() << std::flush;
  } else if (!console().quiet) {
    std::cout << request.output << "/report.html: " << summary.inputs - summary.failed << " of " << summary.inputs
              << (summary.inputs == 1 ? " input" : " inputs") << " explained\n"
              << std::flush;
  }
  if (summary.failed == 0) return 0;
  print_error(std::to_string(summary.failed) + " of " + std::to_string(summary.inputs) +
              " inputs failed, the first: " + summary.first_error);
  return 1;
}

}  // namespace limpid
