// SPDX-License-Identifier: Apache-2.0
#pragma once
// Ways to tell a crystal's length scale from a defective piece of it, which crystal_scaling compares.

#include <string>
#include <vector>

#include "limpid/crystal/structure.h"

namespace limpid {

struct Candidate {
  std::string name, summary;
  double (*scale)(const Structure& structure);
};

const std::vector<Candidate>& candidates();

}  // namespace limpid
