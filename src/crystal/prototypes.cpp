// SPDX-License-Identifier: Apache-2.0
// Positions from the International Tables for Crystallography, volume A: of the Wyckoff letters that are named.
#include "limpid/crystal/prototypes.h"

#include <cmath>

#include "limpid/core/error.h"
#include "limpid/core/lookup.h"
#include "limpid/crystal/neighbours.h"

namespace limpid {
namespace {

using Eigen::Matrix3d;
using Eigen::Vector3d;
using Positions = std::vector<Vector3d>;

constexpr double kThird = 1. / 3;

/// Every position in every place of the centred cell.
Positions centred(const Positions& centring, const Positions& positions) {
  Positions all;
  for (const Vector3d& centre : centring)
    for (const Vector3d& position : positions) all.push_back(centre + position);
  return all;
}

const Positions kPrimitive = {{0, 0, 0}};
const Positions kBody = {{0, 0, 0}, {.5, .5, .5}};
const Positions kFaces = {{0, 0, 0}, {0, .5, .5}, {.5, 0, .5}, {.5, .5, 0}};
const Positions kRhombohedral = {{0, 0, 0}, {2 * kThird, kThird, kThird}, {kThird, 2 * kThird, 2 * kThird}};

std::vector<Prototype> make_prototypes() {
  const Vector3d origin = {0, 0, 0}, quarter = {.25, .25, .25}, up = {0, 0, 1};
  const double closest_packed = std::sqrt(8. / 3);
  Prototype two = {"rh_c", "rhombohedral with two atoms, Wyckoff c, hexagonal axes", 166, 2.8, true};  // As: 2.80, .227
  two.hexagonal = true;
  two.positions = centred(kRhombohedral, {origin, origin});
  for (size_t i = 0; i < kRhombohedral.size(); ++i) two.directions.insert(two.directions.end(), {up, -up});
  two.default_parameter = .227;
  return {{"sc", "simple cubic", 221, 1, false, kPrimitive},
          {"bcc", "body-centred cubic", 229, 1, false, kBody},
          {"fcc", "face-centred cubic", 225, 1, false, kFaces},
          {"diam", "diamond", 227, 1, false, centred(kFaces, {origin, quarter})},
          {"hcp",
           "hexagonal close-packed, Wyckoff c",
           194,
           closest_packed,
           true,
           {{kThird, 2 * kThird, .25}, {2 * kThird, kThird, .75}},
           true},
          {"rh", "rhombohedral, Wyckoff a, hexagonal axes", 166, 1.93, true, kRhombohedral, true},  // α-Hg
          {"bct_139", "body-centred tetragonal, Wyckoff a", 139, 1.52, true, kBody},                // In
          {"bct_141", "body-centred tetragonal, Wyckoff a", 141, .546, true,                        // β-Sn
           centred(kBody, {origin, {0, .5, .25}})},
          two};
}

Matrix3d cell_of(const Prototype& prototype, double ratio) {
  Matrix3d cell = Matrix3d::Identity();
  if (prototype.hexagonal) cell.row(1) << -.5, std::sqrt(3.) / 2, 0;
  cell(2, 2) = ratio;
  return cell;
}

/// With a = 1.
Structure unit_crystal(const Prototype& prototype, int species, double ratio, double parameter) {
  Structure crystal;
  crystal.cell = cell_of(prototype, ratio);
  for (size_t i = 0; i < prototype.positions.size(); ++i) {
    Vector3d fraction = prototype.positions[i];
    if (!prototype.directions.empty()) fraction += parameter * prototype.directions[i];
    crystal.species.push_back(species);
    crystal.positions.push_back(crystal.cell->transpose() * fraction);
  }
  return wrapped(std::move(crystal));
}

double ratio_of(const Prototype& prototype, double ratio) {
  if (ratio == 0) return prototype.default_ratio;
  if (!prototype.has_ratio && ratio != 1) refuse("the prototype ", prototype.name, " is cubic: its ratio c/a is 1");
  if (!(ratio >= .1 && ratio <= 20)) refuse("a ratio c/a of ", ratio, " is out of range; expected .1 to 20");
  return ratio;
}

double parameter_of(const Prototype& prototype, double parameter) {
  if (parameter == 0) return prototype.default_parameter;
  if (prototype.directions.empty()) refuse("the prototype ", prototype.name, " has no free coordinate");
  if (!(parameter > 0 && parameter < .5)) refuse("a coordinate of ", parameter, " is out of range; expected 0 to .5");
  return parameter;
}

}  // namespace

const std::vector<Prototype>& prototypes() {
  static const std::vector<Prototype> all = make_prototypes();
  return all;
}

Structure build_prototype(const std::string& name, int atomic_number, double ratio, double parameter) {
  const Prototype& prototype = lookup("prototype", name, prototypes());
  const double radius = atomic_radius(atomic_number);
  Structure crystal =
      unit_crystal(prototype, atomic_number, ratio_of(prototype, ratio), parameter_of(prototype, parameter));
  const std::vector<double> distances = nearest_distances(crystal);
  const double a = 2 * radius / *std::min_element(distances.begin(), distances.end());
  *crystal.cell *= a;
  for (Vector3d& position : crystal.positions) position *= a;
  crystal.name = chemical_symbol(atomic_number) + " " + name;
  check_structure(crystal);
  return crystal;
}

}  // namespace limpid
