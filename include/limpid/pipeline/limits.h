// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a run reads at most, so that a damaged or mistaken file cannot take all memory.

#include <string>
#include <vector>

#include "limpid/crystal/formats.h"
#include "limpid/data/inputs.h"
#include "limpid/net/onnx.h"

namespace limpid {

struct Limits {
  OnnxLimits onnx = {};
  InputLimits input = {};
  StructureLimits structure = {};
};

/// The limits with those of "name=value" changed: image-bytes, image-pixels, npy-bytes, model-bytes, model-nodes,
/// tensor-elements, structure-bytes, structure-atoms. Throws UsageError.
Limits limits_of(const std::vector<std::string>& settings);

}  // namespace limpid
