// SPDX-License-Identifier: Apache-2.0
#include <ATen/ATen.h>
#include <onnx/onnx_pb.h>

#include <climits>
#include <set>

#include "limpid/core/error.h"
#include "limpid/net/onnx.h"
#include "limpid/net/operator.h"

namespace limpid {
namespace {

constexpr int kOpset = 13;
constexpr int kIrVersion = 7;

void write_tensor(onnx::TensorProto& proto, const Tensor& tensor, const std::string& name) {
  const Tensor values =
      tensor.to(at::kCPU, tensor.is_floating_point() ? at::kFloat : at::kLong).contiguous(at::MemoryFormat::Contiguous);
  proto.set_name(name);
  proto.set_data_type(values.is_floating_point() ? onnx::TensorProto::FLOAT : onnx::TensorProto::INT64);
  for (const int64_t size : values.sizes()) proto.add_dims(size);
  proto.set_raw_data(values.data_ptr(), values.nbytes());
}

struct AttributeValue {
  onnx::AttributeProto& proto;

  void operator()(int64_t value) const {
    proto.set_type(onnx::AttributeProto::INT);
    proto.set_i(value);
  }
  void operator()(double value) const {
    proto.set_type(onnx::AttributeProto::FLOAT);
    proto.set_f(static_cast<float>(value));
  }
  void operator()(const std::string& value) const {
    proto.set_type(onnx::AttributeProto::STRING);
    proto.set_s(value);
  }
  void operator()(const std::vector<int64_t>& values) const {
    proto.set_type(onnx::AttributeProto::INTS);
    proto.mutable_ints()->Add(values.begin(), values.end());
  }
  void operator()(const std::vector<double>& values) const {
    proto.set_type(onnx::AttributeProto::FLOATS);
    proto.mutable_floats()->Add(values.begin(), values.end());
  }
  void operator()(const Tensor& value) const {
    proto.set_type(onnx::AttributeProto::TENSOR);
    write_tensor(*proto.mutable_t(), value, "");
  }
};

/// Writes one node of the network: operators named after it, the last one giving the node's value.
class NodeWriter : public OperatorWriter {
 public:
  NodeWriter(onnx::GraphProto& graph, std::set<std::string>& names, const Network& network, const Node& node,
             std::vector<std::string> inputs)
      : graph_(graph), names_(names), network_(network), node_(node), inputs_(std::move(inputs)) {}

  const std::vector<std::string>& inputs() const override { return inputs_; }
  const Shape& input_shape(size_t index) const override { return network_[node_.inputs.at(index)].shape; }

  std::string constant(const Tensor& value) override {
    const std::string name = unique(node_.name + "." + constant_name(value));
    write_tensor(*graph_.add_initializer(), value, name);
    return name;
  }

  std::string add(const std::string& type, const std::vector<std::string>& inputs,
                  const Attributes& attributes) override {
    onnx::NodeProto& proto = *graph_.add_node();
    proto.set_op_type(type);
    proto.set_name(node_.name + "/" + type);
    for (const std::string& input : inputs) proto.add_input(input);
    for (const auto& [name, value] : attributes.values()) {
      onnx::AttributeProto& attribute = *proto.add_attribute();
      attribute.set_name(name);
      std::visit(AttributeValue{attribute}, value);
    }
    const std::string output = unique(node_.name + "/" + type + ".output");
    proto.add_output(output);
    return output;
  }

  /// Gives the last operator the node's own name, and returns the name of its value.
  std::string finish(int operators_before) {
    if (graph_.node_size() == operators_before) fail("layer '", node_.name, "' wrote no operator");
    onnx::NodeProto& last = *graph_.mutable_node(graph_.node_size() - 1);
    last.set_name(node_.name);
    last.set_output(0, unique(node_.aliases.empty() ? node_.name + ".output" : node_.aliases.front()));
    return last.output(0);
  }

 private:
  std::string constant_name(const Tensor& value) const {
    for (size_t i = 0; i < node_.layer.parameters.size(); ++i) {
      if (value.is_same(node_.layer.parameters[i])) return node_.layer.type->parameters[i];
    }
    return "constant";
  }
  std::string unique(const std::string& name) {
    std::string candidate = name;
    for (int i = 1; !names_.insert(candidate).second; ++i) candidate = name + "_" + std::to_string(i);
    return candidate;
  }

  onnx::GraphProto& graph_;
  std::set<std::string>& names_;
  const Network& network_;
  const Node& node_;
  std::vector<std::string> inputs_;
};

void write_value(onnx::ValueInfoProto& info, const std::string& name, const Shape& shape) {
  info.set_name(name);
  auto& type = *info.mutable_type()->mutable_tensor_type();
  type.set_elem_type(onnx::TensorProto::FLOAT);
  type.mutable_shape()->add_dim()->set_dim_param("N");
  for (const int64_t size : shape) type.mutable_shape()->add_dim()->set_dim_value(size);
}

void write_graph(onnx::GraphProto& graph, const Network& network) {
  std::set<std::string> names = {network[0].name};
  std::vector<std::string> values = {network[0].name};
  graph.set_name("limpid");
  write_value(*graph.add_input(), values[0], network.input_shape());
  for (int i = 1; i <= network.output; ++i) {
    const Node& node = network[i];
    std::vector<std::string> inputs;
    for (const int input : node.inputs) inputs.push_back(values[static_cast<size_t>(input)]);
    NodeWriter writer(graph, names, network, node, std::move(inputs));
    const int before = graph.node_size();
    if (!node.layer.type->write)
      fail("layer '", node.name, "' (", node.layer.type->name, ") cannot be written as ONNX");
    node.layer.type->write(node.layer, writer);
    values.push_back(writer.finish(before));
  }
  write_value(*graph.add_output(), values[static_cast<size_t>(network.output)], network[network.output].shape);
}

}  // namespace

std::string onnx_bytes(const Network& network) {
  onnx::ModelProto model;
  model.set_ir_version(kIrVersion);
  model.set_producer_name("limpid");
  model.add_opset_import()->set_version(kOpset);
  write_graph(*model.mutable_graph(), network);
  for (const auto& [key, value] : network.metadata) {
    auto& entry = *model.add_metadata_props();
    entry.set_key(key);
    entry.set_value(value);
  }
  if (model.ByteSizeLong() > INT_MAX) fail("the network has more than 2 GiB of weights, the most that ONNX holds");
  return model.SerializeAsString();
}

}  // namespace limpid
