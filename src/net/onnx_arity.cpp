// SPDX-License-Identifier: Apache-2.0
// How many inputs the ONNX operators take (opset 9 to 17), so that whoever reads one can count on them.
#include <limits>

#include "limpid/core/error.h"
#include "net/onnx_graph.h"

namespace limpid::onnx_import {
namespace {

constexpr size_t kAny = std::numeric_limits<size_t>::max();

struct Arity {
  size_t least, most;
};

const std::map<std::string, Arity>& arities() {
  static const std::map<std::string, Arity> known = {
      {"Abs", {1, 1}},
      {"Add", {2, 2}},
      {"And", {2, 2}},
      {"AveragePool", {1, 1}},
      {"BatchNormalization", {5, 5}},
      {"Cast", {1, 1}},
      {"Ceil", {1, 1}},
      {"Clip", {1, 3}},
      {"Concat", {1, kAny}},
      {"Constant", {0, 0}},
      {"ConstantOfShape", {1, 1}},
      {"Conv", {2, 3}},
      {"ConvTranspose", {2, 3}},
      {"Div", {2, 2}},
      {"Dropout", {1, 3}},
      {"Elu", {1, 1}},
      {"Equal", {2, 2}},
      {"Erf", {1, 1}},
      {"Exp", {1, 1}},
      {"Expand", {2, 2}},
      {"Flatten", {1, 1}},
      {"Floor", {1, 1}},
      {"Gather", {2, 2}},
      {"Gelu", {1, 1}},
      {"Gemm", {2, 3}},
      {"GlobalAveragePool", {1, 1}},
      {"GlobalMaxPool", {1, 1}},
      {"Greater", {2, 2}},
      {"HardSigmoid", {1, 1}},
      {"HardSwish", {1, 1}},
      {"Identity", {1, 1}},
      {"If", {1, 1}},
      {"InstanceNormalization", {3, 3}},
      {"LRN", {1, 1}},
      {"LayerNormalization", {2, 3}},
      {"LeakyRelu", {1, 1}},
      {"Less", {2, 2}},
      {"Log", {1, 1}},
      {"LogSoftmax", {1, 1}},
      {"MatMul", {2, 2}},
      {"Max", {1, kAny}},
      {"MaxPool", {1, 1}},
      {"Min", {1, kAny}},
      {"Mish", {1, 1}},
      {"Mod", {2, 2}},
      {"Mul", {2, 2}},
      {"Neg", {1, 1}},
      {"Not", {1, 1}},
      {"Or", {2, 2}},
      {"PRelu", {2, 2}},
      {"Pad", {1, 3}},
      {"Pow", {2, 2}},
      {"Range", {3, 3}},
      {"Reciprocal", {1, 1}},
      {"ReduceMax", {1, 2}},
      {"ReduceMean", {1, 2}},
      {"ReduceMin", {1, 2}},
      {"ReduceProd", {1, 2}},
      {"ReduceSum", {1, 2}},
      {"Relu", {1, 1}},
      {"Reshape", {2, 2}},
      {"Resize", {1, 4}},
      {"Round", {1, 1}},
      {"Selu", {1, 1}},
      {"Shape", {1, 1}},
      {"Sigmoid", {1, 1}},
      {"Size", {1, 1}},
      {"Slice", {1, 5}},
      {"Softmax", {1, 1}},
      {"Softplus", {1, 1}},
      {"Split", {1, 2}},
      {"Sqrt", {1, 1}},
      {"Squeeze", {1, 2}},
      {"Sub", {2, 2}},
      {"Sum", {1, kAny}},
      {"Tanh", {1, 1}},
      {"Tile", {2, 2}},
      {"Transpose", {1, 1}},
      {"Unsqueeze", {1, 2}},
      {"Upsample", {1, 2}},
      {"Where", {3, 3}},
  };
  return known;
}

std::string counted(const Arity& arity) {
  if (arity.most == kAny) return detail::joined(arity.least, " or more inputs");
  const std::string most = detail::joined(arity.most, arity.most == 1 ? " input" : " inputs");
  return arity.least == arity.most ? most : detail::joined(arity.least, " to ", most);
}

}  // namespace

void check_inputs(const GraphNode& node) {
  const auto found = arities().find(node.type);
  if (found == arities().end()) return;  // refused by name later, if the output needs it
  const Arity& arity = found->second;
  const size_t count = node.inputs.size();
  if (count < arity.least || count > arity.most) {
    fail("node '", node.name, "' (", node.type, ") has ", count, " where it takes ", counted(arity));
  }
  for (size_t i = 0; i < (arity.most == kAny ? count : arity.least); ++i) {
    if (node.inputs[i].empty()) fail("node '", node.name, "' (", node.type, ") leaves out its input ", i);
  }
}

}  // namespace limpid::onnx_import
