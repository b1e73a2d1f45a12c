// SPDX-License-Identifier: Apache-2.0
#include <ATen/ATen.h>

#include <map>
#include <utility>

#include "limpid/core/files.h"
#include "limpid/data/npy.h"
#include "limpid/explain/arm.h"
#include "limpid/render/picture.h"
#include "limpid/render/png.h"
#include "pipeline/concepts/tcav.h"
#include "pipeline/words.h"

namespace limpid {
namespace {

namespace fs = std::filesystem;

/// The inputs whose maps are drawn, each once, whatever classes it stands for.
std::vector<std::pair<const Dataset*, int64_t>> inputs_with_maps(const TcavRun& run) {
  std::map<std::string, bool> seen;
  std::vector<std::pair<const Dataset*, int64_t>> inputs;
  for (const TcavTarget& target : run.targets)
    for (int64_t i = 0; i < std::min(run.request.maps, target.inputs.size()); ++i)
      if (!std::exchange(seen[target.inputs[i].name], true)) inputs.emplace_back(&target.inputs, i);
  return inputs;
}

/// One input's maps at one layer; concepts share a scale, so that they can be compared.
void draw(const TcavRun& run, size_t probe, const ConceptResponses::Maps& maps, const std::string& stem,
          TcavMaps& into) {
  const std::vector<std::string> concepts = run.cavs.concepts();
  const Tensor responses = maps.responses[0].to(at::kCPU, at::kFloat);
  const Tensor projections = maps.projections[0].to(at::kCPU, at::kFloat);
  const ColorMap& colors = find_colormap("unsigned");
  const ColorScale scale = quantile_scale(responses.flatten(0, 1), colors);
  const ColorMap& both_signs = find_colormap("signed");
  const ColorScale projection_scale = quantile_scale(projections.flatten(0, 1), both_signs);
  const Tensor stretched = at::upsample_bilinear2d(projections.unsqueeze(0), into.picture.sizes().slice(1), false)[0];
  for (size_t c = 0; c < concepts.size(); ++c) {
    const auto row = static_cast<int64_t>(c);
    const std::string file =
        "maps/" + stem + "." + file_word(run.setting.probes[probe].layer) + "." + file_word(concepts[c]);
    const Tensor overlay = heat_overlay(into.picture, responses[row], colors, scale);
    const Tensor projected = heat_overlay(into.picture, stretched[row], both_signs, projection_scale);
    write_npy(run.folder() / (file + ".npy"), responses[row]);
    write_npy(run.folder() / (file + ".projection.npy"), projections[row]);
    write_png(run.folder() / (file + ".png"), overlay);
    write_png(run.folder() / (file + ".projection.png"), projected);
    into.maps.push_back({probe, c, projections[row].sum().item<double>(), file, overlay, projected});
  }
}

}  // namespace

std::vector<TcavMaps> concept_maps(const TcavRun& run, const std::vector<Tensor>& directions,
                                   const Progress& progress) {
  make_folder(run.folder() / "maps");
  const Model& model = run.setting.model;
  std::vector<ConceptResponses> walks;
  for (const Probe& probe : run.setting.probes)
    walks.emplace_back(model.network, probe, arm_composite(run.request.mode), run.cavs.pooled());
  const auto inputs = inputs_with_maps(run);
  std::vector<fs::path> names;
  for (const auto& [data, index] : inputs) names.emplace_back((*data)[index].name);
  const std::vector<std::string> stems = unique_stems(names);
  std::vector<TcavMaps> all;
  for (size_t i = 0; i < inputs.size(); ++i) {
    if (progress) progress(static_cast<int64_t>(i), static_cast<int64_t>(inputs.size()), "maps");
    const Tensor input = inputs[i].first->read(inputs[i].second, 0);
    const Activations activations = forward(model.network, dense(input.unsqueeze(0).to(options_of(model.network))));
    TcavMaps maps{names[i].filename().string(), unprocess(input, model.preprocess), {}};
    for (size_t probe = 0; probe < walks.size(); ++probe)
      draw(run, probe, walks[probe](activations, directions[probe], run.request.memory << 20), file_word(stems[i]),
           maps);
    all.push_back(std::move(maps));
  }
  return all;
}

}  // namespace limpid
