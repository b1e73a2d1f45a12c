// SPDX-License-Identifier: Apache-2.0
#include "limpid/crystal/defects.h"

#include <Eigen/Geometry>
#include <Eigen/LU>
#include <numeric>

#include "crystal/checking.h"
#include "limpid/core/error.h"
#include "limpid/crystal/neighbours.h"

namespace limpid {
namespace {

using Eigen::Matrix3d;
using Eigen::Vector3d;

constexpr int kHeaviestDrawn = 94;             // Pu
constexpr int kTries = 10'000;                 // of places for one interstitial
constexpr double kLargestDisplacement = 1000;  // ångström
constexpr double kLargestStretch = 1000;       // of lengths

/// int(N · share) of a share in [0, 1].
size_t count_of(const Structure& structure, double share, const char* what) {
  if (!(share >= 0 && share <= 1)) refuse("a share of ", share, " ", what, " is impossible; expected 0 to 1");
  return static_cast<size_t>(static_cast<double>(structure.size()) * share);
}

/// `count` different atoms, one drawn after the other, each from all that are left.
std::vector<size_t> drawn_atoms(size_t atoms, size_t count, Random& random) {
  std::vector<size_t> order(atoms);
  std::iota(order.begin(), order.end(), size_t{0});
  for (size_t i = 0; i < count; ++i)
    std::swap(order[i], order[i + static_cast<size_t>(random.below(static_cast<int64_t>(atoms - i)))]);
  order.resize(count);
  return order;
}

Structure without_atoms(Structure structure) {
  structure.species.clear();
  structure.positions.clear();
  return structure;
}

void add(Structure& structure, int species, const Vector3d& position) {
  structure.species.push_back(species);
  structure.positions.push_back(position);
}

bool is_free(const AtomTree& tree, const Vector3d& place, double closest) {
  bool free = true;
  tree.for_each_within(place, closest, [&](int64_t, const Vector3d& between) {
    if (between.norm() < closest) free = false;
  });
  return free;
}

/// Where atoms may still be put. Newcomers are kept apart until there are many, as a tree is not cheap to build.
class Room {
 public:
  Room(const Structure& structure, double closest)
      : all_(structure),
        recent_(without_atoms(structure)),
        closest_(closest),
        tree_(all_),
        recent_tree_(recent_),
        low_(Vector3d::Constant(0)),
        high_(Vector3d::Constant(1)) {
    if (all_.cell) return;
    Eigen::AlignedBox3d box;
    for (const Vector3d& position : all_.positions) box.extend(position);
    low_ = box.min();
    high_ = box.max();
  }

  /// Throws where no place is found.
  void put(int species, Random& random) {
    for (int i = 0; i < kTries; ++i) {
      const Vector3d place = drawn_place(random);
      if (!is_free(tree_, place, closest_) || !is_free(recent_tree_, place, closest_)) continue;
      return settle(species, place);
    }
    fail(called(all_), " has no room for another atom at least ", closest_, " Å from all others (", kTries,
         " places were tried); a smaller share or distance may do");
  }

  const Structure& structure() const { return all_; }

 private:
  Vector3d drawn_place(Random& random) const {
    Vector3d place;
    for (int i = 0; i < 3; ++i) place[i] = random.uniform(low_[i], high_[i]);
    return all_.cell ? Vector3d(all_.cell->transpose() * place) : place;
  }

  void settle(int species, const Vector3d& place) {
    add(all_, species, place);
    add(recent_, species, place);
    if (recent_.size() * recent_.size() > all_.size()) {
      tree_ = AtomTree(all_);
      recent_ = without_atoms(recent_);
    }
    recent_tree_ = AtomTree(recent_);
  }

  Structure all_, recent_;
  double closest_;
  AtomTree tree_, recent_tree_;
  Vector3d low_, high_;  // fractions of the cell; without one, corners of the atoms' box
};

}  // namespace

Structure with_vacancies(const Structure& structure, double share, Random& random) {
  const size_t count = count_of(structure, share, "vacancies"), atoms = structure.species.size();
  if (count > 0 && count >= atoms)
    refuse("a share of ", share, " vacancies leaves none of ", atoms, " atoms; expected one that leaves at least one");
  std::vector<bool> taken(atoms, false);
  for (const size_t atom : drawn_atoms(atoms, count, random)) taken[atom] = true;
  Structure rest = without_atoms(structure);
  for (size_t i = 0; i < atoms; ++i)
    if (!taken[i]) add(rest, structure.species[i], structure.positions[i]);
  return rest;
}

Structure displaced(const Structure& structure, double sigma, Random& random) {
  if (!(sigma >= 0 && sigma <= kLargestDisplacement))
    refuse("displacements of ", sigma, " Å are impossible; expected 0 to ", kLargestDisplacement);
  Structure moved = structure;
  for (Vector3d& position : moved.positions)
    for (double& part : position) part += sigma * random.normal();
  return wrapped(std::move(moved));
}

Structure substituted(const Structure& structure, double share, Random& random) {
  Structure changed = structure;
  for (const size_t atom : drawn_atoms(structure.species.size(), count_of(structure, share, "substitutions"), random))
    changed.species[atom] = 1 + static_cast<int>(random.below(kHeaviestDrawn));
  return changed;
}

Structure with_interstitials(const Structure& structure, double share, double closest, Random& random) {
  const size_t count = count_of(structure, share, "interstitials");
  if (!(closest >= 0)) refuse("a distance of ", closest, " Å to interstitials is impossible; expected 0 or more");
  if (count == 0) return structure;
  Room room(structure, closest);
  for (size_t i = 0; i < count; ++i)
    room.put(structure.species[static_cast<size_t>(random.below(structure.size()))], random);
  return room.structure();
}

Matrix3d random_rotation(Random& random) {
  Eigen::Quaterniond rotation;  // of four normal numbers: every direction in four dimensions alike
  for (double& part : rotation.coeffs()) part = random.normal();
  return rotation.normalized().toRotationMatrix();
}

Structure strained(const Structure& structure, const Matrix3d& strain) {
  const Matrix3d change = Matrix3d::Identity() + strain;
  if (!(change.determinant() > 0 && change.cwiseAbs().maxCoeff() <= kLargestStretch))
    refuse("a strain that multiplies volumes by ", change.determinant(), " and lengths by up to ",
           change.cwiseAbs().maxCoeff(), " is impossible; expected factors above 0, of lengths up to ",
           kLargestStretch);
  Structure changed = structure;
  for (Vector3d& position : changed.positions) position = change * position;
  if (changed.cell) changed.cell = *changed.cell * change.transpose();
  return changed;
}

}  // namespace limpid
