// SPDX-License-Identifier: Apache-2.0
#include "pipeline/concepts/cav_files.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <tuple>

#include "core/json_text.h"
#include "limpid/core/error.h"
#include "limpid/core/files.h"
#include "limpid/core/lookup.h"
#include "limpid/data/npy.h"
#include "pipeline/words.h"
#include "version.h"

namespace limpid {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr const char* kEnding = ".cav.json";
constexpr uint64_t kMostBytesOfCavs = uint64_t{16} << 20;

/// What CAVs hold for.
Json scope_of(const Model& model) {
  Json external = Json::array();
  for (const ExternalFile& file : model.external) external.push_back(file.sha256);
  return {{"model", model.sha256}, {"external", external}, {"preprocess", Json::parse(to_json(model.preprocess))}};
}

CavRecord record_of(const Json& json) {
  CavRecord record{json.at("layer"),    json.at("concept"), json.at("random"), json.at("exemplars"),
                   json.at("set_size"), json.at("pooled"),  json.at("l2"),     json.at("accuracies")};
  if (record.accuracies.size() < 2) throw std::invalid_argument("fewer than two CAVs");
  return record;
}

bool is_listed(const std::string& name, const std::vector<std::string>& names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// Concepts by name, random sets behind them.
bool before(const CavRecord& a, const CavRecord& b) {
  return std::tie(a.is_random, a.concept_name) < std::tie(b.is_random, b.concept_name);
}

std::string shortened(const Json& scope) { return scope.at("model").get<std::string>().substr(0, 12); }

}  // namespace

std::string CavRecord::stem() const { return file_word(layer) + "." + file_word(concept_name); }

void write_cavs(const fs::path& folder, const Model& model, const CavRecord& record, const Tensor& vectors) {
  const Json about = {{"limpid", kVersion},
                      {"layer", record.layer},
                      {"concept", record.concept_name},
                      {"random", record.is_random},
                      {"exemplars", record.exemplars},
                      {"set_size", record.set_size},
                      {"pooled", record.pooled},
                      {"l2", record.l2},
                      {"accuracies", record.accuracies},
                      {"made_with", scope_of(model)}};
  write_npy(folder / (record.stem() + ".cav.npy"), vectors);
  write_file(folder / (record.stem() + kEnding), json_text(about, 1) + "\n");
}

CavStore CavStore::opened(const fs::path& folder, const std::vector<std::string>& only) {
  std::error_code status;
  std::vector<fs::path> files;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, status))
    if (entry.path().filename().string().ends_with(kEnding)) files.push_back(entry.path());
  if (status) fail("the folder '", folder.string(), "' of CAVs cannot be read: ", status.message());
  if (files.empty())
    fail("the folder '", folder.string(), "' has no CAVs; expected files *", kEnding,
         " beside their arrays, as `limpid concepts tcav` writes them");
  std::sort(files.begin(), files.end());
  CavStore store(folder);
  std::vector<std::string> names;
  for (const fs::path& file : files) {
    const std::string text = read_file(file, kMostBytesOfCavs);
    try {
      const Json json = Json::parse(text);
      CavRecord record = record_of(json);
      const std::string scope = json.at("made_with").dump();
      if (!store.scope_.empty() && store.scope_ != scope)
        fail("the CAVs in '", folder.string(),
             "' were made with several models or preprocessings; expected those of one");
      store.scope_ = scope;
      if (!record.is_random && !is_listed(record.concept_name, names)) names.push_back(record.concept_name);
      if (record.is_random || only.empty() || is_listed(record.concept_name, only)) store.add(std::move(record));
    } catch (const std::exception& error) {
      if (dynamic_cast<const Error*>(&error)) throw;
      fail("'", file.string(), "' does not describe CAVs: ", error.what());
    }
  }
  for (const std::string& name : only)
    if (!is_listed(name, names)) refuse_name("concept", name, names);
  for (const std::string& layer : store.layers()) {
    const std::vector<CavRecord> here = store.at_layer(layer);
    const auto alike = [&](const CavRecord& one) {
      return one.accuracies.size() == static_cast<size_t>(store.sets()) && one.pooled == store.pooled();
    };
    if (here.size() != store.concepts().size() + 1 || !here.back().is_random ||
        !std::all_of(here.begin(), here.end(), alike))
      fail(
          "the CAVs of '", layer, "' in '", folder.string(),
          "' are not complete; expected those of every concept and of the random sets, as many and all pooled or none");
  }
  return store;
}

void CavStore::add(CavRecord record) {
  records_.insert(std::upper_bound(records_.begin(), records_.end(), record, before), std::move(record));
}

void CavStore::require_made_with(const Model& model) const {
  if (scope_.empty()) return;
  const Json made = Json::parse(scope_), here = scope_of(model);
  if (made == here) return;
  if (made.at("model") != here.at("model") || made.at("external") != here.at("external"))
    fail("the CAVs in '", folder_.string(), "' are of another model (SHA-256 ", shortened(made), "…) than '",
         model.path, "' (", shortened(here), "…); CAVs hold for the model alone that they were made with");
  fail("the CAVs in '", folder_.string(), "' were made with the preprocessing ", made.at("preprocess").dump(),
       "; here it is ", here.at("preprocess").dump());
}

std::vector<std::string> CavStore::layers() const {
  std::vector<std::string> names;
  for (const CavRecord& record : records_)
    if (!is_listed(record.layer, names)) names.push_back(record.layer);
  std::sort(names.begin(), names.end());
  return names;
}

std::vector<std::string> CavStore::concepts() const {
  std::vector<std::string> names;
  for (const CavRecord& record : records_)
    if (!record.is_random && !is_listed(record.concept_name, names)) names.push_back(record.concept_name);
  return names;
}

std::vector<CavRecord> CavStore::at_layer(const std::string& layer) const {
  std::vector<CavRecord> here;
  for (const CavRecord& record : records_)
    if (record.layer == layer) here.push_back(record);
  if (here.empty())
    fail("the CAVs in '", folder_.string(), "' are of ", listed(layers()), "; there are none of '", layer, "'");
  return here;
}

Tensor CavStore::vectors(const Probe& probe) const {
  const Shape expected = pooled() ? Shape{sets(), probe.units} : Shape{sets(), probe.units, probe.rows, probe.columns};
  std::vector<Tensor> all;
  for (const CavRecord& record : at_layer(probe.layer)) {
    const fs::path file = folder_ / (record.stem() + ".cav.npy");
    const Tensor vectors = read_npy(file).to(at::kFloat);
    if (vectors.sizes() != at::IntArrayRef(expected))
      fail("'", file.string(), "' holds ", shape_text(vectors.sizes()), "; expected ", shape_text(expected),
           " for the layer '", probe.layer, "'");
    require_finite(vectors, "'" + file.string() + "'");
    all.push_back(vectors.flatten(1));
  }
  return at::stack(all);
}

}  // namespace limpid
