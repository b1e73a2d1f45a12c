// SPDX-License-Identifier: Apache-2.0
#include "net/kernels/scratch.h"

#include "limpid/core/tensor.h"  // before ATen.h, for clang 14

#include <ATen/ATen.h>

namespace limpid {

void* scratch(size_t bytes) {
  thread_local Tensor buffer;  // ATen's memory is aligned to 64 bytes
  const auto needed = static_cast<int64_t>(bytes);
  if (!buffer.defined() || buffer.numel() < needed) buffer = at::empty({needed}, at::kByte);
  return buffer.data_ptr();
}

}  // namespace limpid
