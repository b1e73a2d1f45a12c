// SPDX-License-Identifier: Apache-2.0
#include "support/lazy_device.h"

#include <ATen/ATen.h>
#include <torch/csrc/lazy/ts_backend/ts_backend_impl.h>

namespace limpid::testing {

at::Device lazy_device() {
  static const bool ready = (torch::lazy::InitTorchScriptBackend(), true);
  return ready ? at::kLazy : at::kCPU;
}

}  // namespace limpid::testing
