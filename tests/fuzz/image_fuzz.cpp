// SPDX-License-Identifier: Apache-2.0
#include <ATen/core/ivalue.h>

#include <ATen/ATen.h>

#include <cstdlib>

#include "limpid/core/error.h"
#include "limpid/data/image.h"

/// Any bytes are a picture of 1 or 3 channels or an Error.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  try {
    const limpid::ImageLimits limits{.pixels = 1 << 18, .bytes = 1 << 20};
    const at::Tensor image = limpid::decode_image({reinterpret_cast<const char*>(data), size}, "fuzz", limits);
    if (image.dim() != 3 || (image.size(0) != 1 && image.size(0) != 3)) std::abort();
  } catch (const limpid::Error&) {
  }
  return 0;
}
