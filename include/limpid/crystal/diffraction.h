// SPDX-License-Identifier: Apache-2.0
#pragma once
// The two-dimensional diffraction fingerprint of a structure (Ziletti 2018): six simulated patterns in three channels.

#include "limpid/core/tensor.h"
#include "limpid/crystal/symmetry.h"

namespace limpid {

/// Which length becomes 1 Å before the simulation.
enum class Scaling { mean_nn, robust };

struct FingerprintOptions {
  Scaling scaling = Scaling::robust;
  int64_t atoms = 256;             // at least so many in the supercell
  int z_offset = 0;                // added to atomic numbers; the authors' program had 2
  bool published_order = false;    // channels of rotations about x, z, y, as in the published images, not x, y, z
  c10::Device device = c10::kCPU;  // where patterns are computed
};

/// Where the orientation and the cell of a cluster come from.
enum class ClusterCell {
  standard,     // spglib's standard conventional cell
  mean,         // that of the crystal which a defective structure's atoms are on average
  reduced,      // the Niggli-reduced cell: spglib found no cell
  as_it_stands  // atoms without a cell, and no crystal behind them
};

/// "standard", "mean", …
const std::string& name_of(ClusterCell cell);

/// What the simulation looks at, and how it came about.
struct Cluster {
  Structure structure;                    // unscaled; its cell, if it has one, is the supercell's
  std::array<int, 3> copies = {1, 1, 1};  // of the cell
  ClusterCell cell = ClusterCell::standard;
  std::optional<Eigen::Matrix3d> axes = {};  // rows a, b, c of the cell, as the atoms lie; none: as they stand
  std::optional<SpaceGroup> group = {};      // spglib's of what was given, where it was found on the way
  /// Of the sites of the crystal whose cell it is, whatever their species, where the atoms had a cell: of tolerances up
  /// to a tenth of an ångström the first at which it belongs to a class (crystal/classes.h), or the smallest.
  std::optional<SpaceGroup> symmetry = {};
};

/// The standard conventional cell repeated, along its shortest extent, until there are `atoms` atoms (Ziletti 2018,
/// Methods). A structure with vacancies or displaced atoms fills as many cells of the crystal behind it as that would
/// have, and is turned as that is; its own atoms are kept. So is a cluster, which is not cut or repeated.
Cluster standard_cluster(const Structure& structure, int64_t atoms = 256);

/// The length that becomes 1 Å: the mean distance of nearest neighbours, or what that is in the crystal behind the
/// structure (of as few as a third of its atoms, moved by a tenth of that length). Where there is none, such as in a
/// glass, the robust one is the maximum of the pair distribution's first shell.
double length_scale(const Structure& structure, Scaling scaling);

struct ScaledCluster {
  Cluster cluster;
  double scale = 0;
};

/// Both; the crystal behind the structure, which takes most of the time, is looked for once.
ScaledCluster scaled_cluster(const Structure& structure, const FingerprintOptions& options = {});

/// |F|² summed over both patterns of each axis, before the normalisation: float32 [3,64,64]. Atoms are a finite set:
/// images are not repeated.
Tensor diffraction_intensities(const Structure& structure, double scale, const FingerprintOptions& options = {});
/// Of many structures, on all threads: [N,3,64,64].
Tensor diffraction_intensities(const std::vector<Structure>& structures, const std::vector<double>& scales,
                               const FingerprintOptions& options = {});

/// The same, each structure's normalised to [0, 1] over all three channels.
Tensor simulate_diffraction(const Structure& structure, double scale, const FingerprintOptions& options = {});
Tensor simulate_diffraction(const std::vector<Structure>& structures, const std::vector<double>& scales,
                            const FingerprintOptions& options = {});

/// From a structure to its fingerprint: scaled_cluster, simulate_diffraction.
Tensor fingerprint(const Structure& structure, const FingerprintOptions& options = {});

}  // namespace limpid
