// SPDX-License-Identifier: Apache-2.0
#include "crystal/standard_origin.h"

#include <Eigen/LU>
#include <algorithm>
#include <array>

#include "crystal/lattice.h"

namespace limpid {
namespace {

using Eigen::Vector3d;

constexpr double kStepsOfFractions = 500;  // of fractions that are compared
constexpr size_t kMostAtoms = 32;          // that are tried as origin

/// Whether the operations look the same from 0 and from `shift`: (W − 1) shift is a lattice vector for all of them.
bool keeps_group(const Vector3d& shift, const StandardSetting& setting) {
  return std::all_of(setting.rotations.begin(), setting.rotations.end(), [&](const Eigen::Matrix3d& rotation) {
    const Vector3d moved = rotation * shift - shift;
    return std::any_of(setting.centrings.begin(), setting.centrings.end(),
                       [&](const Vector3d& centring) { return is_lattice_vector(moved - centring); });
  });
}

/// Normalisers' shifts that are fixed are multiples of these.
std::vector<Vector3d> common_shifts() {
  constexpr std::array<double, 6> parts = {0, 1. / 4, 1. / 3, 1. / 2, 2. / 3, 3. / 4};
  std::vector<Vector3d> shifts;
  for (const double x : parts)
    for (const double y : parts)
      for (const double z : parts) shifts.emplace_back(x, y, z);
  return shifts;
}

using Key = std::vector<std::array<int64_t, 4>>;

/// Coordinates and species of all atoms after a shift, sorted.
Key key_of(const std::vector<Vector3d>& fractions, const std::vector<int>& species, const Vector3d& shift) {
  Key key;
  for (size_t i = 0; i < fractions.size(); ++i) {
    const Vector3d place = wrapped_fraction(fractions[i] + shift);
    std::array<int64_t, 4> entry = {0, 0, 0, species[i]};
    for (int axis = 0; axis < 3; ++axis) {
      const auto steps = static_cast<int64_t>(std::lround(kStepsOfFractions * place[axis]));
      entry[static_cast<size_t>(axis)] = steps % static_cast<int64_t>(kStepsOfFractions);
    }
    key.push_back(entry);
  }
  std::sort(key.begin(), key.end());
  return key;
}

}  // namespace

Structure with_standard_origin(Structure cell, const StandardSetting& setting) {
  const Eigen::Matrix3d to_space = cell.cell->transpose(), to_fraction = to_space.inverse();
  std::vector<Vector3d> fractions;
  for (const Vector3d& position : cell.positions) fractions.emplace_back(to_fraction * position);
  std::vector<Vector3d> shifts = common_shifts();
  for (size_t i = 0; i < std::min(fractions.size(), kMostAtoms); ++i) shifts.emplace_back(-fractions[i]);
  Vector3d best = Vector3d::Zero();
  Key least = key_of(fractions, cell.species, best);
  for (const Vector3d& shift : shifts) {
    if (!keeps_group(shift, setting)) continue;
    Key key = key_of(fractions, cell.species, shift);
    if (key < least) least = std::move(key), best = shift;
  }
  for (size_t i = 0; i < fractions.size(); ++i) cell.positions[i] = to_space * wrapped_fraction(fractions[i] + best);
  return cell;
}

}  // namespace limpid
