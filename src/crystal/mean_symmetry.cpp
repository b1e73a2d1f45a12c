// SPDX-License-Identifier: Apache-2.0
#include "crystal/lattice_points.h"
#include "crystal/mean_sites.h"

namespace limpid {
namespace {

using Eigen::Matrix3d;
using Eigen::Vector3d;

constexpr double kSameLength = .03;  // relative difference of lengths that are taken as equal
constexpr size_t kMostSites = 8;     // that are looked at

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
  for (const Matrix3d& rotation : lattice_symmetries(crystal.cell, kSameLength))
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
