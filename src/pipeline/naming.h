// SPDX-License-Identifier: Apache-2.0
#pragma once
// What result files are called.

#include <set>
#include <string>

#include "pipeline/batch.h"

namespace limpid {

struct Naming {
  bool targets = false;                // several classes are explained: their indices are in the names
  std::set<std::string> layered = {};  // the methods with their layers' names in the names
};

/// A method's layer is named where it was asked for, or where there are maps of more than one.
Naming naming_of(const Plan& plan, const Result& result);

/// <method>[.<layer>][.unit<k>|.<kind>][.<target>] without extension. The layer is left out for the main map of a
/// method that took its default one; the target always stands in a map that belongs to one class of a panel.
std::string file_name(const Map& map, const Naming& naming);

/// Throws where two different maps would have one name, as those of layers a/b and a_b would.
void check_names(const Result& result, const Naming& naming);

}  // namespace limpid
