// SPDX-License-Identifier: Apache-2.0
#include "pipeline/concepts/tcav.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <numeric>
#include <tuple>

#include "core/json_text.h"
#include "limpid/core/error.h"
#include "limpid/core/files.h"
#include "limpid/core/lookup.h"
#include "limpid/data/loader.h"
#include "limpid/data/npy.h"
#include "limpid/data/wrapping.h"
#include "limpid/explain/arm.h"
#include "limpid/pipeline/targets.h"
#include "pipeline/scoring.h"
#include "pipeline/words.h"

namespace limpid {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr int64_t kEnoughSets = 20, kEnoughExemplars = 20, kEnoughInputs = 20;
constexpr double kMuchBlack = .25;  // by which exemplars are blacker than random inputs where they are cut-outs
constexpr double kTelling = .6;     // accuracy below which a CAV hardly tells its concept

void check(const TcavRequest& request) {
  if (request.targets.empty()) refuse("no class is asked for; expected --target");
  const bool made = !request.concepts.empty() && !request.random.empty();
  const bool reused = !request.cavs.empty() && request.concepts.empty() && request.random.empty();
  if (made == reused || (made && !request.cavs.empty()))
    refuse("concepts are asked for by --concepts and --random together, or by --cavs alone");
  require_least("the random sets are", request.random_sets, 3);
  require_least("the inputs in a random set are", request.set_size, 2);
  require_least("the inputs of a class are", request.inputs, 0);
  require_least("the inputs with maps are", request.maps, 0);
  if (!(request.l2 > 0)) refuse("the CAVs' l2 is ", request.l2, "; expected above 0");
  if (!(request.level > 0 && request.level < 1))
    refuse("the level of significance is ", request.level, "; expected above 0 and below 1");
  arm_composite(request.mode);
}

/// Derivatives of one class at some layers along their vectors [concepts + 1, sets, F]: float32 [.., inputs].
class Derivatives {
 public:
  Derivatives(const TcavRun& run, const std::vector<size_t>& layers) : run_(run), layers_(layers) {
    const Network& network = run.setting.model.network;
    for (const size_t layer : layers) {
      const Probe& probe = run.setting.probes[layer];
      sensitivities_.emplace_back(network, probe, run.cavs.pooled());
      vectors_.push_back(run.cavs.vectors(probe));
      directions_.push_back(vectors_.back().flatten(0, 1).t().to(options_of(network)));
    }
  }

  const Tensor& vectors(size_t i) const { return vectors_[i]; }

  /// One pass over the class's inputs.
  std::vector<TcavScores> of(size_t target, const Progress& progress) const {
    const TcavTarget& one = run_.targets[target];
    std::vector<std::vector<Tensor>> parts(layers_.size());
    std::vector<Tensor> first(layers_.size());
    std::vector<char> linear(layers_.size(), static_cast<char>(one.inputs.size() > 1));
    LoaderPlan how;
    how.batch = run_.setting.batch;
    how.threads = run_.request.loading;
    const Network& network = run_.setting.model.network;
    Loader loader(one.inputs, network.input_shape(), how);
    int64_t done = 0;
    for (std::optional<Batch> read = loader.next(); read; read = loader.next()) {
      if (progress) progress(done, one.inputs.size(), "derivatives");
      const Activations activations = forward(network, dense(read->inputs.to(options_of(network))));
      require_finite(activations[network.output],
                     "the network's output for example " + std::to_string(done) + " or a later one");
      for (size_t i = 0; i < layers_.size(); ++i) {
        const Tensor gradients = sensitivities_[i].gradients(activations, one.index);
        if (!first[i].defined()) first[i] = gradients[0].clone();
        const double most = first[i].abs().max().item<double>();
        linear[i] = linear[i] && (gradients - first[i]).abs().max().item<double>() <= 1e-4 * most;
        parts[i].push_back(at::mm(gradients, directions_[i]).to(at::kCPU, at::kFloat));
      }
      done += activations.images;
    }
    std::vector<TcavScores> scores;
    for (size_t i = 0; i < layers_.size(); ++i) {
      const Tensor all = at::cat(parts[i]).t().unflatten(0, {vectors_[i].size(0), vectors_[i].size(1)}).contiguous();
      const std::string layer = file_word(run_.setting.probes[layers_[i]].layer);
      write_npy(run_.folder() / fmt::format("{}.class{}.derivatives.npy", layer, one.index), all);
      scores.push_back({target, layers_[i], tcav_scores(all), linear[i] != 0});
    }
    return scores;
  }

 private:
  const TcavRun& run_;
  const std::vector<size_t>& layers_;
  std::vector<ConceptSensitivity> sensitivities_;
  std::vector<Tensor> vectors_, directions_;
};

TcavFound scored(const TcavRun& run, const Progress& progress) {
  TcavFound found;
  found.directions.resize(run.setting.probes.size());
  const auto concepts = static_cast<int64_t>(run.cavs.concepts().size());
  const int64_t rows = 2 * (concepts + 1) * run.cavs.sets();  // as read, and laid out for products
  for (const auto& layers : layers_within(run.setting, rows, run.cavs.pooled(), run.request.memory << 20)) {
    const Derivatives derivatives(run, layers);
    for (size_t target = 0; target < run.targets.size(); ++target)
      for (TcavScores& one : derivatives.of(target, progress)) found.scores.push_back(std::move(one));
    for (size_t i = 0; run.request.maps > 0 && i < layers.size(); ++i) {
      const Tensor mean = derivatives.vectors(i).narrow(0, 0, concepts).mean(1);
      found.directions[layers[i]] = mean / mean.norm(2, 1, /*keepdim=*/true).clamp_min(1e-30);
    }
  }
  std::stable_sort(found.scores.begin(), found.scores.end(), [](const TcavScores& a, const TcavScores& b) {
    return std::tie(a.target, a.probe) < std::tie(b.target, b.probe);
  });
  if (run.request.maps > 0) found.maps = concept_maps(run, found.directions, progress);
  return found;
}

/// What makes results unsure.
void note(TcavRun& run, const TcavFound& found) {
  const auto add = [&](const std::string& text) { run.notes.push_back(text); };
  if (run.cavs.sets() < kEnoughSets)
    add(fmt::format("{} random sets are few: scores of CAVs vary with the set, and the test wants at least {}",
                    run.cavs.sets(), kEnoughSets));
  for (const CavRecord& one : run.cavs.at_layer(run.setting.probes.front().layer))
    if (one.exemplars < kEnoughExemplars)
      add(fmt::format("{} {} are few for '{}': with other exemplars its CAV may be another; {} or more are steadier",
                      one.exemplars, one.is_random ? "inputs in a random set" : "exemplars", one.concept_name,
                      kEnoughExemplars));
  for (const TcavTarget& target : run.targets)
    if (target.inputs.size() < kEnoughInputs)
      add(fmt::format("{} inputs of '{}' are few: a score is a share of them", target.inputs.size(), target.name));
  for (const Probe& probe : run.setting.probes)
    for (const CavRecord& one : run.cavs.at_layer(probe.layer)) {
      const double mean = std::accumulate(one.accuracies.begin(), one.accuracies.end(), 0.) /
                          static_cast<double>(one.accuracies.size());
      if (!one.is_random && mean < kTelling)
        add(fmt::format(
            "at '{}' CAVs tell '{}' from random inputs in {:.0f} % of held-out cases; 50 % is chance, so its "
            "score there says little",
            probe.layer, one.concept_name, 100 * mean));
    }
  for (const TcavScores& one : found.scores)
    if (one.linear)
      add(fmt::format(
          "the score of '{}' is linear in the activations of '{}': each CAV's score is 0 or 1 there, whatever "
          "the inputs; earlier layers tell more",
          run.targets[one.target].name, run.setting.probes[one.probe].layer));
}

Json document_of(const TcavRun& run, const TcavFound& found, const Dataset& data) {
  Json document = Json::parse(head_json(run.request, run.setting.model, data));
  document["cavs"] = {{"folder", run.cavs.folder().string()},
                      {"concepts", run.cavs.concepts()},
                      {"random_sets", run.cavs.sets()},
                      {"pooled", run.cavs.pooled()}};
  document["level"] = run.request.level;
  document["tests"] = found.scores.size() * run.cavs.concepts().size();
  document["results"] = Json::parse(table_json(tcav_table(run, found))).at("rows");
  document["sets"] = Json::parse(table_json(tcav_set_table(run, found))).at("rows");
  Json maps = Json::array();
  for (const TcavMaps& input : found.maps)
    for (const TcavMap& map : input.maps)
      maps.push_back({{"input", input.name},
                      {"layer", run.setting.probes[map.probe].layer},
                      {"concept", run.cavs.concepts()[map.concept_index]},
                      {"projection", map.projection},
                      {"file", map.file}});
  document["maps"] = maps;
  document["notes"] = run.notes;
  return document;
}

}  // namespace

std::vector<TcavTarget> tcav_targets(const TcavRequest& request, const Model& model, const Dataset& data) {
  const Dataset known = data.classes.empty() ? data : aligned(data, model.labels);
  std::vector<TcavTarget> targets;
  for (const int64_t index : named_classes(request.targets, model.labels))
    targets.push_back({index, model.labels[static_cast<size_t>(index)],
                       inputs_of_class(known, model, index, request.inputs, request.data)});
  return targets;
}

ConceptsSummary tcav(const TcavRequest& asked, const Progress& progress) {
  check(asked);
  TcavRequest request = asked;
  CavStore cavs;
  if (!request.cavs.empty()) {
    cavs = CavStore::opened(request.cavs, request.only);
    if (request.layers.empty()) request.layers = cavs.layers();
  }
  const Setting setting = setting_of(request);
  if (request.maps > 0 && !takes_pictures(setting.model.network))
    fail("the network's input is ", shape_text(setting.model.network.input_shape()),
         "; maps need one that takes pictures");
  if (!request.cavs.empty()) {
    cavs.require_made_with(setting.model);
    for (const Probe& probe : setting.probes) cavs.at_layer(probe.layer);
  }
  const Dataset data = inputs_of(setting.model, request.data, request.part);
  std::vector<TcavTarget> targets = tcav_targets(request, setting.model, data);
  std::vector<std::string> notes = setting.model.notes;
  if (request.cavs.empty()) {
    const Exemplars exemplars = exemplars_of(request, setting.model);
    make_folder(request.output);
    cavs = make_cavs(request, setting, exemplars, progress);
    if (exemplars.black > exemplars.random_black + kMuchBlack)
      notes.push_back(fmt::format(
          "{:.0f} % of the exemplars is black and {:.0f} % of the random inputs: CAVs tell cut-outs on black from "
          "whole "
          "pictures, besides what is cut out; random inputs that are cut out likewise would leave the concept alone",
          100 * exemplars.black, 100 * exemplars.random_black));
    if (!exemplars.disjoint)
      notes.push_back(
          fmt::format("the random sets share inputs: {} sets of {} would need {} and '{}' has fewer, so their "
                      "scores vary less than those of sets apart, and p is too small",
                      request.random_sets, request.set_size, request.random_sets * request.set_size, request.random));
  }
  make_folder(request.output);
  TcavRun run{request, setting, std::move(targets), std::move(cavs), std::move(notes)};
  const TcavFound found = scored(run, progress);
  note(run, found);
  write_file(run.folder() / "tcav.csv", csv(tcav_table(run, found)));
  write_file(run.folder() / "sets.csv", csv(tcav_set_table(run, found)));
  write_tcav_page(run, found);
  const fs::path path = run.folder() / "tcav.json";
  write_file(path, json_text(document_of(run, found, data), 1) + "\n");
  return {path.string(), run.notes};
}

}  // namespace limpid
