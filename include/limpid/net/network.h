// SPDX-License-Identifier: Apache-2.0
#pragma once
// A network as a value: nodes in order, each with its layer, and the forward pass over them.

#include <map>
#include <string>
#include <vector>

#include "limpid/net/layer.h"

namespace limpid {

struct Node {
  std::string name;
  Layer layer;
  std::vector<int> inputs = {};
  Shape shape = {};                       // of the output, without the batch axis
  std::vector<std::string> aliases = {};  // other names it answers to: its ONNX output, layers folded into it
};

struct Network {
  std::vector<Node> nodes = {};  // nodes[0] is the input; every node comes after its inputs
  int output = 0;                // the node whose values are the logits, [N, classes]
  std::map<std::string, std::string> metadata = {};

  const Node& operator[](int index) const { return nodes[static_cast<size_t>(index)]; }
  int size() const { return static_cast<int>(nodes.size()); }
  const Shape& input_shape() const { return nodes.front().shape; }
  int64_t classes() const { return (*this)[output].shape.front(); }
};

/// A network of nothing but an input of this shape (without the batch axis).
Network network_with_input(const std::string& name, Shape shape);

/// Appends a node, infers its shape, makes it the output and returns its index. Throws when the inputs do not fit.
int append(Network& network, const std::string& name, Layer layer, const std::vector<int>& inputs);

/// The node with this name or alias; throws a UsageError that lists the layers.
int node_named(const Network& network, const std::string& name);

/// For each node the nodes that use it.
std::vector<std::vector<int>> consumers(const Network& network);

/// For each node whether `to` depends on it (`to` itself included).
std::vector<bool> ancestors(const Network& network, int to);

/// The labels in the metadata under "classes" (a JSON array); otherwise "0", "1", ….
std::vector<std::string> class_names(const Network& network);

/// The key of the metadata that says how logits become probabilities: "sigmoid", or nothing.
inline constexpr const char* kProbabilities = "probabilities";

/// Whether a score is a class's own, by a sigmoid: the network ended with one, or has one score alone.
bool has_independent_scores(const Network& network);

/// Probabilities of logits [N, classes]: each by itself where scores are independent, together by softmax otherwise.
Tensor probabilities(const Network& network, const Tensor& logits);

/// The same network ready to run on a device: its parameters there, in float64 for that precision and in float32 for
/// the others, and all prepared that is prepared once.
Network moved(const Network& network, at::Device device, Precision precision = Precision::kFloat32);

/// Where a network's parameters are, and of what type; the CPU and float32 where it has none.
at::TensorOptions options_of(const Network& network);

/// Throws an Error naming the node and the parameter when a weight is NaN or infinite.
void require_finite(const Network& network);

/// Multiply-adds of one node for one image.
int64_t multiply_adds(const Network& network, int node);

/// The values of a batch at every node.
struct Activations {
  std::vector<Tensor> values = {};  // [N, …] by node; undefined where dropped
  std::vector<Tensor> memory = {};  // what each node left for the way back
  int64_t images = 0;

  const Tensor& operator[](int node) const { return values[static_cast<size_t>(node)]; }
};

/// Runs a batch [N, …] through the network and keeps every node's values. Throws when the input's shape does not fit.
Activations forward(const Network& network, const Tensor& input);

/// The values of some nodes only, in the order asked for: all others are dropped as soon as nothing needs them.
std::vector<Tensor> values_at(const Network& network, const Tensor& input, const std::vector<int>& nodes);

/// The scores alone, [N, classes].
Tensor logits(const Network& network, const Tensor& input);

/// The scores [M, classes] when a node's values are replaced by `values` [M, …]; only the nodes behind it are
/// computed. Branches that do not depend on it take their values from `activations`, whose batch is M or 1.
Tensor logits_from(const Network& network, const Activations& activations, int node, const Tensor& values);

}  // namespace limpid
