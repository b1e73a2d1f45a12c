// SPDX-License-Identifier: Apache-2.0
#include "limpid/core/tensor.h"  // before ATen.h, for clang 14

#include <ATen/core/ivalue.h>

#include <ATen/ATen.h>

#include <cstdlib>

#include "limpid/core/error.h"
#include "limpid/data/npy.h"

/// Any bytes are an array or an Error, and an array that is read comes back from what is written of it.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  try {
    const at::Tensor array = limpid::decode_npy({reinterpret_cast<const char*>(data), size}, "fuzz");
    const at::Tensor integers = array.to(at::kLong, false, true);
    if (!at::equal(limpid::decode_npy(limpid::npy_bytes(integers), "again"), integers)) std::abort();
  } catch (const limpid::Error&) {
  }
  return 0;
}
