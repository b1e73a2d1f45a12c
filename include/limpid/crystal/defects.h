// SPDX-License-Identifier: Apache-2.0
#pragma once
// Imperfect crystals: each function returns a changed copy and draws from the generator alone.

#include "limpid/core/random.h"
#include "limpid/crystal/structure.h"

namespace limpid {

/// int(N · share) atoms, drawn one by one, are taken out; at least one must stay.
Structure with_vacancies(const Structure& structure, double share, Random& random);

/// Each coordinate of each atom gets a draw of N(0, sigma); then atoms are moved into the cell.
Structure displaced(const Structure& structure, double sigma, Random& random);

/// int(N · share) atoms get a species drawn from Z = 1 … 94.
Structure substituted(const Structure& structure, double share, Random& random);

/// int(N · share) atoms of drawn species of the structure at places at least `closest` from every other atom; throws
/// where no room is found.
Structure with_interstitials(const Structure& structure, double share, double closest, Random& random);

/// A rotation drawn uniformly from all (Haar measure).
Eigen::Matrix3d random_rotation(Random& random);

/// Positions and cell r → (1 + strain) r.
Structure strained(const Structure& structure, const Eigen::Matrix3d& strain);

}  // namespace limpid
