// SPDX-License-Identifier: Apache-2.0
#pragma once
// What result files are called.

#include <string>

#include "pipeline/batch.h"

namespace limpid {

struct Naming {
  bool targets = false;  // several classes are explained: their indices are in the names
  bool layers = false;   // layers were asked for: their names are in the names
};

/// <method>[.<layer>][.unit<k>|.<kind>][.<target>] without extension. The layer is left out for the main map of a
/// method that took its default one; the target always stands in a map that belongs to one class of a panel.
std::string file_name(const Map& map, const Naming& naming);

}  // namespace limpid
