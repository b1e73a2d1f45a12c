// SPDX-License-Identifier: Apache-2.0
#include <fstream>
#include <iostream>

#include "command.h"
#include "console.h"
#include "engine.h"

namespace limpid {
namespace {

void add_computing(CLI::App& options, ReportRequest& request) {
  const auto add = [&](const char* name, auto& value, const char* help) {
    options.add_option(name, value, help)->group("Computing")->capture_default_str();
  };
  add_device(options, request.model);
  add("--threads", request.threads, "0: all processors");
  add("--batch", request.batch, "inputs at once; 0: as memory allows");
  add("--memory", request.memory, "MiB for activations and signals");
  add("--seed", request.seed, "of everything random");
  add_console(options, true);
}

int run(ReportRequest& request) {
  request.command = command_words();
  const ReportSummary summary = engine().report(request, terminal_progress("steps"));
  for (const std::string& note : summary.notes) print_note(note);
  if (console().json) {
    std::cout << std::ifstream(summary.document).rdbuf() << std::flush;
  } else if (!console().quiet) {
    for (const std::string& statement : summary.statements) std::cout << statement << "\n";
    std::cout << request.output << "/report.html\n" << std::flush;
  }
  return 0;
}

Action add(CLI::App& options) {
  const auto request = std::make_shared<ReportRequest>();
  const auto set = [&](const char* name, auto& value, const char* help) {
    options.add_option(name, value, help)->capture_default_str();
  };
  add_model(options, request->model);
  options.add_option("input", request->input, "a PNG or JPEG picture, or a .npy array [C,H,W]")
      ->required()
      ->option_text("INPUT");
  options.add_option("--data", request->data,
                     "examples to compare with: a data set, see `limpid formats`, or a folder of inputs");
  set("--part", request->part, "train, test or all, where the data set has parts");
  options.add_option("--attributes", request->attributes,
                     "exemplars of attributes that an expert names, as for `limpid concepts attributes`");
  options.add_option("--attribute", request->only, "of the attributes these alone")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->option_text("NAME,…");
  set("--response", request->response, "how classes are carried back to the input, one of clear's responses");
  options.add_option("--method", request->methods, "maps drawn beside clear's (default: grad-cam and arm)")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->option_text("M[,M…]");
  set("--alternatives", request->alternatives, "runner-up classes");
  set("--cases", request->cases, "examples shown of each class");
  set("--segments", request->segments, "into about so many the input is cut, to find what would change the decision");
  set("--evaluations", request->evaluations, "changed inputs that are tried at most, for each search");
  set("--fill", request->fill, "what stands where something was removed: mean, blur or plain");
  set("-o,--output", request->output, "folder of the results");
  add_computing(options, *request);
  return [request] { return run(*request); };
}

}  // namespace

const Command report_command = {
    "report", "one decision explained: statements, maps, similar cases, and what would change it", add};

}  // namespace limpid
