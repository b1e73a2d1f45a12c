// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "limpid/core/error.h"
#include "net/onnx_graph.h"

namespace limpid::onnx_import {
namespace {

/// The node that computes each value.
std::map<std::string, size_t> producers(const Graph& graph) {
  std::map<std::string, size_t> result;
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    for (const std::string& output : graph.nodes[i].outputs) {
      if (output.empty()) continue;
      const bool taken = output == graph.input || graph.constants.count(output) || result.count(output);
      if (taken)
        fail("the ONNX model computes value '", output, "' twice, the second time in node '", graph.nodes[i].name, "'");
      result[output] = i;
    }
  }
  return result;
}

void pass_on(GraphNode& node) {
  node.type = "Identity";
  node.attributes = {};
}

/// Networks of channels-last frameworks begin by putting the channels first: their input is taken with channels first
/// instead.
void put_channels_first(Graph& graph) {
  std::vector<GraphNode*> readers;
  bool alone = graph.output != graph.input;
  for (GraphNode& node : graph.nodes) {
    bool reads = false;
    each_input(node, [&](const std::string& value) { reads = reads || value == graph.input; });
    if (reads) readers.push_back(&node);
  }
  const auto rank = static_cast<int64_t>(graph.axes.size());
  std::vector<int64_t> order = {0, rank - 1};
  for (int64_t axis = 1; axis + 1 < rank; ++axis) order.push_back(axis);
  for (const GraphNode* node : readers)
    alone = alone && node->type == "Transpose" && node->attributes.integers("perm", {}) == order;
  if (rank < 3 || readers.empty() || !alone) return;
  for (GraphNode* node : readers) pass_on(*node);
  std::rotate(graph.axes.begin() + 1, graph.axes.end() - 1, graph.axes.end());
}

/// Behind the last softmax or sigmoid there may still be nodes that only move its values or hand them on, and a
/// logarithm.
void drop_last_softmax(Graph& graph, const std::map<std::string, size_t>& producer) {
  static const std::set<std::string> views = {"Identity", "Dropout", "Flatten", "Reshape", "Squeeze", "Cast"};
  static const std::set<std::string> last = {"Softmax", "LogSoftmax", "Sigmoid"};
  std::string value = graph.output;
  GraphNode* logarithm = nullptr;
  for (size_t steps = 0; steps <= graph.nodes.size(); ++steps) {
    const auto found = producer.find(value);
    if (found == producer.end()) return;
    GraphNode& node = graph.nodes[found->second];
    if (last.count(node.type)) {
      if (logarithm && node.type == "LogSoftmax") return;
      if (node.type == "Sigmoid") graph.metadata[kProbabilities] = "sigmoid";
      pass_on(node);
      if (logarithm) pass_on(*logarithm);
      return;
    }
    const bool first_logarithm = node.type == "Log" && !logarithm;
    if (node.inputs.empty() || (!first_logarithm && !views.count(node.type))) return;
    if (first_logarithm) logarithm = &node;
    value = node.inputs.front();
  }
}

/// Depth first, without recursion: a file's chain of nodes may be as long as the limit allows.
std::vector<size_t> computing_order(const Graph& graph, const std::map<std::string, size_t>& producer) {
  enum class State { kNew, kOpen, kDone };
  std::vector<State> states(graph.nodes.size(), State::kNew);
  std::vector<std::pair<size_t, size_t>> path;  // node, and which of its inputs comes next
  std::vector<size_t> order;
  const auto visit = [&](const std::string& value, const std::string& user) {
    if (value.empty() || value == graph.input || graph.constants.count(value)) return;
    const auto found = producer.find(value);
    if (found == producer.end()) fail("nothing in the ONNX model computes '", value, "', which ", user, " needs");
    State& state = states[found->second];
    if (state == State::kOpen) fail("the ONNX model has a cycle through node '", graph.nodes[found->second].name, "'");
    if (state == State::kDone) return;
    state = State::kOpen;
    path.emplace_back(found->second, 0);
  };
  visit(graph.output, "the output");
  while (!path.empty()) {
    const size_t index = path.back().first;
    const GraphNode& node = graph.nodes[index];
    if (path.back().second < node.inputs.size()) {
      visit(node.inputs[path.back().second++], "node '" + node.name + "'");
    } else {
      states[index] = State::kDone;
      order.push_back(index);
      path.pop_back();
    }
  }
  return order;
}

/// Whether the nodes can be computed in the file's own order, as ONNX asks for.
bool file_order_works(const Graph& graph, const std::map<std::string, size_t>& producer) {
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    for (const std::string& input : graph.nodes[i].inputs) {
      const auto found = producer.find(input);
      if (found != producer.end() && found->second >= i) return false;
    }
  }
  return true;
}

}  // namespace

void arrange(Graph& graph) {
  const auto producer = producers(graph);
  put_channels_first(graph);
  drop_last_softmax(graph, producer);
  std::vector<size_t> order = computing_order(graph, producer);
  if (file_order_works(graph, producer)) std::sort(order.begin(), order.end());
  std::vector<GraphNode> nodes;
  nodes.reserve(order.size());
  for (const size_t index : order) nodes.push_back(std::move(graph.nodes[index]));
  graph.nodes = std::move(nodes);
}

}  // namespace limpid::onnx_import
