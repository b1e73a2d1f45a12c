// SPDX-License-Identifier: Apache-2.0
// The maps of the input and of its cases, by explain(), and whether they depend on what the network learned.
#include <ATen/ATen.h>

#include "limpid/core/error.h"
#include "limpid/core/files.h"
#include "limpid/data/npy.h"
#include "limpid/explain/clear.h"
#include "limpid/explain/method.h"
#include "limpid/explain/randomization.h"
#include "limpid/pipeline/session.h"
#include "pipeline/choices.h"
#include "pipeline/report/report.h"

namespace limpid {
namespace {

using Json = nlohmann::ordered_json;

constexpr int64_t kDraws = 3;  // of random weights

std::vector<std::string> usual_methods(const Network& network) {
  std::vector<std::string> names;
  for (const char* name : {"grad-cam", "arm"})
    if (!method(name).refusal(network)) names.emplace_back(name);
  return names;
}

/// Clear over the classes reported, and what is drawn beside it, of the input and its cases.
ExplainRequest explain_request(const CaseReport& run) {
  const ReportRequest& asked = run.request;
  ExplainRequest request;
  request.model = asked.model;
  request.inputs = {asked.input};
  if (run.cases)
    for (const auto& cases : run.cases->of_class)
      for (const Case& one : cases) request.inputs.push_back((run.folder() / one.file).string());
  std::string list;
  for (const ScoredClass& one : run.classes) {
    const std::string index = std::to_string(run.map_class(one));
    if (("," + list + ",").find("," + index + ",") == std::string::npos) list += (list.empty() ? "" : ",") + index;
  }
  request.targets = list;
  request.methods = {"clear"};
  for (const std::string& name : asked.methods.empty() ? usual_methods(run.model.network) : asked.methods)
    if (name != "clear") request.methods.push_back(name);
  request.settings = {"clear.response=" + asked.response, "clear.classes=" + list, "clear.also=panel"};
  request.output = (run.folder() / "maps").string();
  request.threads = asked.threads;
  request.batch = asked.batch;
  request.memory = asked.memory;
  request.seed = asked.seed;
  request.command = asked.command;
  return request;
}

/// The class's response by a network, [H, W], float64 on the CPU.
Tensor class_map(const CaseReport& run, const Network& network) {
  ResponseHow how;
  if (takes_pictures(network)) {
    const auto [low, high] = input_bounds(run.model.preprocess, network.input_shape().front());
    how.low = low.to(options_of(network));
    how.high = high.to(options_of(network));
  }
  const Activations activations = forward(network, run.input.unsqueeze(0).to(options_of(network)));
  const Tensor classes = at::full({1, 1}, run.map_class(run.decision()), at::kLong).to(run.model.device);
  return named_response(run.request.response, network, activations, how)(classes)[0][0].sum(0).to(at::kCPU,
                                                                                                  at::kDouble);
}

/// Of their absolute values where not both are 0: an empty background is no likeness.
double likeness(const Tensor& one, const Tensor& other) {
  const Tensor there = at::logical_or(one != 0, other != 0);
  return rank_correlation(one.abs().masked_select(there), other.abs().masked_select(there));
}

}  // namespace

void check_methods(const CaseReport& run) { chosen_methods(explain_request(run), run.model.network); }

void explain_all(CaseReport& run, const Progress& progress) {
  const ExplainSummary summary = explain(explain_request(run), progress);
  if (summary.failed > 0) fail(summary.first_error);
  for (const std::string& note : summary.notes)
    if (std::find(run.notes.begin(), run.notes.end(), note) == run.notes.end()) run.notes.push_back(note);
  run.maps = Json::parse(read_file(summary.manifest, uint64_t{1} << 30));
}

std::string map_file(const CaseReport& run, size_t which, const std::string& method, const std::string& kind,
                     std::optional<int64_t> target) {
  for (const Json& file : run.maps.at("inputs").at(which).at("files"))
    if (file.at("method") == method && file.at("kind") == kind &&
        (!target || (file.at("target").is_number() && file.at("target") == *target)))
      return "maps/" + file.at("path").get<std::string>();
  return "";
}

Tensor response_of(const CaseReport& run, const ScoredClass& one) {
  const Tensor map = read_npy(run.folder() / map_file(run, 0, "clear", "response", run.map_class(one)));
  return map.dim() == 3 ? map.sum(0) : map;
}

MapCheck check_map(const CaseReport& run, const Progress& progress) {
  make_folder(run.folder() / "checks");
  const Tensor shown = class_map(run, run.model.network);
  write_npy(run.folder() / "checks/map.npy", shown);
  const auto mean = [&](int64_t layers, const std::string& name) {
    std::vector<Tensor> maps;
    double sum = 0;
    for (int64_t draw = 0; draw < kDraws; ++draw) {
      if (progress) progress(draw, kDraws, "networks with random weights");
      const auto seed = run.request.seed + static_cast<uint64_t>(draw);
      maps.push_back(class_map(run, randomized(run.model.network, layers, seed)));
      sum += likeness(shown, maps.back());
    }
    write_npy(run.folder() / ("checks/" + name + ".npy"), at::stack(maps));
    return sum / kDraws;
  };
  const double last = mean(1, "last-random"), all = mean(0, "all-random");
  return {last, all, kDraws};
}

}  // namespace limpid
