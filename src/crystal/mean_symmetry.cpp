// SPDX-License-Identifier: Apache-2.0
#include "crystal/lattice_points.h"
#include "crystal/mean_sites.h"

namespace limpid {
namespace {

using Eigen::Matrix3d;
using Eigen::Vector3d;

constexpr double kAlike = .03;    // relative difference of lengths that are taken as equal
constexpr size_t kMostSites = 8;  // that are looked at

/// Rotations of the lattice onto itself, roughly, inversion and mirrors among them.
std::vector<Matrix3d> lattice_symmetries(const Matrix3d& cell) {
  const Matrix3d metric = cell * cell.transpose();
  const std::vector<Vector3d> vectors = lattice_vectors(cell, std::sqrt(metric.diagonal().maxCoeff()) * (1 + kAlike));
  const auto alike = [&](const Vector3d& one, const Vector3d& other, int i, int j) {
    return std::abs(one.dot(other) - metric(i, j)) < kAlike * std::sqrt(metric(i, i) * metric(j, j));
  };
  const Matrix3d to_fraction = cell.transpose().inverse();
  std::vector<Matrix3d> found;
  for (const Vector3d& a : vectors) {
    if (!alike(a, a, 0, 0)) continue;
    for (const Vector3d& b : vectors) {
      if (!alike(b, b, 1, 1) || !alike(a, b, 0, 1)) continue;
      for (const Vector3d& c : vectors) {
        if (!alike(c, c, 2, 2) || !alike(a, c, 0, 2) || !alike(b, c, 1, 2)) continue;
        Matrix3d images;
        images << a, b, c;
        found.push_back(images * to_fraction);
      }
    }
  }
  return found;
}

struct Image {
  size_t site;
  Vector3d miss;  // from the site to the image
};

/// Where each site goes by a rotation that takes site 0 to site `to`; none where one goes to no site.
std::optional<std::vector<Image>> images(const MeanCrystal& crystal, const Matrix3d& rotation, size_t to,
                                         double close) {
  const Remainder remainder(crystal.cell);
  std::vector<Image> found;
  for (const MeanSite& site : crystal.sites) {
    const Vector3d place = rotation * (site.position - crystal.sites[0].position) + crystal.sites[to].position;
    Image nearest = {0, remainder(place - crystal.sites[0].position)};
    for (size_t i = 1; i < crystal.sites.size(); ++i) {
      const Vector3d miss = remainder(place - crystal.sites[i].position);
      if (miss.norm() < nearest.miss.norm()) nearest = {i, miss};
    }
    if (nearest.miss.norm() > close) return {};
    found.push_back(nearest);
  }
  return found;
}

}  // namespace

void symmetrise_sites(MeanCrystal& crystal, double close) {
  if (crystal.sites.size() < 2 || crystal.sites.size() > kMostSites) return;
  std::vector<Vector3d> moves(crystal.sites.size(), Vector3d::Zero());
  double count = 0;
  for (const Matrix3d& rotation : lattice_symmetries(crystal.cell))
    for (size_t to = 0; to < crystal.sites.size(); ++to) {
      const auto found = images(crystal, rotation, to, close);
      if (!found) continue;
      Vector3d common = Vector3d::Zero();  // a shift of all, by which site 0 was not where it should be
      for (const Image& image : *found) common += image.miss / static_cast<double>(found->size());
      for (const Image& image : *found) moves[image.site] += image.miss - common;
      ++count;
    }
  for (size_t i = 0; i < moves.size(); ++i) crystal.sites[i].position += moves[i] / std::max(count, 1.);
}

}  // namespace limpid
