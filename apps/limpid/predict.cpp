// SPDX-License-Identifier: Apache-2.0
#include <cstdio>

#include "command.h"
#include "console.h"
#include "engine.h"

namespace limpid {
namespace {

Action add(CLI::App& options) {
  const auto request = std::make_shared<PredictRequest>();
  add_model(options, request->model);
  options.add_option("data", request->data, "a data set, see `limpid formats`")->required()->option_text("DATA");
  options.add_option("--part", request->part, "train, test or all, where the data set has parts")
      ->capture_default_str();
  options.add_option("--fold", request->fold, "only the examples of this fold");
  options.add_option("-o,--output", request->output,
                     "folder for predictions.csv, confusion.csv, scores.json, report.html");
  add_device(options, request->model);
  const auto computing = [&](const char* name, auto& value, const char* help) {
    options.add_option(name, value, help)->group("Computing")->capture_default_str();
  };
  computing("--threads", request->threads, "0: all processors");
  computing("--loading", request->loading, "threads that make batches");
  computing("--batch", request->batch, "inputs at once");
  add_console(options, true);
  return [request] {
    std::fputs(engine().predict(*request, console().json, terminal_progress()).c_str(), stdout);
    return 0;
  };
}

}  // namespace

const Command predict_command = {"predict", "accuracy, recall of each class, confusion and calibration on a data set",
                                 add};

}  // namespace limpid
