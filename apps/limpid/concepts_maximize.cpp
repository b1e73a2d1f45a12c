// SPDX-License-Identifier: Apache-2.0
#include "command.h"
#include "console.h"
#include "engine.h"

namespace limpid {
namespace {

Action add(CLI::App& options) {
  const auto request = std::make_shared<MaximizeRequest>();
  add_concepts(options, *request, /*streams=*/false);
  const auto list = [&](const char* name, auto& value, const char* help) {
    options.add_option(name, value, help)->delimiter(',')->allow_extra_args(false)->option_text("NUMBER,…");
  };
  list("--unit", request->units, "units of the layer, each at the middle of its map");
  list("--channel", request->channels, "units of the layer, the mean of their maps");
  options.add_option("--target", request->targets,
                     "classes: an index, a name or a part of one that no other has, a list of these, or all");
  const auto searching = [&](const char* name, auto& value, const char* help) {
    options.add_option(name, value, help)->group("Searching")->capture_default_str();
  };
  searching("--seeds", request->seeds, "beginnings for each");
  searching("--seed", request->seed, "of the first beginning");
  searching("--steps", request->steps, "upwards");
  searching("--shown", request->shown, "steps on the strip");
  searching("--rate", request->rate, "of a step, a share of the range of values");
  searching("--jitter", request->jitter, "pixels by which inputs are shifted at random at each step");
  searching("--decay", request->decay, "share of the way to the middle of the range, each step (L2)");
  searching("--blur", request->blur, "standard deviation in pixels, every fourth step until three quarters of them");
  searching("--norm", request->norm,
            "most distance from the middle of the range, root mean square, a share of it; 0: any");
  options
      .add_flag("--fourier", request->fourier,
                "search in Fourier coefficients, low frequencies first, without decay, blur and norm")
      ->group("Searching");
  return [request] {
    request->command = command_words();
    const ConceptsSummary summary = engine().maximize(*request, terminal_progress("steps", /*kept=*/false));
    for (const std::string& note : summary.notes) print_note(note);
    return print_document(summary.document);
  };
}

}  // namespace

const Command concepts_maximize_command = {"maximize", "inputs that units, channels or classes answer to most", add};

}  // namespace limpid
