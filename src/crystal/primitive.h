// SPDX-License-Identifier: Apache-2.0
#pragma once
// The smallest cell of a crystal of few atoms. spglib does the same, and after it all else that it knows: for a small
// cell that is half of the time of a fingerprint.

#include <optional>

#include "limpid/crystal/structure.h"

namespace limpid {

/// Takes time that grows with the third power of the atoms. Atoms that a translation brings closer to each other than
/// `close` are one, at their mean. None where three of the translations do not span the smallest cell.
std::optional<Structure> primitive_of(const Structure& structure, double close);

}  // namespace limpid
