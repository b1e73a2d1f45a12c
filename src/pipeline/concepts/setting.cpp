// SPDX-License-Identifier: Apache-2.0
#include "pipeline/concepts/setting.h"

#include <ATen/ATen.h>

#include <nlohmann/json.hpp>

#include "core/json_text.h"
#include "limpid/core/error.h"
#include "limpid/data/unlabelled.h"
#include "limpid/data/wrapping.h"
#include "pipeline/batch.h"
#include "pipeline/scoring.h"
#include "version.h"

namespace limpid {

ProbePlan Setting::plan(const ConceptsRequest& request, const Progress& progress) const {
  return {batch, request.loading, 0, progress};
}

Setting setting_of(const ConceptsRequest& request) {
  check_computing(request.batch, request.memory);
  set_up_process(request.threads);
  Setting setting{open_model(request.model), {}, request.batch};
  if (const std::string note = guess_note(setting.model); !note.empty()) setting.model.notes.push_back(note);
  setting.probes = probes_of(setting.model.network, request.layers);
  const int64_t bytes = activation_bytes(setting.model.network, setting.model.type);
  if (setting.batch == 0) setting.batch = std::clamp<int64_t>((request.memory << 20) / 2 / bytes, 1, 16);
  return setting;
}

DatasetLimits data_limits(const Model& model) {
  DatasetLimits limits;
  limits.input = model.limits.input;
  return limits;
}

Dataset inputs_of(const Model& model, const std::string& path, const std::string& part) {
  return as_inputs(model, open_inputs(path, part_named(part), data_limits(model)));
}

Dataset as_inputs(const Model& model, const Dataset& data) {
  return shaped(normalised(data, model.preprocess), model.network.input_shape());
}

std::vector<int64_t> evenly(int64_t count, int64_t most) {
  const int64_t kept = most > 0 ? std::min(count, most) : count;
  std::vector<int64_t> numbers;
  for (int64_t i = 0; i < kept; ++i) numbers.push_back(i * count / kept);
  return numbers;
}

Dataset inputs_of_class(const Dataset& data, const Model& model, int64_t target, int64_t most,
                        const std::string& path) {
  std::vector<int64_t> all, chosen;
  for (int64_t i = 0; i < data.size(); ++i)
    if (data.classes.empty() || data[i].label == target) all.push_back(i);
  if (all.empty()) fail("'", path, "' has no input of the class '", model.labels[static_cast<size_t>(target)], "'");
  for (const int64_t i : evenly(static_cast<int64_t>(all.size()), most)) chosen.push_back(all[static_cast<size_t>(i)]);
  return subset(data, chosen);
}

Tensor canvas_of(const Model& model) {
  const int64_t channels = model.network.input_shape().front();
  if (!model.preprocess.mean.empty()) return at::zeros({channels, 1, 1}, at::kFloat);
  const auto [low, high] = input_bounds(model.preprocess, channels);
  return ((low + high) / 2).to(at::kFloat).reshape({-1, 1, 1}).expand({channels, 1, 1});
}

void add_caveats(Page& page, const std::vector<std::string>& notes) {
  if (notes.empty()) return;
  page.heading("To be careful about");
  page.list(notes);
}

std::string head_json(const ConceptsRequest& request, const Model& model, const Dataset& data) {
  const nlohmann::ordered_json head = {
      {"limpid", kVersion},
      {"command", request.command},
      {"model", {{"path", model.path}, {"sha256", model.sha256}}},
      {"data", {{"description", data.description}, {"examples", data.size()}, {"classes", data.classes}}},
      {"device", request.model.device},
      {"preprocess", nlohmann::ordered_json::parse(to_json(model.preprocess))},
      {"notes", model.notes}};
  return json_text(head);
}

}  // namespace limpid
