// SPDX-License-Identifier: Apache-2.0
#include "limpid/crystal/structure.h"

#include <Eigen/LU>

#include "crystal/checking.h"
#include "crystal/lattice.h"
#include "limpid/core/error.h"

namespace limpid {
namespace {

using Eigen::Matrix3d;
using Eigen::Vector3d;

constexpr int64_t kMostAtomsOfSupercell = 100'000'000;  // of a supercell

int64_t copies_of(const std::array<int, 3>& copies, int64_t atoms) {
  int64_t all = 1;
  for (const int count : copies) {
    if (count < 1) refuse("a supercell of ", count, " copies is impossible; expected at least 1 in each direction");
    if (__builtin_mul_overflow(all, int64_t{count}, &all) || all > kMostAtomsOfSupercell / std::max<int64_t>(1, atoms))
      refuse("a supercell of ", copies[0], " x ", copies[1], " x ", copies[2], " copies of ", atoms,
             " atoms has more than ", kMostAtomsOfSupercell, " atoms");
  }
  return all;
}

}  // namespace

Structure supercell(const Structure& structure, const std::array<int, 3>& copies) {
  if (!structure.cell) fail(called(structure), " is a cluster without a cell; only a crystal can be repeated");
  const int64_t all = copies_of(copies, structure.size());
  Structure repeated;
  repeated.name = structure.name;
  repeated.positions.reserve(static_cast<size_t>(all * structure.size()));
  for (int i = 0; i < copies[0]; ++i)
    for (int j = 0; j < copies[1]; ++j)
      for (int k = 0; k < copies[2]; ++k) {
        const Vector3d shift = structure.cell->transpose() * Vector3d(i, j, k);
        for (const Vector3d& position : structure.positions) repeated.positions.push_back(position + shift);
        repeated.species.insert(repeated.species.end(), structure.species.begin(), structure.species.end());
      }
  repeated.cell = Vector3d(copies[0], copies[1], copies[2]).asDiagonal() * *structure.cell;
  return repeated;
}

Structure supercell_of_at_least(const Structure& structure, int64_t atoms) {
  if (atoms > kMostAtomsOfSupercell)
    refuse("a supercell of ", atoms, " atoms is too large; expected at most ", kMostAtomsOfSupercell);
  std::array<int, 3> copies = {1, 1, 1};
  if (!structure.cell || structure.species.empty()) return supercell(structure, copies);
  const Vector3d lengths = structure.cell->rowwise().norm();
  while (int64_t{copies[0]} * copies[1] * copies[2] * structure.size() < atoms) {
    Eigen::Index shortest = 0;
    for (Eigen::Index k = 1; k < 3; ++k)
      if (copies[static_cast<size_t>(k)] * lengths[k] <
          (1 - 1e-9) * copies[static_cast<size_t>(shortest)] * lengths[shortest])
        shortest = k;
    ++copies[static_cast<size_t>(shortest)];
  }
  return supercell(structure, copies);
}

Structure wrapped(Structure structure) {
  if (!structure.cell) return structure;
  const Matrix3d to_space = structure.cell->transpose(), to_fraction = to_space.inverse();
  for (Vector3d& position : structure.positions) position = to_space * wrapped_fraction(to_fraction * position);
  return structure;
}

Structure rotated(Structure structure, const Matrix3d& rotation) {
  if (!((rotation * rotation.transpose()).isIdentity(1e-6)))
    refuse("the matrix of a rotation is not orthogonal; expected rows of length 1 at right angles");
  for (Vector3d& position : structure.positions) position = rotation * position;
  if (structure.cell) structure.cell = *structure.cell * rotation.transpose();
  return structure;
}

}  // namespace limpid
