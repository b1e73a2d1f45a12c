// SPDX-License-Identifier: Apache-2.0
#pragma once
// Whether species follow the sites: a compound, or an element with foreign atoms.

#include "limpid/crystal/structure.h"

namespace limpid {

/// The short-range order parameter of nearest neighbours (cowley1950), over all pairs of species: 0 where species are
/// drawn at random, 1 where all neighbours are alike, negative where unlike ones are preferred. 0 for one species.
double short_range_order(const Structure& structure);

/// Whether that, or the same of the neighbours of one species alone, differs from 0 by more than chance in a structure
/// of that many atoms makes it (three standard deviations and a tenth). For atoms whose cell is repeated: of the whole
/// supercell.
bool is_compound(const Structure& structure);

}  // namespace limpid
