// SPDX-License-Identifier: Apache-2.0
#pragma once
// Whether a structure has no symmetry at all, told much sooner than what symmetry it has.

#include "limpid/crystal/symmetry.h"

namespace limpid {

/// True: nothing but the identity brings all atoms of a periodic structure near to atoms of their species, and spglib
/// would find P1 with this tolerance. False where that is not certain.
bool has_no_symmetry(const Structure& structure, const SymmetryTolerance& tolerance = {});

}  // namespace limpid
