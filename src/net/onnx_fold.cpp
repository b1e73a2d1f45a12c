// SPDX-License-Identifier: Apache-2.0
// Operators on constants: the shape arithmetic that exporters leave in a graph. Values are float32 or int64.
#include <ATen/ATen.h>
#include <ATen/ExpandUtils.h>

#include "limpid/core/error.h"
#include "net/onnx_fold.h"

namespace limpid::onnx_import {
namespace {

using Fold = std::vector<Tensor> (*)(const Call&);

template <Tensor (*function)(const Tensor&)>
std::vector<Tensor> unary(const Call& call) {
  call.reserve(call[0].sizes());
  return {function(call[0])};
}

/// From the left over all operands, with broadcasting; Min and Max take any number.
template <Tensor (*function)(const Tensor&, const Tensor&)>
std::vector<Tensor> binary(const Call& call) {
  Tensor result = call[0];
  for (size_t i = 1; i < call.op.inputs.size(); ++i) {
    call.reserve(at::infer_size(result.sizes(), call[i].sizes()));
    result = function(result, call[i]);
  }
  return {result};
}

Tensor flag(const Tensor& values) { return values.to(at::kLong); }

/// Whole numbers are divided towards zero; INT64_MIN / −1 would trap.
Tensor divide(const Tensor& a, const Tensor& b) {
  if (a.is_floating_point() || b.is_floating_point()) return a / b;
  const Tensor minus = at::eq(b, -1);
  return at::where(minus, at::neg(a), at::div(a, b.masked_fill(minus, 1), "trunc"));
}

Tensor modulo(const Tensor& a, const Tensor& b) {
  if (a.is_floating_point() || b.is_floating_point()) return at::fmod(a, b);
  return at::remainder(a, b.masked_fill(at::eq(b, -1), 1));
}

Tensor power(const Tensor& a, const Tensor& b) { return at::pow(a, b.to(a.scalar_type())); }

std::vector<Tensor> fold_cast(const Call& call) {
  enum { kFloat = 1, kBool = 9, kHalf = 10, kDouble = 11, kBfloat = 16 };  // TensorProto.DataType
  call.reserve(call[0].sizes());
  switch (call.op.attributes.integer("to", 0)) {
    case kFloat:
    case kHalf:
    case kDouble:
    case kBfloat:
      return {call[0].to(at::kFloat)};
    case kBool:
      return {flag(at::ne(call[0], 0))};
    default:
      return {call[0].to(at::kLong)};
  }
}

std::vector<Tensor> fold_constant(const Call& call) {
  for (const auto& [name, value] : call.op.attributes.values()) {
    if (name == "value" || name == "value_float" || name == "value_int" || name == "value_floats" ||
        name == "value_ints") {
      if (const auto* tensor = std::get_if<Tensor>(&value)) return {*tensor};
      if (const auto* number = std::get_if<double>(&value)) return {at::scalar_tensor(*number, at::kFloat)};
      if (const auto* whole = std::get_if<int64_t>(&value)) return {at::scalar_tensor(*whole, at::kLong)};
      if (const auto* numbers = std::get_if<std::vector<double>>(&value)) return {at::tensor(*numbers, at::kFloat)};
      if (const auto* wholes = std::get_if<std::vector<int64_t>>(&value)) return {at::tensor(*wholes, at::kLong)};
    }
  }
  call.op.unsupported("it must hold a dense tensor or numbers");
}

std::vector<Tensor> fold_shape(const Call& call) { return {at::tensor(call[0].sizes(), at::kLong)}; }
std::vector<Tensor> fold_size(const Call& call) { return {at::scalar_tensor(call[0].numel(), at::kLong)}; }
std::vector<Tensor> fold_identity(const Call& call) { return {call[0]}; }

std::vector<Tensor> fold_where(const Call& call) {
  call.reserve(at::infer_size(at::infer_size(call[0].sizes(), call[1].sizes()), call[2].sizes()));
  return {at::where(call[0].to(at::kBool), call[1], call[2])};
}

/// The operands' axes are in input 1 (opset 13 for ReduceSum, 18 for the others) or in the attribute.
template <Tensor (*function)(const Tensor&, int64_t axis)>
std::vector<Tensor> reduce(const Call& call) {
  std::vector<int64_t> axes = call.op.integers(1, "axes");
  if (axes.empty()) {
    for (int64_t i = 0; i < call[0].dim(); ++i) axes.push_back(i);
  }
  for (int64_t& axis : axes) axis = call.axis(axis, call[0].dim());
  std::sort(axes.rbegin(), axes.rend());
  Tensor result = call[0];
  for (const int64_t axis : axes) {
    result = function(result, call.axis(axis, result.dim()));
    if (call.op.attributes.integer("keepdims", 1) != 0) result = result.unsqueeze(axis);
  }
  return {result};
}

Tensor sum(const Tensor& x, int64_t axis) { return x.sum(axis); }
Tensor product(const Tensor& x, int64_t axis) { return x.prod(axis); }
Tensor largest(const Tensor& x, int64_t axis) { return x.amax(axis); }
Tensor smallest(const Tensor& x, int64_t axis) { return x.amin(axis); }
Tensor mean(const Tensor& x, int64_t axis) { return x.to(at::kFloat).mean(axis).to(x.scalar_type()); }

Tensor add(const Tensor& a, const Tensor& b) { return a + b; }
Tensor subtract(const Tensor& a, const Tensor& b) { return a - b; }
Tensor multiply(const Tensor& a, const Tensor& b) { return a * b; }
Tensor equal(const Tensor& a, const Tensor& b) { return flag(at::eq(a, b)); }
Tensor greater(const Tensor& a, const Tensor& b) { return flag(at::gt(a, b)); }
Tensor less(const Tensor& a, const Tensor& b) { return flag(at::lt(a, b)); }
Tensor both(const Tensor& a, const Tensor& b) { return flag(at::logical_and(a, b)); }
Tensor either(const Tensor& a, const Tensor& b) { return flag(at::logical_or(a, b)); }
Tensor negated(const Tensor& a) { return flag(at::logical_not(a)); }
Tensor minimum(const Tensor& a, const Tensor& b) { return at::minimum(a, b); }
Tensor maximum(const Tensor& a, const Tensor& b) { return at::maximum(a, b); }

const std::map<std::string, Fold>& folds_by_type() {
  static const std::map<std::string, Fold> folds = {
      {"Abs", unary<at::abs>},
      {"Add", binary<add>},
      {"And", binary<both>},
      {"Cast", fold_cast},
      {"Ceil", unary<at::ceil>},
      {"Concat", fold_concat},
      {"Constant", fold_constant},
      {"ConstantOfShape", fold_constant_of_shape},
      {"Div", binary<divide>},
      {"Dropout", fold_identity},
      {"Equal", binary<equal>},
      {"Exp", unary<at::exp>},
      {"Expand", fold_expand},
      {"Flatten", fold_flatten},
      {"Floor", unary<at::floor>},
      {"Gather", fold_gather},
      {"Greater", binary<greater>},
      {"Identity", fold_identity},
      {"Less", binary<less>},
      {"Log", unary<at::log>},
      {"Max", binary<maximum>},
      {"Min", binary<minimum>},
      {"Mod", binary<modulo>},
      {"Mul", binary<multiply>},
      {"Neg", unary<at::neg>},
      {"Not", unary<negated>},
      {"Or", binary<either>},
      {"Pow", binary<power>},
      {"Range", fold_range},
      {"Reciprocal", unary<at::reciprocal>},
      {"ReduceMax", reduce<largest>},
      {"ReduceMean", reduce<mean>},
      {"ReduceMin", reduce<smallest>},
      {"ReduceProd", reduce<product>},
      {"ReduceSum", reduce<sum>},
      {"Reshape", fold_reshape},
      {"Round", unary<at::round>},
      {"Shape", fold_shape},
      {"Size", fold_size},
      {"Slice", fold_slice},
      {"Split", fold_split},
      {"Sqrt", unary<at::sqrt>},
      {"Squeeze", fold_squeeze},
      {"Sub", binary<subtract>},
      {"Tile", fold_tile},
      {"Transpose", fold_transpose},
      {"Unsqueeze", fold_unsqueeze},
      {"Where", fold_where},
  };
  return folds;
}

}  // namespace

bool folds(const std::string& type) { return folds_by_type().count(type) > 0; }

std::vector<std::string> folded_operators() {
  std::vector<std::string> types;
  for (const auto& [type, fold] : folds_by_type()) types.push_back(type);
  types.push_back("If");
  return types;
}

std::vector<Tensor> fold(const Operator& op, size_t outputs, int64_t& elements_left) {
  std::vector<Tensor> results = folds_by_type().at(op.type)({op, outputs, elements_left});
  for (const Tensor& result : results) {
    if (result.dim() > 16) op.unsupported("its result has more than 16 axes");
  }
  return results;
}

}  // namespace limpid::onnx_import
