// SPDX-License-Identifier: Apache-2.0
#pragma once
// A length scale of structures in which no crystal stands out.

#include "limpid/crystal/structure.h"

namespace limpid {

/// Where the density of pairs, by that of points without order, has its first maximum; 0 where there is none.
double first_shell(const Structure& structure);

}  // namespace limpid
