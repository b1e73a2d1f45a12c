// SPDX-License-Identifier: Apache-2.0
#include "limpid/pipeline/fingerprints.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <nlohmann/json.hpp>

#include "core/json_text.h"
#include "core/parallel.h"
#include "limpid/core/error.h"
#include "limpid/core/files.h"
#include "limpid/core/lookup.h"
#include "limpid/crystal/diffraction.h"
#include "limpid/pipeline/limits.h"
#include "limpid/pipeline/model.h"
#include "pipeline/clock.h"
#include "pipeline/crystals/fingerprint_files.h"
#include "pipeline/structure_source.h"
#include "version.h"

namespace limpid {
namespace {
namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr size_t kBatch = 128;  // structures that are simulated at once

FingerprintOptions options_of(const FingerprintRequest& request) {
  if (request.atoms < 1) refuse("a supercell of at least ", request.atoms, " atoms is impossible; expected 1 or more");
  FingerprintOptions options;
  const std::vector<std::string> scalings = {"mean-nn", "robust"};
  if (request.scaling != scalings[0] && request.scaling != scalings[1])
    refuse_name("scaling", request.scaling, scalings);
  options.scaling = request.scaling == "robust" ? Scaling::robust : Scaling::mean_nn;
  options.atoms = request.atoms;
  options.z_offset = static_cast<int>(request.z_offset);
  options.published_order = request.published_order;
  options.device = device_named(request.device);
  return options;
}

/// What a structure came to; the manifest's entry without its files.
struct Made {
  Tensor image = {};  // [3,64,64] on the CPU
  ScaledCluster scaled = {};
  double seconds = 0;
  std::string error;
};

Made make(const StructureItem& item, const FingerprintOptions& options) {
  const Clock clock;
  Made made;
  made.error = item.error;
  if (!made.error.empty()) return made;
  try {
    made.scaled = scaled_cluster(item.structure, options);
    made.image = simulate_diffraction(made.scaled.cluster.structure, made.scaled.scale, options).cpu();
  } catch (...) {
    made.error = structure_failure_caught(item);
  }
  made.seconds = clock.seconds();
  return made;
}

Json entry_of(const StructureItem& item, const Made& made, const std::vector<std::string>& files) {
  Json entry = {{"stem", item.stem}, {"path", item.path}};
  entry["frame"] = item.frame ? Json(*item.frame) : Json();
  entry["error"] = made.error.empty() ? Json() : Json(made.error);
  if (!made.error.empty()) return entry;
  entry["atoms"] = item.structure.size();
  entry["notes"] = item.structure.notes;
  entry["cell"] = name_of(made.scaled.cluster.cell);
  entry["copies"] = made.scaled.cluster.copies;
  entry["simulated_atoms"] = made.scaled.cluster.structure.size();
  entry["scale"] = made.scaled.scale;
  entry["seconds"] = made.seconds;
  entry["files"] = files;
  return entry;
}

Json head_of(const FingerprintRequest& request) {
  return {
      {"limpid", kVersion},           {"command", request.command},
      {"scaling", request.scaling},   {"atoms", request.atoms},
      {"z_offset", request.z_offset}, {"channels", request.published_order ? Json{"x", "z", "y"} : Json{"x", "y", "z"}},
      {"device", request.device},     {"threads", at::get_num_threads()}};
}

/// Simulates and writes a batch, several structures at once. The entries of the manifest.
std::vector<Json> write_batch(const std::vector<StructureItem>& items, const FingerprintRequest& request,
                              const FingerprintOptions& options) {
  std::vector<Json> entries(items.size());
  const auto one = [&](size_t i) {
    Made made = make(items[i], options);
    std::vector<std::string> files;
    if (made.error.empty()) files = write_fingerprint(request.output, items[i].stem, made.image, request.pictures);
    entries[i] = entry_of(items[i], made, files);
  };
  if (options.device.is_cpu()) {
    for_each_parallel(items.size(), one);
  } else {  // which is fast enough, and best fed from one thread
    for (size_t i = 0; i < items.size(); ++i) one(i);
  }
  return entries;
}

}  // namespace

FingerprintSummary write_fingerprints(const FingerprintRequest& request, const Progress& progress) {
  set_up_process(request.threads);
  const FingerprintOptions options = options_of(request);
  const Clock clock;
  const std::vector<fs::path> paths = expand_structures(request.inputs);
  make_folder(request.output);
  FingerprintSummary summary;
  summary.manifest = (fs::path(request.output) / "manifest.json").string();
  GrowingFile manifest(summary.manifest);
  const std::string head = json_text(head_of(request));
  manifest.append(head.substr(0, head.size() - 1) + ",\n\"structures\":[");
  StructureSource source(paths, limits_of(request.limits).structure, 2 * kBatch, {"manifest"});
  for (auto items = source.next(kBatch); !items.empty(); items = source.next(kBatch)) {
    for (const Json& entry : write_batch(items, request, options)) {
      manifest.append(std::string(summary.structures++ == 0 ? "\n" : ",\n") + json_text(entry));
      if (entry["error"].is_null()) continue;
      if (summary.failed++ == 0) summary.first_error = entry["error"];
    }
    if (progress) progress(items.back().file + 1, static_cast<int64_t>(paths.size()), items.back().path);
  }
  manifest.append("\n],\n\"seconds\":" + json_text(clock.seconds()) + "}\n");
  manifest.commit();
  return summary;
}

}  // namespace limpid
