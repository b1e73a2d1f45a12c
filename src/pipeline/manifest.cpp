// SPDX-License-Identifier: Apache-2.0
#include "limpid/pipeline/manifest.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "core/json_text.h"
#include "limpid/core/error.h"
#include "version.h"

namespace limpid {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

Json or_null(const std::string& text) { return text.empty() ? Json() : Json(text); }
Json or_null(const std::optional<int64_t>& number) { return number ? Json(*number) : Json(); }

Json json_of(const Prediction& one) {
  return {{"index", one.index}, {"label", one.label}, {"logit", one.logit}, {"probability", one.probability}};
}

Json json_of(const FileRecord& file) {
  return {{"path", file.path},
          {"method", or_null(file.method)},
          {"layer", or_null(file.layer)},
          {"target", or_null(file.target)},
          {"unit", or_null(file.unit)},
          {"kind", file.kind},
          {"shape", file.shape}};
}

Json json_of(const FactRecord& fact) {
  Json json = {{"method", fact.method},
               {"layer", or_null(fact.layer)},
               {"target", or_null(fact.target)},
               {"unit", or_null(fact.unit)},
               {"kind", fact.kind}};
  for (const auto& [name, value] : fact.values) json[name] = value;
  return json;
}

Json json_of(const ExternalFile& file) { return {{"path", file.path}, {"sha256", file.sha256}}; }

template <class Entries>
Json list_of(const Entries& entries) {
  Json list = Json::array();
  for (const auto& entry : entries) list.push_back(json_of(entry));
  return list;
}

Json json_of(const InputRecord& record) {
  Json seconds = Json::object();
  for (const auto& [what, time] : record.seconds) seconds[what] = time;
  return {{"stem", record.stem},
          {"path", record.path},
          {"sha256", or_null(record.sha256)},
          {"logits", record.logits},
          {"predictions", list_of(record.predictions)},
          {"seconds", seconds},
          {"files", list_of(record.files)},
          {"facts", list_of(record.facts)},
          {"error", or_null(record.error)}};
}

Json json_of(const Preprocess& how, bool assumed, bool pictures) {
  if (!pictures) return nullptr;
  Json json = Json::parse(to_json(how));
  json["assumed"] = assumed;
  return json;
}

}  // namespace

std::vector<Prediction> predictions(const Network& network, const Tensor& logits,
                                    const std::vector<std::string>& labels, int64_t most) {
  const Tensor scores = logits.to(at::kCPU, at::kDouble);
  const Tensor probabilities = limpid::probabilities(network, scores.unsqueeze(0))[0];
  const Tensor order = std::get<1>(at::sort(scores, true, 0, true));
  std::vector<Prediction> best;
  for (int64_t i = 0; i < std::min(most, scores.size(0)); ++i) {
    const auto index = order[i].item<int64_t>();
    best.push_back(
        {index, labels[static_cast<size_t>(index)], scores[index].item<double>(), probabilities[index].item<double>()});
  }
  return best;
}

ManifestWriter::ManifestWriter(const fs::path& path, const ExplainRequest& request, const Model& model,
                               const std::vector<std::pair<std::string, Options>>& methods)
    : file_(path) {
  Json list = Json::array();
  for (const auto& [name, options] : methods) list.push_back({{"name", name}, {"options", options.values()}});
  const Json head = {{"limpid", kVersion},
                     {"command", request.command},
                     {"model",
                      {{"path", model.path},
                       {"sha256", model.sha256},
                       {"external", list_of(model.external)},
                       {"classes", model.labels}}},
                     {"device", model.device.str()},
                     {"threads", at::get_num_threads()},
                     {"precision", model.precision},
                     {"seed", request.seed},
                     {"preprocess", json_of(model.preprocess, model.assumed, takes_pictures(model.original))},
                     {"targets", request.targets},
                     {"methods", list}};
  const std::string text = json_text(head);
  file_.append(text.substr(0, text.size() - 1) + ",\n\"inputs\":[");
}

void ManifestWriter::add(const InputRecord& record) {
  file_.append(std::string(empty_ ? "\n" : ",\n") + json_text(json_of(record)));
  empty_ = false;
}

void ManifestWriter::finish(double seconds, const std::vector<std::string>& notes,
                            const std::vector<FileRecord>& files) {
  file_.append("\n],\n\"files\":" + json_text(list_of(files)) + ",\n\"notes\":" + json_text(notes) +
               ",\n\"seconds\":" + json_text(seconds) + "}\n");
  file_.commit();
}

}  // namespace limpid
