// SPDX-License-Identifier: Apache-2.0
#include "pipeline/report/report.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "core/json_text.h"
#include "limpid/concepts/attributes.h"
#include "limpid/core/error.h"
#include "limpid/core/files.h"
#include "limpid/data/npy.h"
#include "limpid/explain/clear.h"
#include "limpid/pipeline/concepts.h"
#include "pipeline/batch.h"
#include "pipeline/concepts/attributes.h"
#include "pipeline/words.h"
#include "version.h"

namespace limpid {
namespace {

using Json = nlohmann::ordered_json;

void check_request(const ReportRequest& request) {
  if (request.input.empty()) refuse("there is no input; a picture or a .npy array is expected");
  if (!request.attributes.empty() && request.data.empty())
    refuse("attributes are asked for without data; their segments are told from random ones of --data");
  require_known("response", request.response, response_names());
  require_known("fill", request.fill, removal_fills());
  require_least("the alternatives are", request.alternatives, 0);
  require_least("the cases of each class are", request.cases, 1);
  require_least("the segments are", request.segments, 2);
  require_least("the evaluations are", request.evaluations, 1);
  require_least("the batch is", request.batch, 0);
  require_least("the memory in MiB is", request.memory, 1);
}

ModelRequest model_request(const ReportRequest& request) {
  ModelRequest model = request.model;
  if (model.like.empty() && std::filesystem::path(request.input).extension() == ".npy")
    model.like = npy_shape(request.input);
  return model;
}

Tensor one_input(const ReportRequest& request, const Model& model) {
  const Shape& shape = model.network.input_shape();
  if (shape.size() != 3) fail("the network's input is ", shape_text(shape), "; a report needs one of rows and columns");
  const Tensor input = load_input(request.input, model.preprocess, shape, model.limits.input);
  if (input.dim() == 3) return input;
  if (input.size(0) != 1) fail("'", request.input, "' has ", input.size(0), " inputs; a report is about one");
  return input[0];
}

AttributesRequest attributes_request(const CaseReport& run) {
  AttributesRequest request;
  request.model = run.request.model;
  request.data = run.request.input;
  request.random = run.request.data;
  request.target = std::to_string(run.map_class(run.decision()));
  request.attributes = run.request.attributes;
  request.only = run.request.only;
  request.methods = {"clear:response=" + run.request.response};
  request.fill = run.request.fill;
  request.maps = 1;
  request.output = (run.folder() / "attributes").string();
  request.threads = run.request.threads;
  request.batch = run.request.batch;
  request.memory = run.request.memory;
  request.seed = run.request.seed;
  request.command = run.request.command;
  return request;
}

Json attribute_rows(CaseReport& run, const Progress& progress) {
  const ConceptsSummary summary = attributes(attributes_request(run), progress);
  for (const std::string& note : summary.notes)
    if (std::find(run.notes.begin(), run.notes.end(), note) == run.notes.end()) run.notes.push_back(note);
  return Json::parse(read_file(summary.document, uint64_t{1} << 30));
}

Json class_json(const ScoredClass& one) {
  return {{"index", one.index}, {"label", one.label}, {"score", one.score}, {"probability", one.probability}};
}

Json cases_json(const CaseReport& run) {
  const auto list = [](const std::vector<Case>& cases, bool with_file) {
    Json all = Json::array();
    for (const Case& one : cases) {
      all.push_back({{"number", one.number}, {"example", one.name}, {"class", one.label}, {"cosine", one.cosine}});
      if (with_file) all.back()["file"] = one.file;
    }
    return all;
  };
  Json found = {{"labelled", run.cases->labelled}, {"nearest", list(run.cases->nearest, false)}};
  for (size_t c = 0; c < run.classes.size(); ++c)
    found["of_class"].push_back({{"class", run.classes[c].label}, {"examples", list(run.cases->of_class[c], true)}});
  return found;
}

Json statement_json(const Statement& statement) {
  Json numbers = Json::array();
  for (const Piece& piece : statement.pieces) {
    if (!piece.word) continue;
    const auto* const value = std::get_if<double>(&piece.word->value);
    if (value)
      numbers.push_back({{"name", piece.word->name},
                         {"value", *value},
                         {"shown", piece.text},
                         {"file", piece.word->file},
                         {"how", piece.word->how}});
  }
  return {{"id", statement.id}, {"text", statement.text()}, {"numbers", numbers}};
}

Json report_json(const CaseReport& run) {
  const ReportRequest& asked = run.request;
  Json document = {{"limpid", kVersion},
                   {"command", asked.command},
                   {"model", {{"path", run.model.path}, {"sha256", run.model.sha256}}},
                   {"input", {{"path", asked.input}, {"sha256", run.maps.at("inputs").at(0).at("sha256")}}},
                   {"settings",
                    {{"response", asked.response},
                     {"alternatives", asked.alternatives},
                     {"cases", asked.cases},
                     {"segments", asked.segments},
                     {"evaluations", asked.evaluations},
                     {"fill", asked.fill},
                     {"data", asked.data},
                     {"attributes", asked.attributes},
                     {"seed", asked.seed}}}};
  for (const ScoredClass& one : run.classes) document["classes"].push_back(class_json(one));
  document["cases"] = run.cases ? cases_json(run) : Json(nullptr);
  document["changes"] = Json::parse(read_file(run.folder() / "changes/changes.json", uint64_t{1} << 30));
  document["check"] = {
      {"last_layer_random", run.check.last}, {"all_layers_random", run.check.all}, {"draws", run.check.draws}};
  for (const Statement& statement : run.statements) document["statements"].push_back(statement_json(statement));
  document["notes"] = run.notes;
  return document;
}

}  // namespace

Tensor decision_scores(const Model& model, const Tensor& inputs) {
  const Tensor scores = logits(model.network, dense(inputs.to(options_of(model.network)))).to(at::kCPU, at::kDouble);
  require_finite(scores, "the network's output");
  return scores.size(1) > 1 ? scores : at::cat({scores, at::zeros_like(scores)}, 1);
}

Tensor decision_probabilities(const Model& model, const Tensor& scores) {
  if (model.network.classes() == 1) return scores.softmax(0);  // the sigmoid of the one score
  return probabilities(model.network, scores.unsqueeze(0))[0];
}

std::vector<ScoredClass> scored_classes(const Model& model, const Tensor& scores, int64_t most) {
  const Tensor order = std::get<1>(at::sort(scores, /*stable=*/true, 0, /*descending=*/true));
  const Tensor shares = decision_probabilities(model, scores);
  std::vector<ScoredClass> best;
  for (int64_t i = 0; i < std::min(most, order.size(0)); ++i) {
    const auto index = order[i].item<int64_t>();
    const bool is_not = index >= static_cast<int64_t>(model.labels.size());
    best.push_back({index, is_not ? "not " + model.labels.front() : model.labels[static_cast<size_t>(index)],
                    scores[index].item<double>(), shares[index].item<double>()});
  }
  return best;
}

int64_t inputs_at_once(const CaseReport& run) {
  if (run.request.batch > 0) return run.request.batch;
  const int64_t bytes = activation_bytes(run.model.network, run.model.type);
  return std::clamp<int64_t>((run.request.memory << 20) / 2 / bytes, 1, 32);
}

ReportSummary report(const ReportRequest& request, const Progress& progress) {
  check_request(request);
  set_up_process(request.threads);
  CaseReport run{request, open_model(model_request(request)), {}, {}};
  run.notes = run.model.notes;
  run.input = one_input(request, run.model);
  const Tensor scores = decision_scores(run.model, run.input.unsqueeze(0))[0];
  run.classes = scored_classes(run.model, scores, 1 + request.alternatives);
  check_methods(run);
  if (!request.attributes.empty()) attribute_exemplars(attributes_request(run), run.model);
  make_folder(run.folder());
  if (!request.data.empty()) run.cases = find_cases(run, progress);
  explain_all(run, progress);
  run.check = check_map(run, progress);
  find_changes(run, progress);
  if (!request.attributes.empty()) run.attributes = attribute_rows(run, progress);
  make_statements(run);
  write_file(run.folder() / "report.html", report_page(run));
  const std::filesystem::path path = run.folder() / "report.json";
  write_file(path, json_text(report_json(run), 1) + "\n");
  ReportSummary summary{path.string(), {}, run.notes};
  for (const Statement& statement : run.statements) summary.statements.push_back(statement.text());
  return summary;
}

}  // namespace limpid
