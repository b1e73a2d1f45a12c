// SPDX-License-Identifier: Apache-2.0
#pragma once
// The stages between an ONNX file and a network, and the neutral graph they pass on.

#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "limpid/net/onnx.h"
#include "limpid/net/operator.h"

namespace onnx {
class TensorProto;
}

namespace limpid::onnx_import {

struct GraphNode {
  /// A graph within a node, which may take the values of those around it.
  struct Branch {
    std::vector<GraphNode> nodes;
    std::vector<std::string> outputs;
  };

  std::string type;
  std::string name;  // the file's, or the first output's where it has none
  Attributes attributes = {};
  std::vector<std::string> inputs = {};  // value names; empty: left out
  std::vector<std::string> outputs = {};
  std::vector<Branch> branches = {};  // of an If: where its condition holds, and where not
};

using Branch = GraphNode::Branch;

struct Graph {
  int64_t opset = 0;
  std::vector<GraphNode> nodes = {};             // inputs before their users, only what the output needs
  std::map<std::string, Tensor> constants = {};  // float32 or int64
  std::string input = {};
  Shape axes = {};  // of the input, the batch first; −1 where the file leaves one open; empty: nothing said
  std::string output = {};
  std::vector<std::string> other_outputs = {};  // that the file has beside it
  std::map<std::string, std::string> metadata = {};
  std::set<std::filesystem::path> external = {};  // files of external data
};

/// Stands for the batch size in shapes that the graph computes: a prime that float32 holds exactly.
constexpr int64_t kBatch = 15'485'863;

/// Where tensors get their bytes from, and how many more may be read.
struct TensorSource {
  std::filesystem::path folder;
  uint64_t bytes_left;
  int64_t elements;                            // limit of one tensor
  std::set<std::filesystem::path> files = {};  // that were read
};

/// The values of a tensor, float32 or int64; frees the message's own copy.
Tensor read_tensor(onnx::TensorProto& tensor, TensorSource& source);

Graph read_graph(const std::string& bytes, const std::filesystem::path& folder, const OnnxLimits& limits);

/// Keeps the nodes that the output needs, in an order in which they can be computed; throws for cycles and for values
/// that nothing computes. A softmax or sigmoid at the end, and a logarithm of it, become Identities.
void arrange(Graph& graph);

/// Calls one(value) for each value that a node takes, in its branches too.
template <class One>
void each_input(const GraphNode& node, const One& one) {
  for (const std::string& input : node.inputs) one(input);
  for (const Branch& branch : node.branches) {
    for (const GraphNode& inner : branch.nodes) each_input(inner, one);
    for (const std::string& output : branch.outputs) one(output);
  }
}

/// Throws unless the node has as many inputs as its type takes, none of the necessary ones left out.
void check_inputs(const GraphNode& node);

/// The outputs of an operator whose inputs are all constant. `elements_left` is what folding may still allocate.
std::vector<Tensor> fold(const Operator& op, size_t outputs, int64_t& elements_left);
bool folds(const std::string& type);
std::vector<std::string> folded_operators();

/// One output of a node as layer types see it: operators in a row, each but the first taking the one before it as its
/// input 0. None at all: the output is input 0 itself. `batch` is the file's batch size, −1 where it is open.
std::vector<Operator> rewritten(const Operator& op, size_t output, size_t outputs, int64_t batch);

/// The same for a Sum, a Concat and a MatMul with constants among their operands.
std::vector<Operator> summed(const Operator& op);
std::vector<Operator> concatenated(const Operator& op);
std::vector<Operator> multiplied(const Operator& op);

Network build(const Graph& graph, const Shape& input_shape, const OnnxLimits& limits);

}  // namespace limpid::onnx_import
