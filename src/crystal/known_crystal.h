// SPDX-License-Identifier: Apache-2.0
#pragma once
// The crystals that a structure may be a piece of, each looked for once, when it is first asked for.

#include "crystal/mean_crystal.h"
#include "limpid/crystal/diffraction.h"

namespace limpid {

class KnownCrystal {
 public:
  /// The structure must outlive it.
  explicit KnownCrystal(const Structure& structure) : structure_(structure) {}

  const Structure& structure() const { return structure_; }

  /// spglib's standard cell; none of structures of more atoms than spglib is given.
  const std::optional<Structure>& standard();

  /// Whether that has so few atoms that no smaller crystal stands behind it.
  bool has_small_cell();

  const std::optional<MeanCrystal>& mean();

 private:
  const Structure& structure_;
  std::optional<std::optional<Structure>> standard_;
  std::optional<std::optional<MeanCrystal>> mean_;
};

Cluster standard_cluster(KnownCrystal& known, int64_t atoms);
double length_scale(KnownCrystal& known, Scaling scaling);

}  // namespace limpid
