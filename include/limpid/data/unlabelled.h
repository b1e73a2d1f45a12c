// SPDX-License-Identifier: Apache-2.0
#pragma once
// Inputs as a data set where nobody says what they are: for all that looks at a network and not at its mistakes.

#include "limpid/data/dataset.h"

namespace limpid {

/// What open_dataset() opens, or a folder of inputs without classes, or one input: `classes` is empty then and labels
/// are −1.
Dataset open_inputs(const std::filesystem::path& path, Part part = Part::all, const DatasetLimits& limits = {});

}  // namespace limpid
