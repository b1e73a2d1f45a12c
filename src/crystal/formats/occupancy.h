// SPDX-License-Identifier: Apache-2.0
#pragma once
// One crystal of whole atoms out of positions that are partly occupied or shared.

#include "limpid/crystal/structure.h"

namespace limpid {

/// The crystal in which each position has the species that occupies it most (of equals the first) where it is occupied
/// at least by half, and of positions closer than 0.7 Å, which cannot be occupied at once, the most occupied one.
/// `occupancies` are those of the atoms. What was left out is told in the notes.
Structure resolve_occupancies(const Structure& structure, const std::vector<double>& occupancies);

}  // namespace limpid
