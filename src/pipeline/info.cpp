// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/json_text.h"
#include "limpid/core/lookup.h"
#include "limpid/explain/method.h"
#include "limpid/pipeline/documents.h"
#include "limpid/pipeline/model.h"
#include "pipeline/words.h"

namespace limpid {
namespace {

using Json = nlohmann::ordered_json;
using Rows = std::vector<std::vector<std::string>>;

int64_t parameter_count(const Node& node) {
  int64_t count = 0;
  for (const Tensor& parameter : node.layer.parameters) count += parameter.defined() ? parameter.numel() : 0;
  return count;
}

struct Totals {
  int64_t parameters = 0, multiply_adds = 0;
};

Totals totals(const Network& network) {
  Totals sum;
  for (int i = 0; i < network.size(); ++i) {
    sum.parameters += parameter_count(network[i]);
    sum.multiply_adds += multiply_adds(network, i);
  }
  return sum;
}

std::vector<std::string> input_names(const Network& network, const Node& node) {
  std::vector<std::string> names;
  for (const int input : node.inputs) names.push_back(network[input].name);
  return names;
}

Json layer_json(const Network& network, int index) {
  const Node& node = network[index];
  return {
      {"name", node.name},      {"type", node.layer.type->name},       {"inputs", input_names(network, node)},
      {"shape", node.shape},    {"parameters", parameter_count(node)}, {"multiply_adds", multiply_adds(network, index)},
      {"aliases", node.aliases}};
}

std::string document_text(const Model& model) {
  const Network& network = model.original;
  Json layers = Json::array(), applying = Json::array(), external = Json::array();
  for (int i = 0; i < network.size(); ++i) layers.push_back(layer_json(network, i));
  for (const Method& method : methods()) {
    const auto reason = method.refusal(model.network);
    applying.push_back({{"name", method.name}, {"applies", !reason}, {"reason", reason ? Json(*reason) : Json()}});
  }
  for (const ExternalFile& file : model.external) external.push_back({{"path", file.path}, {"sha256", file.sha256}});
  const Totals sum = totals(network);
  const bool says = takes_pictures(network) && !model.assumed;
  const Json document = {{"path", model.path},
                         {"sha256", model.sha256},
                         {"external", external},
                         {"input", {{"name", network[0].name}, {"shape", network.input_shape()}}},
                         {"output", network[network.output].name},
                         {"classes", model.labels},
                         {"preprocess", says ? Json::parse(to_json(model.preprocess)) : Json()},
                         {"parameters", sum.parameters},
                         {"multiply_adds", sum.multiply_adds},
                         {"notes", model.notes},
                         {"layers", layers},
                         {"methods", applying}};
  return json_text(document, 2) + "\n";
}

std::string classes_text(const std::vector<std::string>& labels) {
  constexpr size_t kMost = 12;
  std::vector<std::string> some(labels.begin(), labels.begin() + static_cast<int64_t>(std::min(labels.size(), kMost)));
  return grouped(static_cast<int64_t>(labels.size())) + ": " + listed(some) + (labels.size() > kMost ? ", …" : "");
}

std::string preprocess_text(const Model& model) {
  if (!takes_pictures(model.original)) return "none: inputs are arrays";
  return model.assumed ? "not told by the model (--preprocess says it)" : to_json(model.preprocess);
}

/// The names of layers that were left out; what PyTorch calls each layer's value is in the JSON only.
std::string other_names(const Node& node) {
  std::vector<std::string> names = node.aliases;
  names.erase(std::remove_if(names.begin(), names.end(),
                             [](const std::string& n) { return n.find("_output_") != std::string::npos; }),
              names.end());
  return listed(names);
}

Rows layer_rows(const Network& network) {
  Rows rows = {{"layer", "type", "shape", "parameters", "multiply-adds", "also called"}};
  bool any = false;
  const auto number = [](int64_t value) { return value ? grouped(value) : std::string(); };
  for (int i = 0; i < network.size(); ++i) {
    const Node& node = network[i];
    rows.push_back({node.name, node.layer.type->name, shape_text(node.shape), number(parameter_count(node)),
                    number(multiply_adds(network, i)), other_names(node)});
    any = any || !rows.back().back().empty();
  }
  const Totals sum = totals(network);
  rows.push_back({"all", "", "", number(sum.parameters), number(sum.multiply_adds), ""});
  if (!any)
    for (auto& row : rows) row.pop_back();
  return rows;
}

Rows method_rows(const Network& network) {
  Rows rows = {{"method", "applies"}};
  for (const Method& method : methods()) {
    const auto reason = method.refusal(network);
    rows.push_back({method.name, reason ? "no: " + *reason : "yes"});
  }
  return rows;
}

}  // namespace

std::string describe_model(const ModelRequest& request, bool json) {
  const Model model = open_model(request);
  if (json) return document_text(model);
  const Network& network = model.original;
  Rows head = {{"model", model.path}, {"SHA-256", model.sha256}};
  for (const ExternalFile& file : model.external) head.push_back({"SHA-256 of " + file.path, file.sha256});
  head.push_back({"input", network[0].name + " " + shape_text(network.input_shape())});
  head.push_back({"preprocessing", preprocess_text(model)});
  head.push_back({"classes", classes_text(model.labels)});
  for (const std::string& note : model.notes) head.push_back({"note", note});
  return text_table(head) + "\n" + text_table(layer_rows(network)) + "\n" + text_table(method_rows(model.network));
}

}  // namespace limpid
