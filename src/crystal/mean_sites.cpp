// SPDX-License-Identifier: Apache-2.0
#include "crystal/mean_sites.h"

#include "crystal/lattice_points.h"

namespace limpid {
namespace {

using Eigen::Matrix3d;
using Eigen::Vector3d;

constexpr double kFewestOnSite = .2;  // of the first site's atoms
constexpr size_t kSeeds = 4;          // places at which the densest is looked for
constexpr int kSteps = 5;             // towards the mean, at most

class Folding {
 public:
  Folding(const Structure& structure, const Matrix3d& cell, double apart)
      : structure_(structure), remainder_(cell), apart_(apart), taken_(structure.positions.size(), false) {}

  /// The site around which most of the atoms that are left lie; none where no atom is left.
  MeanSite densest() const {
    MeanSite best;
    size_t left = 0;
    for (const bool taken : taken_) left += !taken;
    const size_t stride = 1 + left / kSeeds;
    for (size_t i = 0, free = 0; i < taken_.size(); ++i) {
      if (taken_[i] || free++ % stride) continue;
      const MeanSite site = around(around(structure_.positions[i]).position);
      if (site.atoms.size() > best.atoms.size()) best = site;
    }
    for (int step = 0; step < kSteps && !best.atoms.empty(); ++step) {
      MeanSite next = around(best.position);
      const bool same = next.atoms == best.atoms;
      best = std::move(next);
      if (same) break;
    }
    return best;
  }

  void take(const MeanSite& site) {
    for (const int64_t atom : site.atoms) taken_[static_cast<size_t>(atom)] = true;
  }

 private:
  /// The mean of the atoms not further away than `apart` from a place.
  MeanSite around(const Vector3d& place) const {
    MeanSite site;
    Vector3d sum = Vector3d::Zero();
    for (size_t i = 0; i < taken_.size(); ++i) {
      if (taken_[i]) continue;
      const Vector3d rest = remainder_(structure_.positions[i] - place);
      if (rest.squaredNorm() > apart_ * apart_) continue;
      sum += rest;
      site.atoms.push_back(static_cast<int64_t>(i));
    }
    site.position = place + sum / static_cast<double>(std::max<size_t>(1, site.atoms.size()));
    return site;
  }

  const Structure& structure_;
  Remainder remainder_;
  double apart_;
  std::vector<bool> taken_;
};

/// Sums over the atoms of a site of whole vectors w and positions r, both from their means: Σ w wᵀ and Σ w rᵀ.
void add_sums(const MeanSite& site, const Structure& structure, const Remainder& remainder, Matrix3d& squares,
              Matrix3d& products) {
  const auto count = static_cast<double>(site.atoms.size());
  Vector3d mean_whole = Vector3d::Zero(), mean = Vector3d::Zero();
  Matrix3d whole_squares = Matrix3d::Zero(), whole_products = Matrix3d::Zero();
  for (const int64_t atom : site.atoms) {
    const Vector3d from_site = structure.positions[static_cast<size_t>(atom)] - site.position;
    const Vector3d whole = remainder.whole(from_site);
    mean_whole += whole / count;
    mean += from_site / count;
    whole_squares += whole * whole.transpose();
    whole_products += whole * from_site.transpose();
  }
  squares += whole_squares - count * mean_whole * mean_whole.transpose();
  products += whole_products - count * mean_whole * mean.transpose();
}

void move_to_mean(MeanSite& site, const Structure& structure, const Remainder& remainder) {
  Vector3d sum = Vector3d::Zero();
  for (const int64_t atom : site.atoms)
    sum += remainder(structure.positions[static_cast<size_t>(atom)] - site.position);
  site.position += sum / static_cast<double>(site.atoms.size());
}

}  // namespace

std::vector<MeanSite> gathered_sites(const Structure& structure, const Matrix3d& cell, double apart) {
  Folding folding(structure, cell, apart);
  std::vector<MeanSite> found;
  for (MeanSite site = folding.densest(); !site.atoms.empty(); site = folding.densest()) {
    if (!found.empty() &&
        static_cast<double>(site.atoms.size()) < kFewestOnSite * static_cast<double>(found.front().atoms.size()))
      break;
    folding.take(site);
    found.push_back(std::move(site));
  }
  return found;
}

void fit_to_atoms(MeanCrystal& crystal, const Structure& structure) {
  for (int step = 0; step < 3; ++step) {
    Matrix3d squares = Matrix3d::Zero(), products = Matrix3d::Zero();
    for (const MeanSite& site : crystal.sites) add_sums(site, structure, Remainder(crystal.cell), squares, products);
    if (!(std::abs(squares.determinant()) > 1)) return;  // atoms of too few cells
    crystal.cell = squares.inverse() * products;
    for (MeanSite& site : crystal.sites) move_to_mean(site, structure, Remainder(crystal.cell));
  }
}

double spread_of(const MeanCrystal& crystal, const Structure& structure) {
  const Remainder remainder(crystal.cell);
  double sum = 0, count = 0;
  for (const MeanSite& site : crystal.sites)
    for (const int64_t atom : site.atoms) {
      sum += remainder(structure.positions[static_cast<size_t>(atom)] - site.position).squaredNorm();
      count += 3;
    }
  return std::sqrt(sum / std::max(count, 1.));
}

}  // namespace limpid
