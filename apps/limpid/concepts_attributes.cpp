// SPDX-License-Identifier: Apache-2.0
#include "command.h"
#include "console.h"
#include "engine.h"

namespace limpid {
namespace {

void add_what(CLI::App& options, AttributesRequest& request) {
  options.add_option("--class", request.target, "an index, a name or a part of one that no other has");
  options.add_option("--attributes", request.attributes,
                     "exemplars: a folder with a folder of cut-outs on black for each attribute, or with images/ and "
                     "masks/<attribute>/; or glyphs:200, drawn ones");
  options.add_option("--attribute", request.only, "of the attributes these alone")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->option_text("NAME,…");
  options.add_option(
      "--data", request.data,
      "inputs of the class: a data set, see `limpid formats`, or a folder of inputs; or one with images/ "
      "and masks/<attribute>/, where places are known");
  options.add_option("--part", request.part, "train, test or all, where the data set has parts")->capture_default_str();
  options.add_option("--inputs", request.inputs, "at most so many; 0: all")->capture_default_str();
  repeated(options.add_option(
               "--method", request.methods,
               "a local method, with options of it; several are compared (default: clear:response=lrp:epsilon-plus)"),
           "NAME[:OPTION=VALUE,…]");
  options.add_option("--compare", request.compare, "another model, which is compared on the same inputs")
      ->option_text("MODEL");
  options.add_option("--compare-layer", request.compare_layers, "its layer")->expected(1)->option_text("NAME");
}

void add_how(CLI::App& options, AttributesRequest& request) {
  const auto add = [&](const char* name, auto& value, const char* help) {
    return options.add_option(name, value, help)->group("Measuring")->capture_default_str();
  };
  add("--segments", request.segments,
      "superpixels, response (regions of the first method's map), masks; auto: masks where the data have them");
  add("--scales", request.scales, "superpixels of a picture, for each scale")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->option_text("NUMBER,…");
  add("--embedding", request.embedding,
      "how segments and exemplars are looked at: cut-out, each enlarged; in-place, the layer's map of the whole input "
      "over "
      "them; auto: in-place where exemplars are marked in pictures");
  add("--strictness", request.strictness,
      "how alike a segment must be to be an attribute's: 1 as the exemplars are to each other, all but 5 %; 0 more "
      "than "
      "95 % of random segments");
  add("--temperature", request.temperature, "of the assignment of segments to attributes");
  add("--fill", request.fill, "what stands where something was removed: mean, blur or plain");
  add("--controls", request.controls, "random removals for each region");
  add("--randomisations", request.randomisations,
      "copies of the network with random weights, whose lift on the same segments is given beside the network's; 0: "
      "none");
  add("--random", request.random, "inputs whose segments stand for anything; without it those of the data");
  add("--random-sets", request.random_sets, "random sets of segments, which concept vectors are told from");
  add("--set-size", request.set_size, "segments in a random set");
  add("--level", request.level, "of significance, after Bonferroni's correction");
  add("--draws", request.draws, "of the bootstrap");
}

Action add(CLI::App& options) {
  const auto request = std::make_shared<AttributesRequest>();
  add_concepts(options, *request);
  add_what(options, *request);
  add_how(options, *request);
  options.add_option("--maps", request->maps, "inputs that are drawn, with their arrays")->capture_default_str();
  options.add_option("--seed", request->seed, "of everything random")->group("Computing")->capture_default_str();
  return [request] {
    request->command = command_words();
    const ConceptsSummary summary = engine().attributes(*request, terminal_progress("steps"));
    for (const std::string& note : summary.notes) print_note(note);
    return print_document(summary.document);
  };
}

}  // namespace

const Command concepts_attributes_command = {
    "attributes", "whether what speaks for a class lies on attributes that a person showed exemplars of", add};

}  // namespace limpid
