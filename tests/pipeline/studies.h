// SPDX-License-Identifier: Apache-2.0
#pragma once
// Studies that a test runs.

#include <set>
#include <string>

#include "limpid/pipeline/studies.h"

namespace limpid::testing {

/// Runs the study: what of it was computed, rather than taken over.
inline std::set<std::string> computed(const StudyRequest& request) {
  std::set<std::string> parts;
  run_study(request, {}, [&](const std::string& line) {
    if (line.ends_with(" s")) parts.insert(line.substr(0, line.find(':')));
  });
  return parts;
}

}  // namespace limpid::testing
