// SPDX-License-Identifier: Apache-2.0
#include "limpid/crystal/bragg.h"

#include <fmt/format.h>

#include <Eigen/LU>
#include <algorithm>
#include <cmath>
#include <complex>
#include <map>
#include <numeric>

#include "crystal/ewald_sphere.h"
#include "crystal/form_factors.h"

namespace limpid {
namespace {

using Eigen::Matrix3d;
using Eigen::Vector3d;

constexpr double kFaintReflection = .01;  // share of the strongest reflection below which none counts
constexpr double kSameSpacing = 1e-3;     // relative difference of spacings in a family
constexpr double kSameStrength = .02;     // and of strengths: clusters are not as symmetric as their crystal
constexpr double kWidthOfSinc = .886;     // of sinc² where it is half, in 1/extent

struct Reflection {
  std::array<int, 3> hkl;
  Vector3d vector;  // 1/ångström, in units of the scaled structure
  double strength;
};

/// |Σ f exp 2πi g·r|² of all atoms.
double scattered(const ScaledCluster& scaled, const Vector3d& vector, int z_offset) {
  std::complex<double> sum = 0;
  const Structure& atoms = scaled.cluster.structure;
  std::map<int, double> factors;
  for (size_t i = 0; i < atoms.positions.size(); ++i) {
    const auto [factor, is_new] = factors.try_emplace(atoms.species[i], 0);
    if (is_new) factor->second = form_factor(atoms.species[i] + z_offset)(vector.norm());
    sum += std::polar(factor->second, 2 * M_PI * vector.dot(atoms.positions[i]) / scaled.scale);
  }
  return std::norm(sum);
}

/// All reciprocal vectors but zero that the detector may see.
std::vector<Reflection> reflections(const ScaledCluster& scaled, int z_offset) {
  const Matrix3d reciprocal = scaled.scale * scaled.cluster.axes->inverse();  // columns a*, b*, c*
  const double longest = ewald_vector(outer_radius, 0).norm() + .2;
  std::array<int, 3> most{};
  for (int axis = 0; axis < 3; ++axis)
    most[static_cast<size_t>(axis)] = static_cast<int>(longest * scaled.cluster.axes->row(axis).norm() / scaled.scale);
  std::vector<Reflection> found;
  double strongest = 0;
  for (int h = -most[0]; h <= most[0]; ++h)
    for (int k = -most[1]; k <= most[1]; ++k)
      for (int l = -most[2]; l <= most[2]; ++l) {
        const Vector3d vector = reciprocal * Vector3d(h, k, l);
        if (vector.norm() > longest || (h == 0 && k == 0 && l == 0)) continue;
        found.push_back({{h, k, l}, vector, scattered(scaled, vector, z_offset)});
        strongest = std::max(strongest, found.back().strength);
      }
  std::erase_if(found, [&](const Reflection& one) { return one.strength < kFaintReflection * strongest; });
  for (Reflection& one : found) one.strength /= strongest;
  return found;
}

/// Of the atoms along a direction, with half a neighbour's distance at both ends.
double extent_along(const ScaledCluster& scaled, const Vector3d& direction) {
  double low = std::numeric_limits<double>::infinity(), high = -low;
  for (const Vector3d& position : scaled.cluster.structure.positions) {
    const double place = direction.dot(position) / scaled.scale;
    low = std::min(low, place);
    high = std::max(high, place);
  }
  return high - low + 1;
}

/// Half of a spot may look out from behind the mask.
bool is_near_the_seen(double x, double y) {
  const double radius = std::hypot(x, y);
  return radius > inner_radius - 1 && radius < outer_radius + 1;
}

int channel_of(int axis, bool published_order) { return published_order && axis > 0 ? 3 - axis : axis; }

}  // namespace

std::string BraggSpot::name() const {
  const auto text = [](int index) { return index < 0 ? "−" + std::to_string(-index) : std::to_string(index); };
  return "(" + text(hkl[0]) + " " + text(hkl[1]) + " " + text(hkl[2]) + ")";
}

std::vector<BraggSpot> bragg_spots(const ScaledCluster& scaled, const FingerprintOptions& options) {
  if (!scaled.cluster.axes) return {};
  const std::vector<Reflection> all = reflections(scaled, options.z_offset);
  std::vector<BraggSpot> spots;
  for (size_t i = 0; i < detector_turns().size(); ++i) {
    const Turn& turn = detector_turns()[i];
    const double width =
        kWidthOfSinc / extent_along(scaled, turn.rotation.col(2));  // the beam's direction in the crystal
    for (const Reflection& one : all) {
      // The sphere's centre is 1/λ before the origin; the ray from it through the vector meets the detector.
      const Vector3d ray = turn.rotation.transpose() * one.vector + Vector3d::UnitZ() / wavelength;
      const double off = std::abs(ray.norm() - 1 / wavelength) / width;
      const double x = detector_distance * ray.x() / ray.z() / pixel_size;
      const double y = detector_distance * ray.y() / ray.z() / pixel_size;
      if (off > 1 || !is_near_the_seen(x, y)) continue;
      spots.push_back({channel_of(turn.axis, options.published_order), i % 2 == 0, x + beam_center, y + beam_center,
                       one.hkl, scaled.scale / one.vector.norm(), one.strength, off});
    }
  }
  const auto brightness = [](const BraggSpot& spot) { return spot.strength * (1 - spot.off * spot.off / 2); };
  std::stable_sort(spots.begin(), spots.end(),
                   [&](const BraggSpot& one, const BraggSpot& other) { return brightness(one) > brightness(other); });
  return spots;
}

std::vector<int64_t> spot_families(const std::vector<BraggSpot>& spots) {
  std::vector<size_t> order(spots.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](size_t one, size_t other) {
    return std::pair(-spots[one].spacing, -spots[one].strength) <
           std::pair(-spots[other].spacing, -spots[other].strength);
  });
  std::vector<int64_t> families(spots.size(), 0);
  std::vector<size_t> firsts;
  for (const size_t i : order) {
    const auto is_like = [&](size_t first) {
      return std::abs(spots[first].spacing / spots[i].spacing - 1) < kSameSpacing &&
             std::abs(spots[first].strength - spots[i].strength) < kSameStrength;
    };
    const auto found = std::find_if(firsts.begin(), firsts.end(), is_like);
    families[i] = found - firsts.begin();
    if (found == firsts.end()) firsts.push_back(i);
  }
  return families;
}

}  // namespace limpid
