// SPDX-License-Identifier: Apache-2.0
#include <ATen/ATen.h>

#include "limpid/core/error.h"
#include "limpid/core/lookup.h"
#include "net/onnx_graph.h"

namespace limpid::onnx_import {
namespace {

/// A value of the graph: known now, or computed by a node of the network.
struct Value {
  Tensor constant = {};
  int node = -1;
};

struct Building {
  const Graph& graph;
  const OnnxLimits& limits;
  Network network = {};
  std::map<std::string, Value> values = {};
  std::set<std::string> names = {};  // nodes' names and aliases in use
  std::set<std::string> used = {};   // values that something takes
  int64_t batch = -1;
  int64_t elements_left = 0;
};

Shape image_shape(const Graph& graph, const Shape& wanted) {
  Shape axes = graph.axes;
  if (axes.empty()) axes.assign(wanted.size() + 1, -1);
  const auto said = [&graph] { return "the model's input '" + graph.input + "' is " + shape_text(graph.axes); };
  if (axes.size() < 2 || axes.size() > 5) fail(said(), "; an axis of images and one to four others are expected");
  Shape shape(axes.begin() + 1, axes.end());
  if (!wanted.empty() && wanted.size() != shape.size()) {
    fail(said(), " (the batch first); an image of ", shape_text(wanted), " does not fit it");
  }
  for (size_t i = 0; i < shape.size(); ++i) {
    if (wanted.empty() && shape[i] < 0)
      fail(said(), " (−1: left open); the size of an image must be given, as by --size 224x224");
    if (shape[i] >= 0 && !wanted.empty() && wanted[i] != shape[i]) {
      fail(said(), " (the batch first); an image of ", shape_text(wanted), " does not fit it");
    }
    if (shape[i] < 0) shape[i] = wanted[i];
    if (shape[i] <= 0) fail(said(), "; sizes must be positive");
  }
  return shape;
}

void check_elements(const std::string& name, const Shape& shape, const OnnxLimits& limits) {
  int64_t elements = 1;
  for (const int64_t size : shape) {
    if (__builtin_mul_overflow(elements, size, &elements) || elements > limits.tensor_elements) {
      fail("the values of '", name, "' would be ", shape_text(shape), " for each image; the limit tensor-elements is ",
           limits.tensor_elements);
    }
  }
}

std::string unique(Building& building, const std::string& name) {
  std::string candidate = name;
  for (int i = 1; !building.names.insert(candidate).second; ++i) candidate = name + "_" + std::to_string(i);
  return candidate;
}

void add_alias(Building& building, int node, const std::string& alias) {
  if (alias.empty() || !building.names.insert(alias).second) return;
  building.network.nodes[static_cast<size_t>(node)].aliases.push_back(alias);
}

/// Inside a branch the file's order may be wrong.
const Value& value_of(const Building& building, const GraphNode& node, const std::string& name) {
  const auto found = building.values.find(name);
  if (found == building.values.end())
    fail("nothing before node '", node.name, "' computes '", name, "', which it needs");
  return found->second;
}

Operator with_operands(const Building& building, const GraphNode& node) {
  Operator op{node.type, node.name, building.graph.opset, node.attributes};
  for (const std::string& input : node.inputs) {
    if (input.empty()) {
      op.inputs.emplace_back();
      continue;
    }
    const Value& value = value_of(building, node, input);
    if (value.node < 0) {
      op.inputs.push_back({value.constant});
    } else {
      op.inputs.push_back({{}, building.network[value.node].shape, true});
    }
  }
  return op;
}

/// Operators whose signal may come second.
bool takes_signal_anywhere(const std::string& type) {
  static const std::set<std::string> types = {"Add", "Sub", "Mul", "Div", "Sum", "Max", "Min", "Concat"};
  return types.count(type) > 0;
}

Layer read_layer(const Operator& op) {
  bool known = folds(op.type);
  for (const LayerType* type : layer_types())
    known = known || std::count(type->operators.begin(), type->operators.end(), op.type) > 0;
  if (known && (op.signals() == 0 || (!op.inputs[0].is_signal && !takes_signal_anywhere(op.type))))
    op.unsupported("its first input does not depend on the network's input");
  for (const LayerType* type : layer_types()) {
    if (!type->read || !std::count(type->operators.begin(), type->operators.end(), op.type)) continue;
    if (auto layer = type->read(op)) return std::move(*layer);
    known = true;
  }
  if (known) op.unsupported("the operator is supported, but not with these operands");
  fail("node '", op.name, "' is of type ", op.type,
       ", which is not supported; supported are: ", listed(supported_operators()));
}

std::vector<int> signal_nodes(const Building& building, const GraphNode& node) {
  std::vector<int> nodes;
  for (const std::string& input : node.inputs) {
    if (!input.empty() && building.values.at(input).node >= 0) nodes.push_back(building.values.at(input).node);
  }
  return nodes;
}

/// The network's nodes for one output of a graph node; returns the last one.
int add_output(Building& building, const GraphNode& node, const Operator& op, size_t output) {
  std::vector<int> inputs = signal_nodes(building, node);
  const std::string& value = node.outputs[output];
  const std::string name = output == 0 ? node.name : value;
  const std::vector<Operator> row = rewritten(op, output, node.outputs.size(), building.batch);
  for (size_t i = 0; i < row.size(); ++i) {
    const bool last = i + 1 == row.size();
    Operator step = row[i];
    if (i > 0) step.inputs[0] = {{}, building.network[inputs[0]].shape, true};
    const std::string layer = unique(building, last ? name : name + "/" + step.type);
    inputs = {append(building.network, layer, read_layer(step), inputs)};
    check_elements(layer, building.network[inputs[0]].shape, building.limits);
  }
  if (row.empty()) add_alias(building, inputs.at(0), name);
  add_alias(building, inputs.at(0), value);
  return inputs.at(0);
}

/// Shape (opset 15: a part of it), with a stand-in for the batch.
Tensor shape_of_signal(const Operator& op) {
  Shape shape = op.inputs[0].shape;
  shape.insert(shape.begin(), kBatch);
  const auto rank = static_cast<int64_t>(shape.size());
  const auto place = [&](const char* name, int64_t fallback) {
    const int64_t axis = op.attributes.integer(name, fallback);
    return std::clamp<int64_t>(axis < 0 ? axis + rank : axis, 0, rank);
  };
  const int64_t start = place("start", 0), end = std::max(start, place("end", rank));
  return at::tensor(at::IntArrayRef(shape).slice(static_cast<size_t>(start), static_cast<size_t>(end - start)),
                    at::kLong);
}

void add_constants(Building& building, const GraphNode& node, const Operator& op) {
  if (!folds(op.type)) read_layer(op);  // throws, naming what is wrong
  const std::vector<Tensor> results = fold(op, node.outputs.size(), building.elements_left);
  for (size_t i = 0; i < std::min(results.size(), node.outputs.size()); ++i) {
    building.values[node.outputs[i]] = {results[i]};
  }
}

void add_node(Building& building, const GraphNode& node);

/// An If's condition is known once the shapes are: exporters ask so whether an axis is there.
void add_branch(Building& building, const GraphNode& node) {
  const Tensor condition = building.values.at(node.inputs[0]).constant;
  if (!condition.defined() || condition.numel() != 1)
    fail("node '", node.name, "' is an If whose condition depends on the input; export the model with it decided");
  const Branch& branch = node.branches[condition.item<double>() != 0 ? 0 : 1];
  for (const GraphNode& inner : branch.nodes) add_node(building, inner);
  for (size_t i = 0; i < node.outputs.size(); ++i) {
    const auto found = building.values.find(branch.outputs[i]);
    if (found == building.values.end())
      fail("node '", node.name, "' (If): nothing computes '", branch.outputs[i], "', an output of its branch");
    building.values[node.outputs[i]] = found->second;
  }
}

void add_node(Building& building, const GraphNode& node) {
  if (node.type == "If") return add_branch(building, node);
  const Operator op = with_operands(building, node);
  if (op.signals() == 0) return add_constants(building, node, op);
  if (op.type == "Shape") {
    building.values[node.outputs[0]] = {shape_of_signal(op)};
    return;
  }
  for (size_t i = 0; i < node.outputs.size(); ++i) {
    if (!building.used.count(node.outputs[i])) continue;
    building.values[node.outputs[i]] = {{}, add_output(building, node, op, i)};
  }
}

/// Scores left as maps of one pixel are flattened; anything else but a row of scores is not a classifier's.
void finish(Building& building) {
  const auto found = building.values.find(building.graph.output);
  if (found == building.values.end()) fail("no node of the ONNX model gives its output '", building.graph.output, "'");
  const Value& value = found->second;
  Network& network = building.network;
  if (value.node < 0) fail("the output '", building.graph.output, "' of the ONNX model does not depend on its input");
  network.output = value.node;
  const Shape shape = network[value.node].shape;
  if (shape.size() == 1) return;
  const bool row =
      shape.size() > 1 && std::all_of(shape.begin() + 1, shape.end(), [](int64_t size) { return size == 1; });
  if (!row) {
    fail("the output '", building.graph.output, "' of the ONNX model is ", shape_text(shape),
         " for each image; a classifier's one row of scores is expected");
  }
  const Operator flatten{
      "Reshape", "scores", 13, {}, {{{}, shape, true}, {at::tensor({int64_t{0}, shape[0]}, at::kLong)}}};
  append(network, unique(building, "scores"), read_layer(flatten), {value.node});
}

}  // namespace

Network build(const Graph& graph, const Shape& input_shape, const OnnxLimits& limits) {
  Building building{graph, limits};
  building.elements_left = limits.tensor_elements;
  building.batch = graph.axes.empty() ? -1 : graph.axes.front();
  const Shape shape = image_shape(graph, input_shape);
  check_elements(graph.input, shape, limits);
  building.network = network_with_input(unique(building, graph.input), shape);
  building.network.metadata = graph.metadata;
  for (const auto& [name, tensor] : graph.constants) building.values[name] = {tensor};
  building.values[graph.input] = {{}, 0};
  building.used.insert(graph.output);
  for (const GraphNode& node : graph.nodes)
    each_input(node, [&](const std::string& value) { building.used.insert(value); });
  for (const GraphNode& node : graph.nodes) {
    try {
      add_node(building, node);
    } catch (const Error&) {
      throw;
    } catch (const c10::Error& error) {
      const std::string reason = error.what_without_backtrace();
      fail("node '", node.name, "' (", node.type, ") cannot be read: ", reason.substr(0, reason.find('\n')));
    } catch (const std::exception& error) {
      fail("node '", node.name, "' (", node.type, ") cannot be read: ", error.what());
    }
  }
  finish(building);
  return std::move(building.network);
}

}  // namespace limpid::onnx_import
