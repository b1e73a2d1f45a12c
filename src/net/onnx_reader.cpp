// SPDX-License-Identifier: Apache-2.0
#include <google/protobuf/arena.h>
#include <onnx/onnx_pb.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <climits>
#include <cmath>

#include "limpid/core/error.h"
#include "net/onnx_graph.h"

namespace limpid::onnx_import {
namespace {

using onnx::AttributeProto;

/// What messages may still take: two bytes of a file can ask for a hundred bytes of message.
thread_local size_t message_bytes_left = 0;

void* allocate_messages(size_t size) {
  if (size > message_bytes_left) fail("the ONNX model is damaged: its parts would take far more memory than the file");
  message_bytes_left -= size;
  return ::operator new(size);
}

google::protobuf::ArenaOptions bounded(size_t file_bytes) {
  message_bytes_left = (size_t{64} << 20) + 4 * file_bytes;  // numbers kept one by one take their bytes twice
  google::protobuf::ArenaOptions options;
  options.block_alloc = allocate_messages;
  options.block_dealloc = [](void* block, size_t) { ::operator delete(block); };
  return options;
}

onnx::ModelProto& parsed(const std::string& bytes, const OnnxLimits& limits, google::protobuf::Arena& arena) {
  if (bytes.empty()) fail("the ONNX model is empty");
  if (bytes.size() > limits.file_bytes) {
    fail("the ONNX model has ", bytes.size(), " bytes; the limit model-bytes is ", limits.file_bytes);
  }
  if (bytes.size() > INT_MAX) {
    fail("the ONNX model has ", bytes.size(), " bytes; beyond 2 GiB weights must be kept as external data");
  }
  auto& model = *google::protobuf::Arena::CreateMessage<onnx::ModelProto>(&arena);
  if (!model.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    fail("this is not an ONNX model, or it is truncated or damaged (", bytes.size(), " bytes)");
  }
  if (!model.has_graph() || model.graph().node_size() == 0) fail("the ONNX model has no graph with nodes in it");
  if (model.graph().node_size() > limits.nodes) {
    fail("the ONNX model has ", model.graph().node_size(), " nodes; the limit model-nodes is ", limits.nodes);
  }
  if (model.functions_size() > 0) fail("the ONNX model defines functions of its own; export it with them inlined");
  return model;
}

int64_t opset_of(const onnx::ModelProto& model) {
  int64_t opset = 0;
  for (const auto& import : model.opset_import()) {
    if (import.domain().empty() || import.domain() == "ai.onnx") opset = import.version();
  }
  if (opset < 9 || opset > 17) fail("the ONNX model is of opset ", opset, "; opset 9 to 17 can be read");
  return opset;
}

/// The number that was meant by a float32: 1/n, or the shortest decimal that rounds to it. Then a network in float64
/// has the 1e-5 or 1/6 of the framework it comes from, not their roundings.
double meant(float value) {
  const double inverse = std::round(1.0 / static_cast<double>(value));
  if (std::abs(inverse) <= 1000 && static_cast<float>(1 / inverse) == value) return 1 / inverse;
  std::array<char, 32> text{};
  const auto written = std::to_chars(text.data(), text.data() + text.size(), value);
  double number = static_cast<double>(value);
  std::from_chars(text.data(), written.ptr, number);
  return number;
}

std::optional<Attributes::Value> attribute_value(AttributeProto& attribute, TensorSource& source) {
  switch (attribute.type()) {
    case AttributeProto::FLOAT:
      return meant(attribute.f());
    case AttributeProto::INT:
      return int64_t{attribute.i()};
    case AttributeProto::STRING:
      return attribute.s();
    case AttributeProto::TENSOR:
      return read_tensor(*attribute.mutable_t(), source);
    case AttributeProto::FLOATS: {
      std::vector<double> values;
      for (const float value : attribute.floats()) values.push_back(meant(value));
      return values;
    }
    case AttributeProto::INTS:
      return std::vector<int64_t>(attribute.ints().begin(), attribute.ints().end());
    default:
      return std::nullopt;  // graphs and the like: of operators that are not read anyway
  }
}

/// Inputs and outputs left out at the end are not there.
void drop_empty_end(std::vector<std::string>& names) {
  while (!names.empty() && names.back().empty()) names.pop_back();
}

/// Where constants and nodes are read to.
struct Reading {
  TensorSource source;
  Graph graph = {};
  int64_t nodes_left;
};

GraphNode graph_node(onnx::NodeProto& node, Reading& reading);

Branch branch_of(onnx::GraphProto& proto, Reading& reading) {
  Branch branch;
  for (auto& tensor : *proto.mutable_initializer())
    reading.graph.constants[tensor.name()] = read_tensor(tensor, reading.source);
  for (auto& node : *proto.mutable_node()) branch.nodes.push_back(graph_node(node, reading));
  for (const auto& output : proto.output()) branch.outputs.push_back(output.name());
  return branch;
}

/// The branches, and as inputs behind the condition what they take from outside.
void read_branches(onnx::NodeProto& node, GraphNode& result, Reading& reading) {
  for (const char* name : {"then_branch", "else_branch"})
    for (auto& attribute : *node.mutable_attribute())
      if (attribute.name() == name && attribute.has_g())
        result.branches.push_back(branch_of(*attribute.mutable_g(), reading));
  if (result.branches.size() != 2) fail("node '", result.name, "' (If) must have a condition and two branches");
  for (const Branch& branch : result.branches)
    if (branch.outputs.size() < result.outputs.size())
      fail("node '", result.name, "' (If) has ", result.outputs.size(), " outputs and a branch with ",
           branch.outputs.size());
  std::set<std::string> inside;
  const std::function<void(const Branch&)> note = [&](const Branch& branch) {
    for (const GraphNode& inner : branch.nodes) {
      inside.insert(inner.outputs.begin(), inner.outputs.end());
      for (const Branch& deeper : inner.branches) note(deeper);
    }
  };
  for (const Branch& branch : result.branches) note(branch);
  std::vector<std::string> outside;
  each_input(result, [&](const std::string& value) {
    if (!inside.count(value)) outside.push_back(value);
  });
  result.inputs = outside;  // the condition is the first
}

GraphNode graph_node(onnx::NodeProto& node, Reading& reading) {
  TensorSource& source = reading.source;
  if (--reading.nodes_left < 0)
    fail("the ONNX model has more nodes, those of branches included, than the limit model-nodes");
  GraphNode result;
  const bool standard = node.domain().empty() || node.domain() == "ai.onnx";
  result.type = standard ? node.op_type() : node.domain() + "::" + node.op_type();
  result.inputs.assign(node.input().begin(), node.input().end());
  result.outputs.assign(node.output().begin(), node.output().end());
  drop_empty_end(result.inputs);
  drop_empty_end(result.outputs);
  if (result.outputs.empty()) fail("node '", node.name(), "' (", result.type, ") has no output");
  result.name = node.name().empty() ? result.outputs.front() : node.name();
  for (auto& attribute : *node.mutable_attribute()) {
    if (auto value = attribute_value(attribute, source)) result.attributes.set(attribute.name(), std::move(*value));
  }
  check_inputs(result);
  if (result.type == "If") read_branches(node, result, reading);
  return result;
}

/// The one input that is not an initialiser (files of before IR version 4 list those too).
const onnx::ValueInfoProto& network_input(const onnx::GraphProto& graph, const std::map<std::string, Tensor>& known) {
  const onnx::ValueInfoProto* input = nullptr;
  for (const auto& candidate : graph.input()) {
    if (known.count(candidate.name())) continue;
    if (input)
      fail("the ONNX model has several inputs ('", input->name(), "', '", candidate.name(), "', …); one is read");
    input = &candidate;
  }
  if (!input) fail("the ONNX model has no input");
  return *input;
}

bool is_real(const onnx::ValueInfoProto& value) {
  const int element = value.type().tensor_type().elem_type();
  return element == onnx::TensorProto::FLOAT || element == onnx::TensorProto::FLOAT16 ||
         element == onnx::TensorProto::DOUBLE || element == onnx::TensorProto::BFLOAT16;
}

/// −1 where the file leaves one open; nothing where it says nothing.
Shape axes_of(const onnx::ValueInfoProto& value) {
  Shape axes;
  for (const auto& axis : value.type().tensor_type().shape().dim()) {
    axes.push_back(axis.has_dim_value() && axis.dim_value() > 0 ? axis.dim_value() : -1);
  }
  return axes;
}

Shape input_axes(const onnx::ValueInfoProto& input) {
  if (input.has_type() && !is_real(input)) {
    fail("the model's input '", input.name(), "' is of ONNX data type ", input.type().tensor_type().elem_type(),
         "; a floating-point tensor is expected");
  }
  return axes_of(input);
}

/// How much an output looks like a classifier's: a row of scores before maps of one pixel, then one of unknown shape,
/// then any other; among equals the one called logits, then output.
std::pair<int, int> likeness(const onnx::ValueInfoProto& output) {
  const Shape axes = axes_of(output);
  const int name = output.name() == "logits" ? 2 : output.name() == "output" ? 1 : 0;
  if (output.has_type() && !is_real(output)) return {0, name};
  if (axes.size() == 2) return {3, name};
  if (axes.size() > 2 && std::all_of(axes.begin() + 2, axes.end(), [](int64_t size) { return size == 1; }))
    return {2, name};
  return {axes.empty() ? 1 : 0, name};
}

/// The first of the likeliest.
std::string network_output(const onnx::GraphProto& graph) {
  if (graph.output_size() == 0) fail("the ONNX model has no output");
  const auto less = [](const auto& a, const auto& b) { return likeness(a) < likeness(b); };
  return std::max_element(graph.output().begin(), graph.output().end(), less)->name();
}

}  // namespace

Graph read_graph(const std::string& bytes, const std::filesystem::path& folder, const OnnxLimits& limits) {
  google::protobuf::Arena arena(bounded(bytes.size()));
  onnx::ModelProto& model = parsed(bytes, limits, arena);
  onnx::GraphProto& proto = *model.mutable_graph();
  Reading reading{{folder, limits.file_bytes - bytes.size(), limits.tensor_elements}, {}, limits.nodes};
  Graph& graph = reading.graph;
  graph.opset = opset_of(model);
  if (proto.sparse_initializer_size() > 0) fail("the ONNX model has sparse weights; export them dense");
  for (auto& tensor : *proto.mutable_initializer()) {
    const std::string name = tensor.name();
    graph.constants[name] = read_tensor(tensor, reading.source);
  }
  for (auto& node : *proto.mutable_node()) graph.nodes.push_back(graph_node(node, reading));
  const auto& input = network_input(proto, graph.constants);
  graph.input = input.name();
  graph.axes = input_axes(input);
  graph.output = network_output(proto);
  for (const auto& output : proto.output())
    if (output.name() != graph.output) graph.other_outputs.push_back(output.name());
  graph.external = std::move(reading.source.files);
  for (const auto& entry : model.metadata_props()) graph.metadata[entry.key()] = entry.value();
  return graph;
}

}  // namespace limpid::onnx_import
