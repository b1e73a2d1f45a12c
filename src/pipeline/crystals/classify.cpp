// SPDX-License-Identifier: Apache-2.0
#include <ATen/ATen.h>
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "core/json_text.h"
#include "core/parallel.h"
#include "limpid/core/error.h"
#include "limpid/core/files.h"
#include "limpid/crystal/asymmetry.h"
#include "limpid/crystal/classes.h"
#include "limpid/crystal/symmetry.h"
#include "limpid/pipeline/crystal_classify.h"
#include "limpid/pipeline/session.h"
#include "limpid/render/table.h"
#include "pipeline/clock.h"
#include "pipeline/crystals/classifier.h"
#include "pipeline/crystals/fingerprint_files.h"
#include "pipeline/crystals/spot_files.h"
#include "pipeline/structure_source.h"
#include "version.h"

namespace limpid {
namespace {
namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr size_t kStructuresTogether = 128;  // structures that are looked at together
constexpr int64_t kMostForSymmetry = 2000;   // atoms: spglib's time grows with their square

/// A structure, what was seen of it, and what it was named.
struct Case {
  StructureItem item;
  std::string error = {};
  CrystalView view = {};
  std::optional<SpaceGroup> group = {};
  CrystalAnswer answer = {};
};

/// spglib's, unless it was found on the way to the fingerprint or there can be none but P1.
std::optional<SpaceGroup> group_of(const Structure& structure, const Cluster& cluster) {
  if (cluster.group) return cluster.group;
  if (structure.size() > kMostForSymmetry) return {};
  return has_no_symmetry(structure) ? SpaceGroup{1, "P1"} : find_space_group(structure);
}

void look(Case& one, const CrystalClassifier& classifier, bool symmetry) {
  one.error = one.item.error;
  if (!one.error.empty()) return;
  const Structure& structure = one.item.structure;
  try {
    one.view = classifier.view(structure);
    if (symmetry) one.group = group_of(structure, one.view.cluster);
  } catch (...) {
    one.error = structure_failure_caught(one.item);
  }
}

const std::string& class_name(int64_t label) { return crystal_classes()[static_cast<size_t>(label)]; }

double best_of(const CrystalAnswer& answer) { return answer.probabilities[static_cast<size_t>(answer.label)]; }

std::string name_of(const Case& one) {
  return one.item.frame ? fmt::format("{}[{}]", one.item.path, *one.item.frame) : one.item.path;
}

std::string line_of(const Case& one, bool symmetry) {
  if (!one.error.empty()) return "";
  const CrystalAnswer& answer = one.answer;
  const std::string found = fmt::format("{}, {:.2f} %", class_name(answer.label), 100 * best_of(answer));
  std::string line = name_of(one) + ": " +
                     (answer.abstains.empty() ? found : "none, " + answer.abstains + "; the nearest is " + found);
  if (symmetry)
    line += "; spglib: " + (one.group ? fmt::format("{} ({})", one.group->symbol, one.group->number) : "none");
  return line + "\n";
}

Json json_of(const std::optional<SpaceGroup>& group) {
  return group ? Json{{"number", group->number}, {"symbol", group->symbol}} : Json();
}

Json entry_of(const Case& one, const std::vector<std::string>& files) {
  Json entry = {{"stem", one.item.stem}, {"path", one.item.path}};
  entry["frame"] = one.item.frame ? Json(*one.item.frame) : Json();
  entry["error"] = one.error.empty() ? Json() : Json(one.error);
  if (!one.error.empty()) return entry;
  const CrystalAnswer& answer = one.answer;
  entry["class"] = answer.abstains.empty() ? Json(class_name(answer.label)) : Json();
  entry["abstains"] = answer.abstains.empty() ? Json() : Json(answer.abstains);
  for (size_t k = 0; k < answer.probabilities.size(); ++k)
    entry["probabilities"][crystal_classes()[k]] = answer.probabilities[k];
  entry["distance"] = answer.distance;
  entry["space_group"] = json_of(one.group);
  entry["space_group_of_sites"] = json_of(one.view.cluster.symmetry);
  entry["atoms"] = one.item.structure.size();
  entry["notes"] = one.item.structure.notes;
  entry["cell"] = name_of(one.view.cluster.cell);
  entry["copies"] = one.view.cluster.copies;
  entry["scale"] = one.view.scale;
  entry["files"] = files;
  return entry;
}

/// The rows of answers.csv.
Table table_of_answers() {
  Table table{{"path", "frame", "class", "nearest", "probability", "distance", "abstains", "space_group", "error"}, {}};
  return table;
}

void add_row(Table& table, const Case& one) {
  const bool known = one.error.empty();
  const CrystalAnswer& answer = one.answer;
  table.add({one.item.path, one.item.frame.value_or(-1),
             known && answer.abstains.empty() ? class_name(answer.label) : "", known ? class_name(answer.label) : "",
             known ? best_of(answer) : std::nan(""), known ? answer.distance : std::nan(""), answer.abstains,
             one.group ? Cell(int64_t{one.group->number}) : Cell(std::nan("")), one.error});
}

class ClassifyRun {
 public:
  ClassifyRun(const ClassifyRequest& request, bool json, const std::function<void(const std::string&)>& print)
      : request_(request),
        json_(json),
        print_(print),
        classifier_(request.model, request.compounds),
        table_(table_of_answers()) {
    if (request.output.empty()) {
      if (request.explain) refuse("the maps need a folder to be written to: -o names it");
      return;
    }
    folder_ = request.output;
    make_folder(folder_ / "fingerprints");
    document_.emplace(folder_ / "answers.json");
    if (request.explain) spots_.emplace(folder_);
  }

  ClassifySummary finish(const Progress& progress) {
    const std::vector<fs::path> paths = expand_structures(request_.inputs);
    const std::string head = json_text(head_of());
    tell(head.substr(0, head.size() - 1) + ",\n\"structures\":[");
    StructureSource source(paths, classifier_.model().limits.structure, 2 * kStructuresTogether);
    for (auto items = source.next(kStructuresTogether); !items.empty(); items = source.next(kStructuresTogether)) {
      const int64_t reached = items.back().file + 1;
      for (const Case& one : answered(std::move(items))) take(one);
      if (progress) progress(reached, static_cast<int64_t>(paths.size()), "classified");
    }
    tell("\n],\n\"seconds\":" + json_text(clock_.seconds()) + "}\n");
    if (!document_) return summary_;
    document_->commit();
    write_file(folder_ / "answers.csv", csv(table_));
    if (spots_) spots_->finish();
    if (request_.explain && !images_.empty()) explain_all(progress);
    return summary_;
  }

 private:
  Json head_of() const {
    return {{"limpid", kVersion},
            {"command", request_.command},
            {"model", {{"path", classifier_.model().path}, {"sha256", classifier_.model().sha256}}},
            {"classes", crystal_classes()}};
  }

  void tell(const std::string& text) {
    if (json_) print_(text);
    if (document_) document_->append(text);
  }

  std::vector<Case> answered(std::vector<StructureItem> items) const {
    std::vector<Case> cases;
    for (StructureItem& item : items) cases.push_back({std::move(item)});
    for_each_parallel(cases.size(), [&](size_t i) { look(cases[i], classifier_, request_.symmetry); });
    std::vector<CrystalView> views;
    for (const Case& one : cases)
      if (one.error.empty()) views.push_back(one.view);
    const std::vector<CrystalAnswer> answers = classifier_(views);
    size_t next = 0;
    for (Case& one : cases)
      if (one.error.empty()) one.answer = answers[next++];
    return cases;
  }

  void take(const Case& one) {
    const std::vector<std::string> files = written(one);
    tell(std::string(summary_.structures++ == 0 ? "\n" : ",\n") + json_text(entry_of(one, files)));
    if (!json_) print_(line_of(one, request_.symmetry));
    if (document_) add_row(table_, one);
    summary_.abstained += one.error.empty() && !one.answer.abstains.empty();
    if (one.error.empty()) return;
    if (summary_.failed++ == 0) summary_.first_error = one.error;
  }

  std::vector<std::string> written(const Case& one) {
    if (!document_ || !one.error.empty()) return {};
    std::vector<std::string> files = write_fingerprint(folder_, "fingerprints/" + one.item.stem, one.view.image);
    images_.push_back((folder_ / files[0]).string());
    if (spots_) {
      const std::vector<std::string> more = spots_->add(classifier_, one.view, one.answer.label, one.item.stem);
      files.insert(files.end(), more.begin(), more.end());
    }
    return files;
  }

  /// CLEAR over the classes, and the attentive response of an early, a middle and the last convolution.
  void explain_all(const Progress& progress) {
    ExplainRequest how;
    how.model = request_.model;
    how.inputs = images_;
    how.methods = {"clear", "arm"};
    how.targets = "all";
    for (const Node& node : classifier_.model().original.nodes)
      if (node.layer.type->name == "conv") how.layers.push_back(node.name);
    how.layers = {how.layers.front(), how.layers[how.layers.size() / 2 - 1], how.layers.back()};
    how.output = (folder_ / "maps").string();
    how.threads = request_.threads;
    how.command = request_.command;
    const ExplainSummary made = explain(how, progress);
    summary_.page = (fs::path(made.manifest).parent_path() / "report.html").string();
  }

  const ClassifyRequest& request_;
  const bool json_;
  const std::function<void(const std::string&)>& print_;
  const CrystalClassifier classifier_;
  const Clock clock_;
  fs::path folder_;
  std::optional<GrowingFile> document_;
  std::optional<SpotFiles> spots_;
  Table table_;
  std::vector<std::string> images_;
  ClassifySummary summary_;
};

}  // namespace

ClassifySummary classify_crystals(const ClassifyRequest& request, bool json, const Progress& progress,
                                  const std::function<void(const std::string&)>& print) {
  set_up_process(request.threads);
  ClassifyRequest whole = request;
  whole.model.limits = request.limits;
  return ClassifyRun(whole, json, print).finish(progress);
}

}  // namespace limpid
