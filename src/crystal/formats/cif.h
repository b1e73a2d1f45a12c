// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a block of a CIF says of symmetry, apart from the atoms.

#include <gemmi/cifdoc.hpp>

#include "crystal/formats/symmetry_operations.h"

namespace limpid {

/// Of the operations it lists, or of the space group it names; only the identity where it says nothing, which `notes`
/// then tell. Throws where `file`'s block says what cannot be understood.
std::vector<SymmetryOperation> operations_of(gemmi::cif::Block& block, const std::string& file,
                                             std::vector<std::string>& notes);

/// Where in the file a tag stands: "'file', line 12".
std::string place_of(gemmi::cif::Block& block, const std::string& file, const std::string& tag);

}  // namespace limpid
