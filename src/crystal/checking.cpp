// SPDX-License-Identifier: Apache-2.0
#include "crystal/checking.h"

#include <Eigen/LU>

#include "limpid/core/error.h"
#include "limpid/crystal/neighbours.h"

namespace limpid {
namespace {

using Eigen::Matrix3d;
using Eigen::Vector3d;

constexpr double kLargest = 1e7;             // ångström: a millimetre
constexpr double kLeastVolumeOfCell = 1e-3;  // Å³: a cube of the least distance of two atoms
constexpr double kFlat = 1e-10;              // volume by the product of the lengths: what rounding leaves of nothing

bool within_range(const Vector3d& vector) { return vector.allFinite() && vector.cwiseAbs().maxCoeff() <= kLargest; }

void check_atoms(const Structure& structure) {
  if (structure.species.empty()) fail(called(structure), " has no atoms; expected at least one");
  if (structure.species.size() != structure.positions.size())
    fail(called(structure), " has ", structure.species.size(), " species and ", structure.positions.size(),
         " positions; expected one position for each atom");
  for (size_t i = 0; i < structure.species.size(); ++i) {
    if (structure.species[i] < 1 || structure.species[i] > 118)
      fail(called(structure), ": atom ", i + 1, " has the atomic number ", structure.species[i],
           "; expected 1 (H) to 118 (Og)");
    if (!within_range(structure.positions[i]))
      fail(called(structure), ": atom ", i + 1, " lies at ", structure.positions[i].transpose(),
           "; expected finite numbers up to ", kLargest, " Å");
  }
}

[[noreturn]] void fail_as_close(const Structure& structure, int64_t first, int64_t second, double distance,
                                double closest) {
  const std::string which =
      first == second ? detail::joined("atom ", first + 1, " and its own image")
                      : detail::joined("atoms ", std::min(first, second) + 1, " and ", std::max(first, second) + 1);
  fail(called(structure), ": ", which, " are ", distance, " Å apart; expected at least ", closest,
       " Å, as an atom may be listed twice or coordinates be in another unit");
}

}  // namespace

std::string called(const Structure& structure) {
  return structure.name.empty() ? "the structure" : "'" + structure.name + "'";
}

void check_cell(const Structure& structure) {
  if (!structure.cell) return;
  const Matrix3d& cell = *structure.cell;
  for (int i = 0; i < 3; ++i)
    if (!within_range(cell.row(i)))
      fail(called(structure), " has the cell vector ", cell.row(i), "; expected finite numbers up to ", kLargest, " Å");
  const double volume = std::abs(cell.determinant());
  if (!(volume > std::max(kLeastVolumeOfCell, kFlat * cell.rowwise().norm().prod())))
    fail(called(structure), " has a cell without volume (", volume,
         " Å³); expected three vectors that do not lie in a plane");
}

void check_structure(const Structure& structure, double closest) {
  check_atoms(structure);
  check_cell(structure);
  for_each_pair(structure, closest, [&](int64_t first, int64_t second, const Vector3d& between) {
    if (between.norm() < closest) fail_as_close(structure, first, second, between.norm(), closest);
  });
}

}  // namespace limpid
