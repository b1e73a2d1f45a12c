// SPDX-License-Identifier: Apache-2.0
// What runs where: the implementation of every convolution and max pooling, forwards and back.
#include <nlohmann/json.hpp>

#include "limpid/pipeline/documents.h"
#include "limpid/pipeline/model.h"
#include "net/layers/max_pool.h"
#include "pipeline/words.h"

namespace limpid {
namespace {

using Json = nlohmann::ordered_json;

struct Row {
  std::string layer;
  Shape from, to;
  Implementation forward, back;
};

std::vector<Row> rows_of(const Model& model) {
  const auto positions = [](const Shape& shape) { return at::IntArrayRef(shape).slice(1); };
  std::vector<Row> rows;
  for (const Node& node : model.network.nodes) {
    if (node.inputs.empty()) continue;
    const Shape& from = model.network[node.inputs[0]].shape;
    if (const PreparedConvolution* convolution = prepared_convolution(node.layer)) {
      rows.push_back({node.name, from, node.shape, convolution->forward.implementation(positions(from)),
                      convolution->adjoint.implementation(positions(node.shape))});
    } else if (node.layer.type->role == Role::kMaxPool) {
      const Implementation both = max_pooling_of(node.layer).implementation(model.device);
      rows.push_back({node.name, from, node.shape, both, both});
    }
  }
  return rows;
}

std::string text_of(const Implementation& implementation) {
  return implementation.name + (implementation.reason.empty() ? "" : " (" + implementation.reason + ")");
}

Json json_of(const Implementation& implementation) {
  return {{"name", implementation.name}, {"reason", implementation.reason}};
}

}  // namespace

std::string describe_kernels(const ModelRequest& request, bool json) {
  const Model model = open_model(request);
  const std::vector<Row> rows = rows_of(model);
  if (json) {
    Json layers = Json::array();
    for (const Row& row : rows)
      layers.push_back({{"name", row.layer},
                        {"input", row.from},
                        {"output", row.to},
                        {"forward", json_of(row.forward)},
                        {"back", json_of(row.back)}});
    const Json document = {{"device", model.device.str()},
                           {"precision", model.precision},
                           {"instructions", cpu_instructions()},
                           {"notes", model.notes},
                           {"layers", layers}};
    return document.dump(2) + "\n";
  }
  std::vector<std::vector<std::string>> head = {{"device", model.device.str()},
                                                {"precision of the walks", model.precision},
                                                {"instructions", cpu_instructions()}};
  for (const std::string& note : model.notes) head.push_back({"note", note});
  std::vector<std::vector<std::string>> table = {{"layer", "from", "to", "forwards", "back"}};
  for (const Row& row : rows)
    table.push_back({row.layer, shape_text(row.from), shape_text(row.to), text_of(row.forward), text_of(row.back)});
  return text_table(head) + "\n" + text_table(table);
}

}  // namespace limpid
