// SPDX-License-Identifier: Apache-2.0
#pragma once
// Which reciprocal vectors the detector's pixels see, and how the six patterns are turned (Ziletti 2018, Methods).

#include <Eigen/Core>
#include <array>
#include <cstdint>
#include <vector>

namespace limpid {

inline constexpr int64_t detector_pixels = 64;                 // a side
inline constexpr double wavelength = 0.05;                     // ångström
inline constexpr double detector_distance = 0.1;               // metres
inline constexpr double pixel_size = 4e-4;                     // metres
inline constexpr double beam_center = 31.5;                    // pixels
inline constexpr double inner_radius = 10, outer_radius = 30;  // pixels; only what lies between is seen

/// s₀ of a pixel before the pattern is turned, 1/ångström; x and y count from the beam's centre, in pixels.
Eigen::Vector3d ewald_vector(double x, double y);

/// Whether the mask lets a pixel through.
bool is_seen(double x, double y);

struct Turn {
  int axis;                  // 0, 1, 2 for x, y, z
  Eigen::Matrix3d rotation;  // s = rotation · s₀
};

/// ±45° about x, y and z, the positive one first.
const std::array<Turn, 6>& detector_turns();

inline constexpr int64_t lanes = 16;  // pixels that are computed at once

/// The pixels (x, y) with 0 < y ≤ x that are seen: all others are their mirror images. Filled up to whole lanes by
/// repeating the last.
struct Octant {
  std::vector<float> across, along, inward;   // s₀ by component
  std::vector<double> length;                 // |s₀|
  std::vector<std::array<int64_t, 2>> place;  // x − ½ and y − ½, of those that are not repetitions

  int64_t blocks() const { return static_cast<int64_t>(across.size()) / lanes; }
};

const Octant& octant();

}  // namespace limpid
