// SPDX-License-Identifier: Apache-2.0
#include "crystal/known_crystal.h"

#include "limpid/crystal/symmetry.h"

namespace limpid {
namespace {

constexpr int64_t kManyAtoms = 12;    // in a standard cell: there may be a smaller one behind them
constexpr int64_t kMostAtoms = 2000;  // for spglib, whose time grows with their square

}  // namespace

const std::optional<Structure>& KnownCrystal::standard() {
  if (!standard_) standard_ = structure_.size() > kMostAtoms ? std::nullopt : standard_cell(structure_);
  return *standard_;
}

bool KnownCrystal::has_small_cell() { return structure_.cell && standard() && standard()->size() < kManyAtoms; }

const std::optional<MeanCrystal>& KnownCrystal::mean() {
  if (!mean_) mean_ = mean_crystal(structure_);
  return *mean_;
}

}  // namespace limpid
