// SPDX-License-Identifier: Apache-2.0
#include <cstdio>
#include <fstream>
#include <iostream>

#include "command.h"
#include "console.h"
#include "engine.h"

namespace limpid {
namespace {

Action add(CLI::App& options) {
  const auto request = std::make_shared<StudyRequest>();
  const auto model = std::make_shared<ModelRequest>();
  options.add_option("study", request->study, "a name from `limpid studies`")->required()->option_text("STUDY");
  options.add_option("data", request->data, "what the study needs, see `limpid studies`")->option_text("DATA");
  options.add_option("-o,--output", request->output, "folder; <study>-study where it is not given");
  options.add_flag("--quick", request->quick, "minutes instead of hours: fewer examples and epochs");
  repeated(options.add_option("--set", request->settings, "an option of the study"), "OPTION=VALUE");
  repeated(options.add_option("--limit", request->limits,
                              "what is read at most: image-bytes, image-pixels, npy-bytes, model-bytes, …"));
  const auto computing = [&](const char* name, auto& value, const char* help) {
    options.add_option(name, value, help)->group("Computing")->capture_default_str();
  };
  add_device(options, *model);
  computing("--threads", request->threads, "0: all processors");
  computing("--loading", request->loading, "threads that make batches");
  computing("--memory", request->memory, "MiB for signals");
  computing("--seed", request->seed, "of everything random");
  add_console(options, true);
  return [request, model] {
    request->command = command_words();
    request->device = model->device;
    request->precision = model->precision;
    const std::string document = engine().study(*request, terminal_progress("steps"), print_line);
    if (console().json) std::cout << std::ifstream(document).rdbuf() << std::flush;
    return 0;
  };
}

}  // namespace

const Command study_command = {"study", "a study from data to networks, tables, figures and a report", add};

}  // namespace limpid
