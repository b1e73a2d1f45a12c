// SPDX-License-Identifier: Apache-2.0
#include "command.h"
#include "console.h"
#include "engine.h"

namespace limpid {
namespace {

Action add(CLI::App& options) {
  const auto request = std::make_shared<DiscoverRequest>();
  add_concepts(options, *request);
  options
      .add_option(
          "data", request->data,
          "inputs of the class: a data set, see `limpid formats`, whose classes are the model's, or a folder of "
          "inputs, which are all of it")
      ->required()
      ->option_text("DATA");
  const auto set = [&](const char* name, auto& value, const char* help) {
    options.add_option(name, value, help)->capture_default_str();
  };
  set("--part", request->part, "train, test or all, where the data set has parts");
  options.add_option("--target", request->target, "the class: an index, a name or a part of one that no other has");
  options.add_option("--random", request->random, "a folder of random inputs, of which sets are drawn");
  set("--inputs", request->inputs, "at most so many of the class, evenly chosen; 0: all");
  options.add_option("--superpixels", request->superpixels, "an input is cut into about so many, at each scale")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->option_text("N,…=15,50,80");
  set("--clusters", request->clusters, "clusters of segments, of which the frequent and large are concepts");
  set("--members", request->members, "segments at most, those nearest to its middle, that stand for a cluster");
  options.add_flag("--fast", request->fast,
                   "see segments in the maps of their inputs: one forward pass an input, not one a segment");
  set("--shown", request->shown, "segments of each concept on the page");
  set("--random-sets", request->random_sets, "random sets, each of which every concept is told from");
  set("--set-size", request->set_size, "inputs in a random set");
  set("--l2", request->l2, "how much the CAVs' classifiers are regularised");
  options.add_flag("--pooled", request->pooled, "CAVs in the means of maps over positions, not in whole maps");
  set("--level", request->level, "of significance, after Bonferroni's correction");
  options.add_option("--seed", request->seed, "of everything random")->group("Computing")->capture_default_str();
  return [request] {
    request->command = command_words();
    const ConceptsSummary summary = engine().discover(*request, terminal_progress("steps", /*kept=*/false));
    for (const std::string& note : summary.notes) print_note(note);
    return print_document(summary.document);
  };
}

}  // namespace

const Command concepts_discover_command = {"discover", "concepts that nobody named, found in a class's inputs", add};

}  // namespace limpid
