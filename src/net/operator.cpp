// SPDX-License-Identifier: Apache-2.0
#include "limpid/net/operator.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "limpid/core/error.h"

namespace limpid {

const Tensor& Operator::constant(size_t index, const char* what) const {
  if (!has(index)) unsupported(detail::joined("its ", what, " (input ", index, ") is missing"));
  if (!inputs[index].constant.defined()) {
    unsupported(
        detail::joined("its ", what, " (input ", index, ") depends on the network's input; it must be constant"));
  }
  return inputs[index].constant;
}

std::vector<int64_t> Operator::integers(size_t index, const std::string& attribute) const {
  if (!has(index)) return attributes.integers(attribute);
  const Tensor values = constant(index, attribute.c_str()).to(at::kLong).reshape({-1}).contiguous();
  return {values.data_ptr<int64_t>(), values.data_ptr<int64_t>() + values.numel()};
}

int64_t Operator::signals() const {
  return std::count_if(inputs.begin(), inputs.end(), [](const Operand& operand) { return operand.is_signal; });
}

void Operator::unsupported(const std::string& why) const {
  fail("node '", name, "' (", type, ", opset ", opset, ") cannot be read: ", why);
}

}  // namespace limpid
