// SPDX-License-Identifier: Apache-2.0
#pragma once
// A device other than the CPU that every machine has: libtorch's lazy tensors. As on a GPU, their data have no address
// here, and operations that mix them with the CPU's tensors end the process.

#include <c10/core/Device.h>

namespace limpid::testing {

at::Device lazy_device();

}  // namespace limpid::testing
