// SPDX-License-Identifier: Apache-2.0
#include "crystal/ewald_sphere.h"

#include <cmath>

namespace limpid {
namespace {

Eigen::Matrix3d turned(int axis, double sign) {
  const double c = std::sqrt(.5), s = sign * c;
  Eigen::Matrix3d rotation;
  if (axis == 0) rotation << 1, 0, 0, 0, c, s, 0, -s, c;
  if (axis == 1) rotation << c, 0, s, 0, 1, 0, -s, 0, c;
  if (axis == 2) rotation << c, s, 0, -s, c, 0, 0, 0, 1;
  return rotation;
}

Octant make_octant() {
  Octant all;
  const auto add = [&](double x, double y) {
    const Eigen::Vector3d s = ewald_vector(x, y);
    all.across.push_back(static_cast<float>(s.x()));
    all.along.push_back(static_cast<float>(s.y()));
    all.inward.push_back(static_cast<float>(s.z()));
    all.length.push_back(s.norm());
  };
  for (int64_t x = 0; x < detector_pixels / 2; ++x)
    for (int64_t y = 0; y <= x; ++y) {
      const double from_x = static_cast<double>(x) + .5, from_y = static_cast<double>(y) + .5;
      if (!is_seen(from_x, from_y)) continue;
      add(from_x, from_y);
      all.place.push_back({x, y});
    }
  const auto& [x, y] = all.place.back();
  while (all.across.size() % lanes) add(static_cast<double>(x) + .5, static_cast<double>(y) + .5);
  return all;
}

}  // namespace

Eigen::Vector3d ewald_vector(double x, double y) {
  const Eigen::Vector3d to_pixel(x * pixel_size, y * pixel_size, detector_distance);
  return (to_pixel.normalized() - Eigen::Vector3d::UnitZ()) / wavelength;
}

bool is_seen(double x, double y) {
  const double square = x * x + y * y;
  return square > inner_radius * inner_radius && square < outer_radius * outer_radius;
}

const std::array<Turn, 6>& detector_turns() {
  static const std::array<Turn, 6> turns = {Turn{0, turned(0, 1)},  Turn{0, turned(0, -1)}, Turn{1, turned(1, 1)},
                                            Turn{1, turned(1, -1)}, Turn{2, turned(2, 1)},  Turn{2, turned(2, -1)}};
  return turns;
}

const Octant& octant() {
  static const Octant all = make_octant();
  return all;
}

}  // namespace limpid
