// SPDX-License-Identifier: Apache-2.0
#include "crystal/first_shell.h"

#include <algorithm>
#include <cmath>

#include "crystal/pair_map.h"

namespace limpid {
namespace {

constexpr double kStep = .01;          // of the distances, in units of the spacing
constexpr double kWidthOfShell = .06;  // of the Gaussians that pairs are counted with
constexpr double kFirst = .4;          // of the highest maximum: lower ones before it are chance

}  // namespace

double first_shell(const Structure& structure) {
  const PairVectors pairs = pair_vectors(structure);
  const double step = kStep * pairs.spacing, width = kWidthOfShell * pairs.spacing;
  std::vector<double> density(static_cast<size_t>(pairs.reach / step) + 3);
  for (const Eigen::Vector3d& vector : pairs.vectors) {
    const double distance = vector.norm();
    const auto first = static_cast<size_t>(std::max(0., (distance - 4 * width) / step));
    for (size_t i = first; i < density.size() && static_cast<double>(i) * step < distance + 4 * width; ++i) {
      const double off = (static_cast<double>(i) * step - distance) / width;
      density[i] += std::exp(-.5 * off * off) / (distance * distance);
    }
  }
  const double highest = *std::max_element(density.begin(), density.end());
  for (size_t i = 1; i + 1 < density.size(); ++i)
    if (density[i] > kFirst * highest && density[i] >= density[i - 1] && density[i] > density[i + 1])
      return static_cast<double>(i) * step;
  return 0;
}

}  // namespace limpid
