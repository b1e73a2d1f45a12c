// SPDX-License-Identifier: Apache-2.0
#include "limpid/render/page.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include "limpid/data/image.h"
#include "limpid/data/preprocess.h"
#include "limpid/pipeline/manifest.h"
#include "pipeline/report/report.h"

namespace limpid {
namespace {

using Json = nlohmann::ordered_json;

constexpr int64_t kPictureSide = 256;  // the longer side at least
constexpr double kMarked = .55;        // of the colour over what was changed

Sentence sentence_of(const Statement& statement) {
  Sentence parts;
  for (const Piece& piece : statement.pieces) {
    const bool number = piece.word && std::holds_alternative<double>(piece.word->value);
    parts.push_back({piece.text, number ? piece.word->file + ": " + piece.word->how : ""});
  }
  return parts;
}

std::vector<Sentence> section(const CaseReport& run, const std::string& name) {
  std::vector<Sentence> sentences;
  for (const Statement& statement : run.statements)
    if (statement.section() == name) sentences.push_back(sentence_of(statement));
  return sentences;
}

/// As the network saw it.
Tensor drawn(const CaseReport& run, const Tensor& input) {
  return enlarged(unprocess(input, run.model.preprocess), kPictureSide);
}

void add_file(std::vector<GridCell>& cells, const CaseReport& run, const std::string& file,
              const std::string& caption) {
  if (!file.empty()) cells.push_back({read_image(run.folder() / file), caption});
}

/// Of every method of the run its picture over an input.
std::vector<GridCell> map_pictures(const CaseReport& run) {
  std::vector<GridCell> cells = {{drawn(run, run.input), "the input, as the network gets it"}};
  add_file(cells, run, map_file(run, 0, "clear", "overlay"), "clear: the class that each place speaks for most");
  std::string last = "clear";
  for (const Json& file : run.maps.at("inputs").at(0).at("files")) {
    const std::string method = file.at("method"), kind = file.at("kind"),
                      path = "maps/" + file.at("path").get<std::string>();
    const bool of_decision = file.at("target").is_null() || file.at("target") == run.map_class(run.decision());
    if (method == "clear" || !of_decision || (kind != "overlay" && kind != "grid")) continue;
    const bool of_units = file.at("target").is_null();
    if (of_units && kind != "grid") continue;
    add_file(cells, run, path,
             of_units ? method + ": what the units of a layer answer to" : method + " for " + run.decision().label);
  }
  return cells;
}

void add_cases(Page& page, const CaseReport& run) {
  if (!run.cases) return;
  page.heading("Examples that the network sees like it");
  page.sentences(section(run, "cases"));
  size_t which = 0;
  for (size_t c = 0; c < run.classes.size(); ++c) {
    const std::vector<Case>& cases = run.cases->of_class[c];
    if (cases.empty()) continue;
    page.subheading(run.classes[c].label);
    std::vector<GridCell> cells;
    for (const Case& one : cases) {
      ++which;
      const Tensor input = load_input(run.folder() / one.file, run.model.preprocess, run.model.network.input_shape(),
                                      run.model.limits.input);
      cells.push_back(
          {drawn(run, input.reshape(run.input.sizes())), fmt::format("{}, cosine {:.3f}", one.name, one.cosine)});
      add_file(cells, run, map_file(run, which, "clear", "overlay"), "what it speaks for");
    }
    page.gallery(cells);
  }
}

std::string change_caption(const CaseReport& run, const Change& change) {
  const std::string how = change.with ? "taken from " + change.with->name : "removed";
  if (!change.flip.found)
    return fmt::format("nearest to {}, {}: still {}",
                       change.toward ? run.classes[*change.toward].label : "another decision", how, change.after.label);
  return fmt::format("{}: {} ({:.3f})", how, change.after.label, change.after.probability);
}

void add_alternatives(Page& page, const CaseReport& run) {
  page.heading("What it is not, and what would have to change");
  page.sentences(section(run, "rejection"));
  const Tensor input = drawn(run, run.input);
  const Tensor red = at::tensor({220, 40, 30}, at::kByte).reshape({3, 1, 1}).expand_as(input).contiguous();
  std::vector<GridCell> cells;
  for (const Change& change : run.changes) {
    const Tensor mask = enlarged(change.mask.to(at::kByte).expand({3, -1, -1}).contiguous(), kPictureSide)[0];
    cells.push_back({overlay(grayed(input), red, kMarked, mask.to(at::kFloat)),
                     change.toward ? "for " + run.classes[*change.toward].label : "for another decision"});
    cells.push_back({drawn(run, change.changed), change_caption(run, change)});
  }
  page.gallery(cells);
  std::vector<GridCell> panel;
  add_file(panel, run, map_file(run, 0, "clear", "panel"), "what speaks for each class, on one scale");
  if (!panel.empty()) page.gallery(panel);
}

Table source_table(const CaseReport& run) {
  Table table{{"statement", "number", "value", "file", "how it follows"}, {}};
  for (const Statement& statement : run.statements)
    for (const Word& word : statement.words)
      if (const auto* const value = std::get_if<double>(&word.value); value)
        table.add({statement.id, word.name, *value, word.file, word.how});
  return table;
}

}  // namespace

std::string report_page(const CaseReport& run) {
  Page page(run.decision().label, std::filesystem::path(run.request.input).filename().string() + ", " +
                                      std::filesystem::path(run.model.path).filename().string());
  page.lead(section(run, "decision"));
  page.heading("What speaks for it");
  page.sentences(section(run, "evidence"));
  page.gallery(map_pictures(run));
  if (run.attributes) {
    std::vector<GridCell> cells;
    for (const Json& picture : run.attributes->at("pictures"))
      add_file(cells, run, "attributes/" + picture.at("files").get<std::string>() + ".attributes.png",
               "attributes, as far as they were found");
    page.gallery(cells);
  }
  add_cases(page, run);
  add_alternatives(page, run);
  page.heading("How far to rely on it");
  page.sentences(section(run, "confidence"));
  page.subheading("What this cannot say");
  page.sentences(section(run, "limits"));
  if (!run.notes.empty()) {
    page.subheading("Notes");
    page.list(run.notes);
  }
  page.heading("Where the numbers come from");
  page.paragraph(
      "Files are beside this page. Every number of a sentence is here, and shows where it is from when it is "
      "pointed at.");
  page.table(source_table(run));
  return page.html();
}

}  // namespace limpid
