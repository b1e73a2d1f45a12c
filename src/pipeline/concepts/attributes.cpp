// SPDX-License-Identifier: Apache-2.0
#include "pipeline/concepts/attributes.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/json_text.h"
#include "limpid/core/error.h"
#include "limpid/core/files.h"
#include "limpid/core/lookup.h"
#include "pipeline/concepts/attributes_statistics.h"
#include "pipeline/concepts/state.h"
#include "pipeline/words.h"

namespace limpid {
namespace {

using Json = nlohmann::ordered_json;

const std::string kUsualMethod = "clear:response=lrp:epsilon-plus";
const std::vector<std::string> kSegmentKinds = {"auto", "superpixels", "response", "masks"};
constexpr int64_t kManyInputs = 20, kManyExemplars = 5;
constexpr double kOftenDecided = .5;

void check_attributes(const AttributesRequest& request) {
  if (request.target.empty()) refuse("no class is asked for; expected --class");
  if (request.data.empty()) refuse("no inputs of the class are asked for; expected --data");
  if (request.compare.empty() && !request.compare_layers.empty())
    refuse("--compare-layer names a layer of a second model, and none is given; expected --compare");
  for (size_t m = 0; m < request.methods.size(); ++m)
    if (std::count(request.methods.begin(), request.methods.begin() + static_cast<int64_t>(m), request.methods[m]) > 0)
      refuse("the method '", request.methods[m], "' is asked for twice");
  require_known("segmentation", request.segments, kSegmentKinds);
  require_known("embedding", request.embedding, {"auto", "cut-out", "in-place"});
  require_known("fill", request.fill, removal_fills());
  if (request.scales.empty()) refuse("no scale of superpixels is given; expected numbers such as 15,50,80");
  for (const int64_t scale : request.scales) require_least("the superpixels of a picture are", scale, 1);
  if (!(request.strictness >= 0 && request.strictness <= 1))
    refuse("the strictness is ", request.strictness, "; expected 0 to 1");
  if (!(request.temperature > 0)) refuse("the temperature is ", request.temperature, "; expected above 0");
  if (!(request.level > 0 && request.level < 1))
    refuse("the level of significance is ", request.level, "; expected above 0 and below 1");
  require_least("the random removals of a region are", request.controls, 1);
  require_least("the networks with random weights are", request.randomisations, 0);
  require_least("the random sets are", request.random_sets, 3);
  require_least("the segments in a random set are", request.set_size, 2);
  require_least("the inputs are", request.inputs, 0);
  require_least("the inputs that are drawn are", request.maps, 0);
  require_least("the draws of the bootstrap are", request.draws, 100);
}

/// What 95 % of random segments' cosines with an attribute do not reach.
double random_cosine(const AttributeSubject& subject, size_t attribute) {
  return at::quantile(subject.prototypes->random.select(1, static_cast<int64_t>(attribute)), .95).item<double>();
}

/// The most frequent of some answers but for one, and how often it is there.
std::pair<int64_t, int64_t> usual_answer(const Tensor& answers, int64_t but) {
  const Tensor counts = at::bincount(answers.to(at::kLong), {}, but + 1);
  counts[but] = 0;
  const auto answer = counts.argmax().item<int64_t>();
  return {answer, counts[answer].item<int64_t>()};
}

/// What makes results unsure.
void add_attribute_notes(AttributesRun& run) {
  const auto add = [&](const std::string& text) { run.notes.push_back(text); };
  const int64_t inputs = run.data.inputs.size();
  if (inputs == 1)
    add(fmt::format("one input of '{}' has no intervals and says nothing of others", run.class_name));
  else if (inputs < kManyInputs)
    add(fmt::format("{} inputs of '{}' are few: intervals are wide, and those of the bootstrap too narrow then", inputs,
                    run.class_name));
  for (size_t a = 0; a < run.exemplars.counts.size(); ++a)
    if (run.exemplars.counts[a] < kManyExemplars)
      add(
          fmt::format("{} exemplars are few for '{}': its threshold rests on the least alike of them; {} or more are "
                      "steadier",
                      run.exemplars.counts[a], run.exemplars.names[a], kManyExemplars));
  for (size_t s = 0; s < run.subjects.size(); ++s) {
    const AttributeColumns columns = run.columns(s);
    const Tensor& rows = run.measures[s].rows;
    const std::string who = run.subjects.size() > 1 ? " of " + run.network_name(s) : "";
    if (const double decided = rows.mean(0)[columns.decided()].item<double>(); decided < kOftenDecided) {
      const auto [answer, count] = usual_answer(rows.select(1, columns.answer()), run.subjects[s].target);
      add(
          fmt::format("the class is the decision{} for {:.0f} % of the inputs alone, and '{}' the most frequent other, "
                      "for {:.0f} %: what speaks for it speaks in vain in the others",
                      who, 100 * decided, run.subjects[s].model().labels[static_cast<size_t>(answer)],
                      100 * static_cast<double>(count) / static_cast<double>(inputs)));
    }
    if (const auto silent = rows.sum(0)[columns.silent()].item<double>(); silent > 0)
      add(fmt::format("nothing speaks for the class{} in {:.0f} inputs by one of the methods: their shares count as 0",
                      who, silent));
    for (int64_t a = 0; a < run.attributes(); ++a)
      if (rows.sum(0)[columns.effect(a, kRegionArea)].item<double>() == 0)
        add(fmt::format("'{}' {}{}: nothing of it was removed, and its necessity is 0 for that reason",
                        run.exemplars.names[static_cast<size_t>(a)],
                        run.masked() ? "is marked in none of the inputs" : "fills most of no segment",
                        run.masked() ? "" : who));
    for (size_t a = 0; run.subjects[s].prototypes && a < run.exemplars.names.size(); ++a) {
      const double own = at::quantile(run.subjects[s].prototypes->cosines[a], .05).item<double>();
      if (own <= random_cosine(run.subjects[s], a))
        add(fmt::format(
            "the exemplars of '{}'{} are no more like each other than some random segments are to them: few "
            "of its segments are found{}",
            run.exemplars.names[a], who,
            run.request.random.empty()
                ? "; where the data show it often, random segments of other pictures (--random) do better"
                : ""));
    }
    if (run.exemplars.set && !run.measures[s].significance)
      add(fmt::format("the inputs have too few segments{} for random sets of {}: no test of concept vectors", who,
                      run.request.set_size));
  }
}

Json settings_json(const AttributesRun& run) {
  const AttributesRequest& asked = run.request;
  Json settings = {{"class", run.class_name},
                   {"attributes", run.exemplars.names},
                   {"segments", run.masked()               ? "masks"
                                : asked.segments == "auto" ? "superpixels"
                                                           : asked.segments},
                   {"scales", asked.scales},
                   {"embedding", run.subjects[0].in_place ? "in-place" : "cut-out"},
                   {"strictness", asked.strictness},
                   {"temperature", asked.temperature},
                   {"fill", asked.fill},
                   {"controls", asked.controls},
                   {"randomisations", asked.randomisations},
                   {"random_sets", asked.random_sets},
                   {"set_size", asked.set_size},
                   {"level", asked.level},
                   {"draws", asked.draws},
                   {"seed", asked.seed}};
  if (run.exemplars.set) settings["exemplars"] = run.exemplars.set->description;
  return settings;
}

Json attributes_json(const AttributesRun& run) {
  Json document = Json::parse(head_json(run.request, run.subjects[0].model(), run.data.inputs));
  document["what"] =
      "attribute-prior alignment, a reconstruction of the human-attribute priors of kumar2020, chapter 6";
  document["settings"] = settings_json(run);
  document["networks"] = Json::array();
  for (size_t s = 0; s < run.subjects.size(); ++s) {
    const Model& model = run.subjects[s].model();
    document["networks"].push_back({{"name", run.network_name(s)},
                                    {"path", model.path},
                                    {"sha256", model.sha256},
                                    {"layer", run.subjects[s].probe().layer}});
  }
  const auto rows = [](const Table& table) { return Json::parse(table_json(table)).at("rows"); };
  document["scores"] = rows(attribute_score_table(run));
  document["results"] = rows(attribute_table(run));
  document["comparisons"] = rows(attribute_comparison_table(run));
  document["pictures"] = Json::array();
  for (size_t s = 0; s < run.subjects.size(); ++s)
    for (const AttributePicture& one : run.measures[s].pictures)
      document["pictures"].push_back({{"network", run.network_name(s)},
                                      {"input", one.name},
                                      {"probability", one.probability},
                                      {"files", one.files}});
  document["exemplar_cosines"] = Json::array();
  for (size_t s = 0; s < run.subjects.size(); ++s)
    for (size_t a = 0; run.subjects[s].prototypes && a < run.exemplars.names.size(); ++a) {
      const Tensor& cosines = run.subjects[s].prototypes->cosines[a];
      document["exemplar_cosines"].push_back(
          {{"network", run.network_name(s)},
           {"attribute", run.exemplars.names[a]},
           {"random_95", random_cosine(run.subjects[s], a)},
           {"with_the_others",
            std::vector<double>(cosines.data_ptr<double>(), cosines.data_ptr<double>() + cosines.numel())}});
    }
  document["notes"] = run.notes;
  return document;
}

std::filesystem::path state_path(const AttributesRun& run, size_t subject) {
  return run.folder() / ("attributes" + std::to_string(subject + 1) + ".state");
}

}  // namespace

std::string AttributesRun::network_name(size_t subject) const {
  const auto stem = [&](size_t s) { return std::filesystem::path(subjects[s].model().path).stem().string(); };
  const bool alike = subjects.size() > 1 && stem(0) == stem(1);
  return alike ? subjects[subject].model().path : stem(subject);
}

ConceptsSummary attributes(const AttributesRequest& asked, const Progress& progress) {
  AttributesRequest request = asked;
  if (request.methods.empty()) request.methods = {kUsualMethod};
  check_attributes(request);
  std::vector<AttributeSubject> subjects;
  subjects.push_back(attribute_subject(request, false));
  if (!request.compare.empty()) subjects.push_back(attribute_subject(request, true));
  const Model& model = subjects[0].model();
  AttributeExemplars exemplars = attribute_exemplars(request, model);
  AttributeInputs data = attribute_inputs(request, model, subjects[0].target, exemplars);
  std::vector<std::string> notes;
  for (const AttributeSubject& subject : subjects)
    notes.insert(notes.end(), subject.model().notes.begin(), subject.model().notes.end());
  const std::string name = model.labels[static_cast<size_t>(subjects[0].target)];
  AttributesRun run{request, name, std::move(exemplars), std::move(data), std::move(subjects), {}, std::move(notes)};
  make_folder(request.maps > 0 ? run.folder() / "images" : run.folder());
  for (size_t s = 0; s < run.subjects.size(); ++s) {
    learn_attributes(request, run.exemplars, run.data, run.subjects[s], progress);
    run.measures.push_back(measure_attributes(run, s, progress));
  }
  add_attribute_notes(run);
  write_file(run.folder() / "attributes.csv", csv(attribute_table(run)));
  write_file(run.folder() / "scores.csv", csv(attribute_score_table(run)));
  if (const Table pairs = attribute_comparison_table(run); !pairs.rows.empty())
    write_file(run.folder() / "comparisons.csv", csv(pairs));
  write_file(run.folder() / "images.csv", csv(attribute_image_table(run)));
  write_attributes_page(run);
  const std::filesystem::path path = run.folder() / "attributes.json";
  write_file(path, json_text(attributes_json(run), 1) + "\n");
  for (size_t s = 0; s < run.subjects.size(); ++s) remove_state(state_path(run, s));
  return {path.string(), run.notes};
}

}  // namespace limpid
