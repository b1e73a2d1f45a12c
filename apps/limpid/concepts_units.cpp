// SPDX-License-Identifier: Apache-2.0
#include "command.h"
#include "console.h"
#include "engine.h"

namespace limpid {
namespace {

Action add(CLI::App& options) {
  const auto request = std::make_shared<UnitsRequest>();
  add_concepts(options, *request);
  options.add_option("data", request->data, "a data set, see `limpid formats`, or a folder of inputs")
      ->required()
      ->option_text("DATA");
  options.add_option("--part", request->part, "train, test or all, where the data set has parts")
      ->capture_default_str();
  options.add_option("--top", request->top, "inputs shown for each unit")->capture_default_str();
  options.add_option("--class-examples", request->class_examples, "a class of fewer does not count for selectivity")
      ->capture_default_str();
  options.add_option("--responses", request->responses, "of these with an attentive response map; 0: none")
      ->capture_default_str();
  options
      .add_option("--mode", request->mode,
                  "what activations do on the way back of the maps: linear, deconvnet, guided, gradient or authors")
      ->capture_default_str();
  options
      .add_option("--invariance", request->invariance, "inputs that are transformed for the units' invariance; 0: none")
      ->capture_default_str();
  options.add_flag("--maps", request->maps, "write the raw maps too, an array for each layer");
  return [request] {
    request->command = command_words();
    const ConceptsSummary summary = engine().write_units(*request, terminal_progress("inputs"));
    for (const std::string& note : summary.notes) print_note(note);
    return print_document(summary.document);
  };
}

}  // namespace

const Command concepts_units_command = {
    "units", "each unit's strongest inputs with response maps, statistics, selectivity and invariance", add};

}  // namespace limpid
