// SPDX-License-Identifier: Apache-2.0
#include "pipeline/concepts/discover.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "core/json_text.h"
#include "limpid/core/error.h"
#include "limpid/core/files.h"
#include "limpid/data/npy.h"
#include "pipeline/concepts/tcav.h"
#include "pipeline/words.h"

namespace limpid {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr int64_t kMostSuperpixels = 1000;
constexpr uint64_t kMostBytesOfTest = uint64_t{1} << 30;

void check_discovery(const DiscoverRequest& request) {
  if (request.target.empty()) refuse("no class is asked for; expected --target");
  if (request.random.empty()) refuse("no random inputs are given; expected --random");
  if (request.layers.size() != 1 || request.layers.front() == "all")
    refuse("concepts are discovered in one layer; expected --layer with the name of one convolution");
  if (request.superpixels.empty()) refuse("no number of superpixels is given; expected --superpixels 15,50,80");
  for (const int64_t count : request.superpixels)
    if (count < 1 || count > kMostSuperpixels)
      refuse("an input is cut into ", count, " superpixels; expected 1 to ", kMostSuperpixels);
  require_least("the inputs are", request.inputs, 0);
  require_least("the clusters are", request.clusters, 2);
  require_least("the segments that stand for a cluster are", request.members, kLeastExemplars);
  require_least("the segments shown are", request.shown, 1);
  require_least("the random sets are", request.random_sets, 3);
  require_least("the inputs in a random set are", request.set_size, 2);
}

TcavRequest test_of(const DiscoverRequest& request) {
  TcavRequest test;
  static_cast<ConceptsRequest&>(test) = request;
  test.data = request.data;
  test.part = request.part;
  test.targets = request.target;
  test.inputs = request.inputs;
  test.concepts = (fs::path(request.output) / "concepts").string();
  test.random = request.random;
  test.random_sets = request.random_sets;
  test.set_size = request.set_size;
  test.l2 = request.l2;
  test.level = request.level;
  test.pooled = request.pooled;
  test.output = (fs::path(request.output) / "tcav").string();
  return test;
}

Clusters clustered_segments(const DiscoverRun& run, const SegmentCollection& all) {
  const auto count = static_cast<int64_t>(all.segments.size());
  if (count < run.request.clusters)
    fail("'", run.request.data, "' has ", run.inputs.size(), " inputs of '", run.class_name, "' with ", count,
         " segments, which cannot make ", run.request.clusters,
         " clusters; more inputs or fewer --clusters would work");
  return k_means(all.features, {.count = run.request.clusters, .seed = run.request.seed});
}

/// The clusters that the rules keep and that have enough segments to be tested; a note says which have not.
std::vector<DiscoveredConcept> testable_concepts(const DiscoverRun& run, const DiscoverFound& found,
                                                 std::vector<std::string>& notes) {
  std::vector<DiscoveredConcept> concepts = concepts_of(run, found.all, found.clusters);
  if (concepts.empty())
    fail("none of ", run.request.clusters, " clusters of ", found.all.segments.size(),
         " segments is frequent or large enough to be a concept; fewer --clusters would work");
  const auto small = std::find_if(concepts.begin(), concepts.end(),  // by size
                                  [](const DiscoveredConcept& one) { return one.size < kLeastExemplars; });
  const auto count = concepts.end() - small;
  if (small == concepts.begin())
    fail("of ", found.all.segments.size(), " segments in ", run.request.clusters, " clusters no cluster has ",
         kLeastExemplars, ", the fewest that a concept is tested with; more inputs of '", run.class_name,
         "', more --superpixels or fewer --clusters would work");
  if (count > 0)
    notes.push_back(fmt::format(
        "{}: a concept is tested with {} or more; more inputs or fewer --clusters make clusters larger",
        count == 1 ? fmt::format("a cluster is left out, which has {} segments", small->size)
                   : fmt::format("{} clusters are left out, which have {} segments at most", count, small->size),
        kLeastExemplars));
  concepts.erase(small, concepts.end());
  return concepts;
}

/// Removes the exemplars of an earlier run; throws where there is anything else.
void clear_members(const fs::path& folder) {
  if (!fs::exists(folder)) return;
  for (const auto& entry : fs::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    if (name.rfind("concept", 0) != 0 || !is_number(name.substr(7)))
      fail("the folder '", folder.string(), "' holds '", name,
           "', which is not of an earlier run; another folder of results would work");
  }
  fs::remove_all(folder);
}

/// Gives each concept its row of the test's table; the highest score comes first.
void take_scores(const std::string& document, DiscoverFound& found) {
  const Json results = Json::parse(read_file(document, kMostBytesOfTest)).at("results");
  for (DiscoveredConcept& one : found.concepts)
    for (const Json& row : results)
      if (row.at("concept") == one.name)
        for (const auto& [column, value] : row.items())
          one.test[column] = value.is_string()           ? Cell(value.get<std::string>())
                             : value.is_number_integer() ? Cell(value.get<int64_t>())
                             : value.is_number()         ? Cell(value.get<double>())
                                                         : Cell(std::nan(""));
  std::stable_sort(found.concepts.begin(), found.concepts.end(),
                   [](const DiscoveredConcept& a, const DiscoveredConcept& b) {
                     return number_in(a.test, "score") > number_in(b.test, "score");
                   });
}

std::string discovery_document(const DiscoverRun& run, const DiscoverFound& found, const Dataset& data,
                               const std::vector<std::string>& notes) {
  Json document = Json::parse(head_json(run.request, run.setting.model, data));
  document["class"] = run.class_name;
  document["layer"] = run.setting.probes.front().layer;
  document["inputs"] = run.inputs.size();
  document["superpixels"] = run.request.superpixels;
  document["segments"] = found.all.segments.size();
  document["clusters"] = run.request.clusters;
  document["inertia"] = found.clusters.inertia;
  document["fast"] = run.request.fast;
  document["concepts"] = Json::parse(table_json(concept_table(run, found))).at("rows");
  document["notes"] = notes;
  return json_text(document, 1) + "\n";
}

}  // namespace

ConceptsSummary discover(const DiscoverRequest& request, const Progress& progress) {
  check_discovery(request);
  const Setting setting = setting_of(request);
  if (!takes_pictures(setting.model.network))
    fail("the network's input is ", shape_text(setting.model.network.input_shape()),
         "; concepts are discovered in pictures");
  const Dataset data = inputs_of(setting.model, request.data, request.part);
  const TcavRequest test = test_of(request);
  const std::vector<TcavTarget> targets = tcav_targets(test, setting.model, data);
  if (targets.size() != 1)
    refuse("concepts of ", targets.size(), " classes are asked for; expected one class of --target");
  make_folder(request.output);
  const DiscoverRun run{request, setting, targets.front().name, targets.front().inputs, canvas_of(setting.model)};
  DiscoverFound found;
  found.all = collect_segments(run, progress);
  found.clusters = clustered_segments(run, found.all);
  std::vector<std::string> notes;
  found.concepts = testable_concepts(run, found, notes);
  clear_members(run.folder() / "concepts");
  const auto pictures = write_members(run, found);
  std::vector<std::vector<MemberPictures>> ordered;
  ConceptsSummary summary = tcav(test, progress);
  summary.notes.insert(summary.notes.begin(), notes.begin(), notes.end());
  const std::vector<DiscoveredConcept> by_size = found.concepts;
  take_scores(summary.document, found);
  for (const DiscoveredConcept& one : found.concepts)
    for (size_t i = 0; i < by_size.size(); ++i)
      if (by_size[i].name == one.name) ordered.push_back(pictures[i]);
  write_npy(run.folder() / "features.npy", found.all.features);
  write_npy(run.folder() / "centres.npy", found.clusters.centres.to(at::kFloat));
  write_file(run.folder() / "concepts.csv", csv(concept_table(run, found)));
  write_file(run.folder() / "segments.csv", csv(segment_table(run, found)));
  write_discover_page(run, found, ordered, summary.notes);
  summary.document = (run.folder() / "discover.json").string();
  write_file(summary.document, discovery_document(run, found, data, summary.notes));
  return summary;
}

}  // namespace limpid
