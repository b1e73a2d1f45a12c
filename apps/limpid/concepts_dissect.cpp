// SPDX-License-Identifier: Apache-2.0
#include "command.h"
#include "console.h"
#include "engine.h"

namespace limpid {
namespace {

Action add(CLI::App& options) {
  const auto request = std::make_shared<DissectRequest>();
  add_concepts(options, *request);
  options
      .add_option(
          "concepts", request->concepts,
          "a folder with images/ and masks/<concept>/, or with a folder of cut-outs on black for each concept; or "
          "glyphs:500, so many drawn pictures")
      ->required()
      ->option_text("CONCEPTS");
  options.add_option("--rate", request->rate, "share of a unit's activations above its threshold")
      ->capture_default_str();
  options.add_option("--iou", request->iou, "above which a unit is a detector")->capture_default_str();
  options.add_option("--top", request->shown, "pictures shown for a detector")->capture_default_str();
  return [request] {
    request->command = command_words();
    const ConceptsSummary summary = engine().dissect(*request, terminal_progress("inputs", /*kept=*/false));
    for (const std::string& note : summary.notes) print_note(note);
    return print_document(summary.document);
  };
}

}  // namespace

const Command concepts_dissect_command = {"dissect", "which units detect concepts that are marked in pictures", add};

}  // namespace limpid
