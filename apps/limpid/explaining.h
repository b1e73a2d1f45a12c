// SPDX-License-Identifier: Apache-2.0
#pragma once
// What explain and compare have in common.

#include "command.h"

namespace limpid {

void add_explaining(CLI::App& options, ExplainRequest& request);

/// Explains, prints the manifest or where it is, and returns 1 when an input failed.
int run_explain(ExplainRequest& request);

}  // namespace limpid
