// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a block of a CIF says of symmetry.

#include "crystal/formats/cif_document.h"
#include "crystal/formats/symmetry_operations.h"

namespace limpid {

/// Of the operations it lists, or of the space group it names; only the identity where it says nothing, which `notes`
/// then tell. Throws where it says what cannot be understood.
std::vector<SymmetryOperation> operations_of(const CifBlock& block, std::vector<std::string>& notes);

}  // namespace limpid
