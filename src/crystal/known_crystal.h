// SPDX-License-Identifier: Apache-2.0
#pragma once
// The crystals that a structure may be a piece of, each looked for once, when it is first asked for.

#include "crystal/mean_crystal.h"
#include "limpid/crystal/diffraction.h"

namespace limpid {

/// In units of the atoms of the mean crystal's cell: fewer atoms are a crystal of their own.
inline constexpr int64_t few_cells = 8;

class KnownCrystal {
 public:
  /// The structure must outlive it.
  explicit KnownCrystal(const Structure& structure) : structure_(structure) {}

  const Structure& structure() const { return structure_; }

  /// spglib's standard cell; none of structures that spglib is not given: those of very many atoms, and those of many
  /// in which atoms of one species are a mean crystal with vacancies or displacements.
  const std::optional<StandardCell>& standard();

  /// spglib's, where it was asked about the structure, or where it is sure to find no symmetry.
  std::optional<SpaceGroup> group();

  /// Whether that has so few atoms that no smaller crystal stands behind it.
  bool has_small_cell();

  const std::optional<MeanCrystal>& mean();

 private:
  std::optional<StandardCell> find_standard();

  const Structure& structure_;
  std::optional<std::optional<StandardCell>> standard_;
  bool no_symmetry_ = false;  // of the structure; known for certain
  std::optional<std::optional<MeanCrystal>> mean_;
};

/// The mean crystal with the commonest species at each site.
Structure as_structure(const MeanCrystal& crystal, const Structure& structure);

Cluster standard_cluster(KnownCrystal& known, int64_t atoms);
double length_scale(KnownCrystal& known, Scaling scaling);

}  // namespace limpid
