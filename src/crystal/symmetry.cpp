// SPDX-License-Identifier: Apache-2.0
#include "limpid/crystal/symmetry.h"

#include <spglib.h>

#include <Eigen/LU>
#include <array>

#include "crystal/checking.h"
#include "crystal/lattice.h"
#include "limpid/core/error.h"

namespace limpid {
namespace {

using Eigen::Matrix3d;
using Eigen::Vector3d;

/// A structure as spglib takes it: cell vectors in columns, fractional positions. With room for the conventional cell.
struct Arrays {
  double cell[3][3];
  std::vector<std::array<double, 3>> positions;
  std::vector<int> types;
  int count;

  explicit Arrays(const Structure& structure) : types(structure.species), count(static_cast<int>(structure.size())) {
    const Matrix3d vectors = right_handed(*structure.cell), to_fraction = vectors.transpose().inverse();
    vectors_of_cell() = vectors;
    for (const Vector3d& position : structure.positions) {
      const Vector3d fraction = to_fraction * position;
      positions.push_back({fraction[0], fraction[1], fraction[2]});
    }
    const size_t room = 4 * positions.size();  // the largest multiple: centring on all faces
    positions.resize(room);
    types.resize(room);
  }

  /// With a, b, c as rows: what lies in memory row by row for C, Eigen reads column by column.
  Eigen::Map<Matrix3d> vectors_of_cell() { return Eigen::Map<Matrix3d>(&cell[0][0]); }

  double (*points())[3] { return reinterpret_cast<double(*)[3]>(positions.data()); }

  Structure structure(int atoms, const std::string& name) {
    Structure result;
    result.name = name;
    const Matrix3d vectors = vectors_of_cell();
    result.cell = oriented_cell(right_handed(vectors));
    const double sign = vectors.determinant() < 0 ? -1 : 1;
    for (size_t i = 0; i < static_cast<size_t>(atoms); ++i) {
      result.species.push_back(types[i]);
      result.positions.push_back(result.cell->transpose() * wrapped_fraction(sign * Vector3d(positions[i].data())));
    }
    return result;
  }
};

void check_tolerance(const SymmetryTolerance& tolerance) {
  if (!(tolerance.distance > 0) || !(tolerance.angle > 0))
    refuse("a symmetry tolerance of ", tolerance.distance, " Å and ", tolerance.angle,
           "° is impossible; expected numbers above 0");
}

}  // namespace

std::optional<SpaceGroup> find_space_group(const Structure& structure, const SymmetryTolerance& tolerance) {
  check_tolerance(tolerance);
  if (!structure.cell || structure.species.empty()) return {};
  check_cell(structure);
  Arrays arrays(structure);
  char symbol[11] = {};
  const int number = spgat_get_international(symbol, arrays.cell, arrays.points(), arrays.types.data(), arrays.count,
                                             tolerance.distance, tolerance.angle);
  if (number == 0) return {};
  return SpaceGroup{number, symbol};
}

std::optional<Structure> standard_cell(const Structure& structure, const SymmetryTolerance& tolerance) {
  check_tolerance(tolerance);
  if (!structure.cell || structure.species.empty()) return {};
  check_cell(structure);
  Arrays arrays(structure);
  const int atoms = spgat_standardize_cell(arrays.cell, arrays.points(), arrays.types.data(), arrays.count, 0, 1,
                                           tolerance.distance, tolerance.angle);
  if (atoms == 0) return {};
  return arrays.structure(atoms, structure.name);
}

Structure niggli_cell(const Structure& structure) {
  if (!structure.cell) fail(called(structure), " is a cluster without a cell; only a crystal has a reduced one");
  check_cell(structure);
  Structure shortest = structure;
  shortest.cell = shortest_cell(*structure.cell);
  Arrays arrays(shortest);
  constexpr double kClose = 1e-5;  // in spglib's words the tolerance with which lengths and angles are equal
  if (spg_niggli_reduce(arrays.cell, kClose) == 0) fail(called(structure), " has a cell that spglib cannot reduce");
  // The positions are fractions of the other cell.
  Structure reduced = structure;
  reduced.cell = right_handed(arrays.vectors_of_cell());
  const Matrix3d oriented = oriented_cell(*reduced.cell);
  const Matrix3d to_fraction = reduced.cell->transpose().inverse();
  for (Vector3d& position : reduced.positions)
    position = oriented.transpose() * wrapped_fraction(to_fraction * position);
  reduced.cell = oriented;
  return reduced;
}

}  // namespace limpid
