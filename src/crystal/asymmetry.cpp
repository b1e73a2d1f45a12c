// SPDX-License-Identifier: Apache-2.0
// An operation brings an atom to one with the same surroundings. So few atoms have those of an atom that is chosen well
// that every operation can be tried on all atoms.
#include "limpid/crystal/asymmetry.h"

#include <Eigen/Geometry>
#include <Eigen/LU>
#include <algorithm>
#include <cmath>

#include "crystal/lattice.h"
#include "crystal/lattice_points.h"
#include "limpid/crystal/neighbours.h"

namespace limpid {
namespace {

using Eigen::Matrix3d;
using Eigen::Vector3d;

constexpr double kReachOfSurroundings = 2;  // of surroundings, in edges of a cube of an atom's volume
constexpr double kStrain = .01;             // by which an operation may strain the lattice
constexpr double kAlikeStrain = .15;        // strain of what spglib might still take for an operation
constexpr size_t kAnchors = 64;             // atoms of which the one with the rarest surroundings is chosen

/// Distances from an atom to those around it, sorted.
std::vector<double> distances_around(const AtomTree& tree, int64_t atom, double reach) {
  std::vector<double> distances;
  tree.for_each_neighbour(atom, reach, [&](int64_t, const Vector3d& between) { distances.push_back(between.norm()); });
  std::sort(distances.begin(), distances.end());
  return distances;
}

/// Whether an operation may bring one atom to the other: the k-th distances differ by no more than each distance may.
bool may_agree(const std::vector<double>& one, const std::vector<double>& other, double reach, double close) {
  const auto within = [&](const std::vector<double>& some, const std::vector<double>& others) {
    for (size_t k = 0; k < some.size(); ++k) {
      const double most = close + kStrain * some[k];
      if (some[k] > reach - most) return true;
      if (k >= others.size() || std::abs(some[k] - others[k]) > most) return false;
    }
    return true;
  };
  return within(one, other) && within(other, one);
}

class Asymmetry {
 public:
  Asymmetry(const Structure& structure, double close) : structure_(structure), tree_(structure), close_(close) {
    reach_ = kReachOfSurroundings *
             std::cbrt(std::abs(structure.cell->determinant()) / static_cast<double>(structure.size()));
    for (int64_t i = 0; i < structure.size(); ++i) around_.push_back(distances_around(tree_, i, reach_));
    const size_t step = std::max<size_t>(1, around_.size() / kAnchors);
    for (size_t i = 0; i < around_.size(); i += step) {
      const std::vector<size_t> alike = like(i);
      if (alike_.empty() || alike.size() < alike_.size()) anchor_ = i, alike_ = alike;
      if (alike_.size() == 1) break;
    }
  }

  bool is_certain() const {
    const Matrix3d shortest = shortest_cell(*structure_.cell);
    for (const Matrix3d& rotation : lattice_symmetries(shortest, kAlikeStrain)) {
      if (!keeps_lengths(rotation, shortest)) continue;
      const double strain = (rotation.transpose() * rotation - Matrix3d::Identity()).cwiseAbs().maxCoeff();
      if (strain > kStrain) return false;
      for (const size_t to : alike_)
        if (!(to == anchor_ && rotation.isIdentity(1e-6)) && is_operation(rotation, to)) return false;
    }
    return true;
  }

 private:
  std::vector<size_t> like(size_t atom) const {
    std::vector<size_t> found;
    for (size_t i = 0; i < around_.size(); ++i)
      if (structure_.species[i] == structure_.species[atom] && may_agree(around_[atom], around_[i], reach_, 2 * close_))
        found.push_back(i);
    return found;
  }

  /// spglib takes only what keeps the lengths of a reduced cell's vectors, to within its tolerance, for a symmetry of
  /// the lattice; those vectors are among the sums of the shortest ones. Angles may differ more.
  bool keeps_lengths(const Matrix3d& rotation, const Matrix3d& shortest) const {
    std::vector<Vector3d> kept;
    for (int code = 14; code < 27; ++code) {  // of a vector and its opposite one
      const Vector3d sum = shortest.transpose() * Vector3d(code / 9 - 1, code / 3 % 3 - 1, code % 3 - 1);
      if (std::abs((rotation * sum).norm() - sum.norm()) < 2 * close_) kept.push_back(sum);
    }
    const double volume = std::abs(shortest.determinant());
    for (size_t i = 0; i < kept.size(); ++i)
      for (size_t j = 0; j < i; ++j)
        for (size_t k = 0; k < j; ++k)
          if (std::abs(std::abs(kept[i].dot(kept[j].cross(kept[k]))) / volume - 1) < 1e-3) return true;
    return false;
  }

  /// The rotation with the shift that brings the anchor to an atom.
  bool is_operation(const Matrix3d& rotation, size_t to) const {
    for (size_t i = 0; i < around_.size(); ++i) {
      const Vector3d place =
          rotation * (structure_.positions[i] - structure_.positions[anchor_]) + structure_.positions[to];
      bool found = false;
      tree_.for_each_within(place, 2 * close_, [&](int64_t atom, const Vector3d&) {
        found |= structure_.species[static_cast<size_t>(atom)] == structure_.species[i];
      });
      if (!found) return false;
    }
    return true;
  }

  const Structure& structure_;
  const AtomTree tree_;
  const double close_;
  double reach_ = 0;
  std::vector<std::vector<double>> around_;
  size_t anchor_ = 0;
  std::vector<size_t> alike_;
};

}  // namespace

bool has_no_symmetry(const Structure& structure, const SymmetryTolerance& tolerance) {
  if (!structure.cell || structure.size() < 2) return false;
  return Asymmetry(structure, tolerance.distance).is_certain();
}

}  // namespace limpid
