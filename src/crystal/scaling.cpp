// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>

#include "crystal/checking.h"
#include "crystal/mean_crystal.h"
#include "crystal/pair_map.h"
#include "limpid/core/error.h"
#include "limpid/crystal/diffraction.h"
#include "limpid/crystal/neighbours.h"

namespace limpid {
namespace {

constexpr double kStep = .01;   // of the pair distribution, in units of the spacing
constexpr double kWidth = .06;  // of its Gaussians
constexpr double kFirst = .4;   // of the highest maximum: lower ones before it are chance

double mean_nearest(const Structure& structure) {
  double sum = 0;
  for (const double distance : nearest_distances(structure)) sum += distance;
  return sum / static_cast<double>(structure.size());
}

/// The first maximum of g(r), the density of pairs by that of points without order.
double first_shell(const Structure& structure) {
  const PairVectors pairs = pair_vectors(structure);
  const double step = kStep * pairs.spacing, width = kWidth * pairs.spacing;
  std::vector<double> density(static_cast<size_t>(pairs.reach / step) + 1);
  for (const Eigen::Vector3d& vector : pairs.vectors) {
    const double distance = vector.norm();
    const auto first = static_cast<size_t>(std::max(0., (distance - 4 * width) / step));
    for (size_t i = first; i < density.size() && static_cast<double>(i) * step < distance + 4 * width; ++i) {
      const double off = (static_cast<double>(i) * step - distance) / width;
      density[i] += std::exp(-.5 * off * off) / (distance * distance);
    }
  }
  if (density.size() < 3) return 0;
  const double highest = *std::max_element(density.begin(), density.end());
  for (size_t i = 1; i + 1 < density.size(); ++i)
    if (density[i] > kFirst * highest && density[i] >= density[i - 1] && density[i] > density[i + 1])
      return static_cast<double>(i) * step;
  return 0;
}

}  // namespace

double length_scale(const Structure& structure, Scaling scaling) {
  if (structure.size() == 0) fail(called(structure), " has no atoms; a length scale needs at least one");
  double scale = 0;
  if (scaling == Scaling::robust) {
    if (const auto crystal = mean_crystal(structure)) scale = nearest_distance(*crystal);
    if (scale == 0) scale = first_shell(structure);
  }
  if (scale == 0) scale = mean_nearest(structure);
  if (!std::isfinite(scale))
    fail(called(structure), " is a single atom without a cell; there is no distance that could be the unit of length");
  return scale;
}

}  // namespace limpid
