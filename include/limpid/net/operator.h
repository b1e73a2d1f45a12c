// SPDX-License-Identifier: Apache-2.0
#pragma once
// One ONNX node without protobuf: what layer types read themselves from and write themselves to.

#include <string>
#include <vector>

#include "limpid/net/layer.h"

namespace limpid {

/// An input of an operator: a constant known at import, a signal with its shape an image, or left out.
struct Operand {
  Tensor constant = {};  // defined for constants
  Shape shape = {};      // of a signal, without the batch axis
  bool is_signal = false;

  bool given() const { return is_signal || constant.defined(); }
};

/// What a layer type's `read` sees, whatever the file's opset and exporter:
/// - constants are float32 or int64 (other floating and whole types are converted, booleans are 0 and 1);
/// - the target of Reshape (input 1) has no −1 left, and its first entry is 0: the batch axis stays. A node that does
///   not keep the batch axis never arrives. The `sizes` of Resize have 0 as their first entry too;
/// - Split, and Gather with evenly rising indices, are Slice of opset 13 (constant starts, ends, axes, steps), Gather
///   with one index followed by a Reshape; empty tensors among the inputs of Resize are left out;
/// - Sum and Concat have no constants among their operands, the constant of MatMul is a matrix and stands second;
/// - Softmax and LogSoftmax are those of opset 13;
/// - Constant, Identity, Dropout, Cast of a signal, Shape and all that is computed from constants never arrive.
/// Axes count the batch axis, as in the file.
struct Operator {
  std::string type;  // "Conv"
  std::string name;  // for messages
  int64_t opset = 13;
  Attributes attributes = {};
  std::vector<Operand> inputs = {};

  bool has(size_t index) const { return index < inputs.size() && inputs[index].given(); }
  /// The constant at `index`; throws, naming the node and `what`, when it is missing or a signal.
  const Tensor& constant(size_t index, const char* what) const;
  /// Whole numbers from a constant input (later opsets) or else from the attribute (earlier ones); empty: neither.
  std::vector<int64_t> integers(size_t index, const std::string& attribute) const;
  /// How many of the inputs are signals.
  int64_t signals() const;
  [[noreturn]] void unsupported(const std::string& why) const;
};

/// Receives the operators that a layer is written as.
class OperatorWriter {
 public:
  virtual ~OperatorWriter() = default;
  /// Names of the layer's inputs.
  virtual const std::vector<std::string>& inputs() const = 0;
  /// Shape of the layer's input `index` without the batch axis.
  virtual const Shape& input_shape(size_t index) const = 0;
  /// Stores a tensor and returns its name.
  virtual std::string constant(const Tensor& value) = 0;
  /// Appends an operator and returns its output's name; the last one appended gives the layer's output.
  virtual std::string add(const std::string& type, const std::vector<std::string>& inputs,
                          const Attributes& attributes = {}) = 0;
};

}  // namespace limpid
