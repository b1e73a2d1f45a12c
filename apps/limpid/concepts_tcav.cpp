// SPDX-License-Identifier: Apache-2.0
#include "command.h"
#include "console.h"
#include "engine.h"

namespace limpid {
namespace {

Action add(CLI::App& options) {
  const auto request = std::make_shared<TcavRequest>();
  add_concepts(options, *request);
  options
      .add_option("data", request->data,
                  "inputs of the classes: a data set, see `limpid formats`, whose classes are the model's, or a folder "
                  "of inputs, which count for every class asked for")
      ->required()
      ->option_text("DATA");
  options.add_option("--part", request->part, "train, test or all, where the data set has parts")
      ->capture_default_str();
  options.add_option("--target", request->targets,
                     "classes: an index, a name or a part of one that no other has, a list of these, or all");
  options.add_option("--concepts", request->concepts,
                     "a folder with a folder of exemplars for each concept; or as `limpid concepts dissect` takes it");
  options.add_option("--random", request->random, "a folder of random inputs, of which sets are drawn");
  options.add_option("--cavs", request->cavs, "instead of both: the folder of an earlier run, whose CAVs are used");
  options.add_option("--concept", request->only, "of the concepts these alone")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->option_text("NAME,…");
  const auto set = [&](const char* name, auto& value, const char* help) {
    options.add_option(name, value, help)->capture_default_str();
  };
  set("--random-sets", request->random_sets, "random sets, each of which every concept is told from");
  set("--set-size", request->set_size, "inputs in a random set");
  set("--l2", request->l2, "how much the CAVs' classifiers are regularised");
  options.add_flag("--pooled", request->pooled, "CAVs in the means of maps over positions, not in whole maps");
  set("--level", request->level, "of significance, after Bonferroni's correction");
  set("--inputs", request->inputs, "at most so many of each class; 0: all");
  set("--maps", request->maps, "inputs of each class with maps of where the concepts speak");
  set("--mode", request->mode,
      "what activations do on the way back of the maps: linear, deconvnet, guided, gradient or authors");
  options.add_option("--seed", request->seed, "of everything random")->group("Computing")->capture_default_str();
  return [request] {
    request->command = command_words();
    const ConceptsSummary summary = engine().tcav(*request, terminal_progress("steps", /*kept=*/false));
    for (const std::string& note : summary.notes) print_note(note);
    return print_document(summary.document);
  };
}

}  // namespace

const Command concepts_tcav_command = {
    "tcav", "whether a class rests on concepts that exemplars show, and where in an input they are", add};

}  // namespace limpid
