// SPDX-License-Identifier: Apache-2.0
#pragma once
// What is written of a fingerprint, and what is said of a structure that has none.

#include "limpid/core/tensor.h"
#include "pipeline/structure_source.h"

namespace limpid {

/// <stem>.npy of an image [3,64,64], and <stem>.png: rotations about x, y and z (or x, z and y) as red, green and blue.
/// Their names below the folder.
std::vector<std::string> write_fingerprint(const std::filesystem::path& folder, const std::string& stem,
                                           const Tensor& image, bool picture = true);

/// Within a catch, as failure_caught: the sentence names the structure.
std::string structure_failure_caught(const StructureItem& item);

}  // namespace limpid
