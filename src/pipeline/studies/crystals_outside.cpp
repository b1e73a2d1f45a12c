// SPDX-License-Identifier: Apache-2.0
// Structures that belong to none of the classes: compounds, elements of other space groups, glasses.
#include <cmath>

#include "limpid/core/random.h"
#include "limpid/crystal/classes.h"
#include "limpid/crystal/neighbours.h"
#include "limpid/crystal/prototypes.h"
#include "pipeline/studies/crystals_parts.h"

namespace limpid::study_of_crystals {
namespace {

using Eigen::Vector3d;
using Positions = std::vector<Vector3d>;

constexpr int kElements = 94;
constexpr int kLeastDifference = 3;     // of the atomic numbers in a compound
constexpr int64_t kGlass = 256;         // atoms
constexpr double kPacking = .5;         // atoms · d³ / volume of a glass, d the nearest distance
constexpr double kMostOfARatio = 1.08;  // a free ratio is drawn from 1/1.08 to 1.08 times the element's

/// A kind of structure outside: its cell's axes with a = 1 and its sites, a number for each element.
struct Kind {
  std::string name;
  double b, c;  // in units of a
  Positions positions;
  std::vector<int> elements;
  bool hexagonal = false;
};

Positions in_faces(const Positions& positions) {
  Positions all;
  for (const Vector3d& position : positions)
    for (const Vector3d& centre : {Vector3d(0, 0, 0), Vector3d(0, .5, .5), Vector3d(.5, 0, .5), Vector3d(.5, .5, 0)})
      all.push_back(position + centre);
  return all;
}

std::vector<int> repeated(const std::vector<int>& elements, size_t times) {
  std::vector<int> all;
  for (const int element : elements) all.insert(all.end(), times, element);
  return all;
}

/// All images of (x, y, z) that a base-centred orthorhombic crystal with mirror planes has for x = 0: Wyckoff f of 64.
Positions puckered(double y, double z) {
  return {{0, y, z},           {0, -y, -z},          {.5, .5 + y, z},
          {.5, .5 - y, -z},    {0, -y + .5, z + .5}, {0, y + .5, -z + .5},
          {.5, 1 - y, z + .5}, {.5, 1 + y, -z + .5}};
}

std::vector<Kind> make_kinds() {
  const double third = 1. / 3, wurtzite = std::sqrt(8. / 3);
  return {
      {"rock salt", 1, 1, in_faces({{0, 0, 0}, {.5, .5, .5}}), repeated({0, 1}, 4)},
      {"CsCl", 1, 1, {{0, 0, 0}, {.5, .5, .5}}, {0, 1}},
      {"zincblende", 1, 1, in_faces({{0, 0, 0}, {.25, .25, .25}}), repeated({0, 1}, 4)},
      {"fluorite", 1, 1, in_faces({{0, 0, 0}, {.25, .25, .25}, {.75, .75, .75}}), repeated({0, 1, 1}, 4)},
      {"perovskite", 1, 1, {{0, 0, 0}, {.5, .5, .5}, {.5, .5, 0}, {.5, 0, .5}, {0, .5, .5}}, {0, 1, 2, 2, 2}},
      {"wurtzite",
       1,
       wurtzite,
       {{third, 2 * third, 0}, {2 * third, third, .5}, {third, 2 * third, .375}, {2 * third, third, .875}},
       {0, 0, 1, 1},
       true},
      {"nickel arsenide",
       1,
       1.4,
       {{0, 0, 0}, {0, 0, .5}, {third, 2 * third, .25}, {2 * third, third, .75}},
       {0, 0, 1, 1},
       true},
      {"A15",
       1,
       1,
       {{0, 0, 0}, {.5, .5, .5}, {.25, 0, .5}, {.75, 0, .5}, {.5, .25, 0}, {.5, .75, 0}, {0, .5, .25}, {0, .5, .75}},
       {0, 0, 0, 0, 0, 0, 0, 0}},
      {"simple hexagonal", 1, .93, {{0, 0, 0}}, {0}, true},
      {"black phosphorus", 3.17, 1.32, puckered(.1, .08), repeated({0}, 8)},
      {"alpha uranium", 2.06, 1.74, {{0, .1, .25}, {0, .9, .75}, {.5, .6, .25}, {.5, .4, .75}}, {0, 0, 0, 0}},
      {"alpha gallium", 1.69, 1.0, puckered(.155, .08), repeated({0}, 8)},
      {"gamma selenium", 1, 1.14, {{.225, 0, third}, {0, .225, 2 * third}, {-.225, -.225, 0}}, {0, 0, 0}, true}};
}

const std::vector<Kind>& kinds() {
  static const std::vector<Kind> all = make_kinds();
  return all;
}

std::vector<int> drawn_elements(Random& random) {
  std::vector<int> drawn;
  while (drawn.size() < 3) {
    const int element = 1 + static_cast<int>(random.below(kElements));
    const auto near = [&](int other) { return std::abs(other - element) < kLeastDifference; };
    if (std::none_of(drawn.begin(), drawn.end(), near)) drawn.push_back(element);
  }
  return drawn;
}

/// Scaled so that nearest neighbours are as far apart as in an element.
Structure of_kind(const Kind& kind, Random& random) {
  const std::vector<int> elements = drawn_elements(random);
  Structure crystal;
  crystal.name = kind.name;
  const bool free = kind.c != 1 || kind.hexagonal;
  const double factor = free ? std::exp(std::log(kMostOfARatio) * random.uniform(-1, 1)) : 1;
  crystal.cell = Eigen::Vector3d(1, kind.b, kind.c * factor).asDiagonal();
  if (kind.hexagonal) crystal.cell->row(1) << -.5, std::sqrt(3.) / 2, 0;
  for (size_t i = 0; i < kind.positions.size(); ++i) {
    crystal.species.push_back(elements[static_cast<size_t>(kind.elements[i])]);
    crystal.positions.push_back(crystal.cell->transpose() * kind.positions[i]);
  }
  const std::vector<double> distances = nearest_distances(crystal);
  const double a =
      (atomic_radius(elements[0]) + atomic_radius(elements[1])) / *std::min_element(distances.begin(), distances.end());
  *crystal.cell *= a;
  for (Vector3d& position : crystal.positions) position *= a;
  return in_random_cell(crystal, random);
}

/// Spheres that were put one after the other where there was room.
Structure glass(Random& random) {
  const int element = drawn_elements(random).front();
  const double closest = 2 * atomic_radius(element);
  const double edge = closest * std::cbrt(static_cast<double>(kGlass) / kPacking);
  Structure structure;
  structure.name = "glass";
  structure.cell = edge * Eigen::Matrix3d::Identity();
  while (structure.size() < kGlass) {
    const Vector3d place = edge * Vector3d(random.uniform(), random.uniform(), random.uniform());
    const auto overlaps = [&](const Vector3d& other) {
      Vector3d between = place - other;
      for (double& part : between) part -= edge * std::round(part / edge);
      return between.norm() < closest;
    };
    if (std::any_of(structure.positions.begin(), structure.positions.end(), overlaps)) continue;
    structure.species.push_back(element);
    structure.positions.push_back(place);
  }
  return structure;
}

}  // namespace

std::vector<Structure> outside_structures(int64_t each, uint64_t seed) {
  std::vector<Structure> all;
  for (size_t kind = 0; kind <= kinds().size(); ++kind)
    for (int64_t i = 0; i < each; ++i) {
      Random random(mixed_seed({seed, 7, kind, static_cast<uint64_t>(i)}));
      all.push_back(kind < kinds().size() ? of_kind(kinds()[kind], random) : glass(random));
      all.back().name = kind < kinds().size() ? kinds()[kind].name : "glass";
    }
  return all;
}

}  // namespace limpid::study_of_crystals
