// SPDX-License-Identifier: Apache-2.0
#pragma once
// The main job: inputs through a network and methods to raw maps, pictures, a page and a manifest.

#include "limpid/core/progress.h"
#include "limpid/pipeline/request.h"

namespace limpid {

/// Explains each input with each method and writes the results below `request.output`, input by input: reading, walks
/// and writing overlap, and memory does not grow with the number of inputs. An input that cannot be read or explained
/// is reported in the manifest and the others go on. When `progress` throws, what is finished is kept, with a manifest
/// and a page of it, and the exception is passed on. Progress counts inputs.
ExplainSummary explain(const ExplainRequest& request, const Progress& progress = {});

}  // namespace limpid
