// SPDX-License-Identifier: Apache-2.0
#include "limpid/core/tensor.h"  // before ATen.h, for clang 14

#include <ATen/core/ivalue.h>

#include <ATen/ATen.h>

#include "limpid/core/error.h"
#include "limpid/net/onnx.h"

namespace {
constexpr limpid::OnnxLimits kLimits = {.file_bytes = 1 << 20, .nodes = 200, .tensor_elements = 1 << 16};
constexpr int64_t kWork = 1 << 24;  // multiply-adds
}  // namespace

/// Any bytes are a network or an Error; a network computes scores, and comes back from what is written of it.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  try {
    const std::string bytes(reinterpret_cast<const char*>(data), size);
    const limpid::Network network = limpid::parse_onnx(bytes, {}, {}, kLimits);
    int64_t work = 0;
    for (int node = 0; node < network.size(); ++node) work += limpid::multiply_adds(network, node);
    if (work > kWork) return 0;
    limpid::Shape shape = network.input_shape();
    shape.insert(shape.begin(), 2);
    limpid::logits(network, at::zeros(shape));
    limpid::parse_onnx(limpid::onnx_bytes(network), {}, {}, kLimits);
  } catch (const limpid::Error&) {
  }
  return 0;
}
