// SPDX-License-Identifier: Apache-2.0
#include "pipeline/concepts/units.h"

#include <ATen/ATen.h>

#include <nlohmann/json.hpp>

#include "core/json_text.h"
#include "limpid/core/error.h"
#include "limpid/core/files.h"
#include "limpid/explain/arm.h"

namespace limpid {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

void check(const UnitsRequest& request) {
  if (request.top < 1 || request.top > 100) refuse("the top inputs a unit are ", request.top, "; expected 1 to 100");
  if (request.class_examples < 1)
    refuse("a class of ", request.class_examples, " examples cannot count; expected 1 or more");
  arm_composite(request.mode);
}

std::map<std::string, std::string> settings_of(const UnitsRequest& request, const Setting& setting,
                                               const Dataset& data) {
  std::string layers;
  for (const Probe& probe : setting.probes) layers += (layers.empty() ? "" : ",") + probe.layer;
  return {{"model", setting.model.sha256},
          {"data", data.description + " (" + table_hash(data) + ")"},
          {"layers", layers},
          {"top", std::to_string(request.top)},
          {"responses", std::to_string(request.responses)},
          {"mode", request.mode},
          {"maps", request.maps ? "yes" : "no"},
          {"invariance", std::to_string(request.invariance)},
          {"precision", setting.model.precision},
          {"batch", std::to_string(setting.batch)},
          {"preprocessing", to_json(setting.model.preprocess)}};
}

/// The data's classes or, where they have none, what the network answers.
Tensor labels_of(const ProbeBatch& batch, const Dataset& data) {
  return data.classes.empty() ? batch.logits.argmax(1).cpu() : batch.labels;
}

Json document_of(const UnitsRun& run, const UnitsFound& found, const Table& units) {
  Json document = Json::parse(head_json(run.request, run.setting.model, run.data));
  document["classes_of"] = run.data.classes.empty() ? "the network's answers" : "the data";
  document["layers"] = Json::parse(table_json(layer_table(run, found))).at("rows");
  for (size_t i = 0; i < run.setting.probes.size(); ++i)
    document["layers"][i]["map"] = {run.setting.probes[i].rows, run.setting.probes[i].columns};
  document["units"] = Json::parse(table_json(units)).at("rows");
  return document;
}

}  // namespace

UnitStatistics gathered(const UnitsRun& run, const Progress& progress) {
  UnitStatistics statistics(run.setting.probes, static_cast<int64_t>(run.classes.size()), run.request.top);
  RunState state = run.state("statistics");
  if (!state.loaded().empty()) statistics.restore(state.loaded());
  ProbePlan plan = run.setting.plan(run.request, progress);
  plan.first = state.done();
  int64_t done = state.done();
  try {
    probe(run.setting.model.network, run.setting.probes, run.data, plan, [&](const ProbeBatch& batch) {
      statistics.add(batch, labels_of(batch, run.data));
      ++done;
      if (state.due()) state.save(done, statistics.state());
    });
  } catch (...) {
    if (done > state.done()) state.save(done, statistics.state());
    throw;
  }
  if (done > state.done()) state.save(done, statistics.state());
  return statistics;
}

ConceptsSummary write_units(const UnitsRequest& request, const Progress& progress) {
  check(request);
  const Setting setting = setting_of(request);
  const Dataset data = inputs_of(setting.model, request.data, request.part);
  make_folder(request.output);
  const UnitsRun run{request, setting, data, data.classes.empty() ? setting.model.labels : data.classes,
                     settings_of(request, setting, data)};
  UnitsFound found{gathered(run, progress), {}, {}};
  found.invariance = tried(run, found.statistics, progress);
  found.pictures = pictured(run, found.statistics, progress);
  const Table units = unit_table(run, found);
  write_arrays(run, found.statistics);
  write_file(run.folder() / "units.csv", csv(units));
  write_unit_page(run, found);
  const fs::path path = run.folder() / "units.json";
  write_file(path, json_text(document_of(run, found, units), 1) + "\n");
  for (const char* stream : {"statistics", "invariance", "pictures"})
    remove_state(run.folder() / (std::string(stream) + ".state"));
  return {path.string(), setting.model.notes};
}

}  // namespace limpid
