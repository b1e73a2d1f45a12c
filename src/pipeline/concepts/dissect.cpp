// SPDX-License-Identifier: Apache-2.0
#include "limpid/concepts/dissection.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "core/json_text.h"
#include "limpid/core/error.h"
#include "limpid/core/files.h"
#include "limpid/data/npy.h"
#include "limpid/data/wrapping.h"
#include "pipeline/concepts/dissect.h"
#include "pipeline/words.h"

namespace limpid {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr int64_t kLeastPictures = 3;  // of a concept

void check(const DissectRequest& request) {
  if (!(request.rate > 0 && request.rate < .5))
    refuse("the share of activations above a unit's threshold is ", request.rate, "; expected above 0 and below 0.5");
  if (!(request.iou >= 0 && request.iou < 1))
    refuse("the IoU of detectors is ", request.iou, "; expected 0 or more, below 1");
  if (request.shown < 1 || request.shown > 100)
    refuse("the pictures shown for a detector are ", request.shown, "; expected 1 to 100");
}

void check(const ConceptSet& concepts, const std::string& folder) {
  std::vector<int64_t> counts(concepts.concepts.size(), 0);
  for (const auto& of_picture : concepts.concepts_of)
    for (const int64_t c : of_picture) ++counts[static_cast<size_t>(c)];
  for (size_t c = 0; c < counts.size(); ++c)
    if (counts[c] < kLeastPictures)
      fail("the concept '", concepts.concepts[c], "' in '", folder, "' has ", counts[c],
           counts[c] == 1 ? " picture" : " pictures", "; expected at least ", kLeastPictures);
}

/// Both passes over the data: the thresholds first, the masks then.
DissectFound dissected(const DissectRun& run, const Progress& progress) {
  const auto named = [&](const char* what) -> Progress {
    if (!progress) return {};
    return [&progress, what](int64_t done, int64_t all, std::string_view) { progress(done, all, what); };
  };
  const Network& network = run.setting.model.network;
  UnitStatistics statistics(run.setting.probes, 0, run.request.shown);
  probe(network, run.setting.probes, run.data, run.setting.plan(run.request, named("thresholds")),
        [&](const ProbeBatch& batch) { statistics.add(batch, {}); });
  std::vector<Tensor> thresholds;
  for (const LayerStatistics& layer : statistics.layers)
    thresholds.push_back(dissection_thresholds(layer, run.request.rate));
  Dissection all(run.setting.probes, std::move(thresholds), static_cast<int64_t>(run.concepts.concepts.size()));
  probe(network, run.setting.probes, run.data, run.setting.plan(run.request, named("masks")),
        [&](const ProbeBatch& batch) {
          for (int64_t n = 0; n < batch.images(); ++n) all.add(batch, n, run.masks_of(batch.first + n));
        });
  DissectFound found{std::move(statistics), std::move(all), {}};
  for (size_t i = 0; i < run.setting.probes.size(); ++i) found.best.push_back(best_concepts(found.dissection.iou(i)));
  return found;
}

void require_marked(const DissectRun& run, const DissectFound& found) {
  const std::vector<std::string>& names = run.concepts.concepts;
  for (size_t c = 0; c < names.size(); ++c)
    if (found.dissection.marked[static_cast<int64_t>(c)].item<int64_t>() == 0)
      fail("the concept '", names[c], "' in '", run.request.concepts,
           "' is nowhere as the network sees it: all of its masks are black; expected masks, or cut-outs, that are "
           "somewhere not black");
}

Json document_of(const DissectRun& run, const DissectFound& found) {
  Json document = Json::parse(head_json(run.request, run.setting.model, run.data));
  document["threshold_rate"] = run.request.rate;
  document["detector_iou"] = run.request.iou;
  document["concepts"] = Json::parse(table_json(concept_table(run, found))).at("rows");
  document["layers"] = Json::parse(table_json(detector_table(run, found))).at("rows");
  document["units"] = Json::parse(table_json(dissection_table(run, found))).at("rows");
  return document;
}

}  // namespace

std::vector<ConceptMask> DissectRun::masks_of(int64_t index) const {
  std::vector<ConceptMask> masks = concepts.masks(index);
  for (ConceptMask& one : masks) one.mask = fitted_mask(one.mask, setting.model.preprocess);
  return masks;
}

ConceptsSummary dissect(const DissectRequest& request, const Progress& progress) {
  check(request);
  const Setting setting = setting_of(request);
  if (!takes_pictures(setting.model.network))
    fail("the network's input is ", shape_text(setting.model.network.input_shape()),
         "; dissection needs one that takes pictures, in which concepts are marked");
  const ConceptSet concepts = open_concepts(request.concepts, data_limits(setting.model));
  check(concepts, request.concepts);
  const DissectRun run{request, setting, concepts, as_inputs(setting.model, concepts.pictures)};
  make_folder(request.output);
  const DissectFound found = dissected(run, progress);
  require_marked(run, found);
  for (size_t i = 0; i < setting.probes.size(); ++i) {
    const std::string layer = file_word(setting.probes[i].layer);
    write_npy(run.folder() / (layer + ".iou.npy"), found.dissection.iou(i));
    write_npy(run.folder() / (layer + ".thresholds.npy"), found.dissection.thresholds()[i]);
  }
  write_file(run.folder() / "dissection.csv", csv(dissection_table(run, found)));
  write_dissection_page(run, found, progress);
  const fs::path path = run.folder() / "dissection.json";
  write_file(path, json_text(document_of(run, found), 1) + "\n");
  return {path.string(), setting.model.notes};
}

}  // namespace limpid
