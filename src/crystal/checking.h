// SPDX-License-Identifier: Apache-2.0
#pragma once
// What errors call a structure, and a check of its cell alone.

#include "limpid/crystal/structure.h"

namespace limpid {

/// "'file.vasp'" or "the structure".
std::string called(const Structure& structure);

/// Throws where the cell, if there is one, has numbers that are not finite or no volume.
void check_cell(const Structure& structure);

}  // namespace limpid
