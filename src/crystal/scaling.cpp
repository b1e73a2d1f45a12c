// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "crystal/checking.h"
#include "crystal/first_shell.h"
#include "crystal/known_crystal.h"
#include "limpid/core/error.h"
#include "limpid/crystal/diffraction.h"
#include "limpid/crystal/neighbours.h"

namespace limpid {
namespace {

constexpr int64_t kFewAtoms = 12;  // of a cell: nothing smaller stands behind it, and averages over it say nothing

double mean_nearest(const Structure& structure) {
  double sum = 0;
  for (const double distance : nearest_distances(structure)) sum += distance;
  return sum / static_cast<double>(structure.size());
}

}  // namespace

double length_scale(KnownCrystal& known, Scaling scaling) {
  const Structure& structure = known.structure();
  if (structure.size() == 0) fail(called(structure), " has no atoms; a length scale needs at least one");
  double scale = 0;
  if (scaling == Scaling::robust && !(structure.cell && structure.size() <= kFewAtoms)) {
    if (known.mean()) scale = nearest_distance(*known.mean());
    if (scale == 0) scale = first_shell(structure);
  }
  if (scale == 0) scale = mean_nearest(structure);
  if (!std::isfinite(scale))
    fail(called(structure), " is a single atom without a cell; there is no distance that could be the unit of length");
  return scale;
}

double length_scale(const Structure& structure, Scaling scaling) {
  KnownCrystal known(structure);
  return length_scale(known, scaling);
}

}  // namespace limpid
