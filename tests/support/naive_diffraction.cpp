// SPDX-License-Identifier: Apache-2.0
#include "support/naive_diffraction.h"

#include <ATen/ATen.h>

#include <cmath>
#include <complex>
#include <map>

#include "crystal/form_factors.h"

namespace limpid::testing {
namespace {

std::complex<double> amplitude(const Structure& structure, double scale, const Eigen::Vector3d& s,
                               const std::map<int, double>& factors) {
  std::complex<double> sum = 0;
  for (size_t i = 0; i < structure.positions.size(); ++i)
    sum += factors.at(structure.species[i]) * std::polar(1., -2 * M_PI * s.dot(structure.positions[i]) / scale);
  return sum;
}

}  // namespace

bool naive_mask(int64_t row, int64_t column) {
  const double x = static_cast<double>(column) - 31.5, y = static_cast<double>(row) - 31.5;
  return std::hypot(x, y) > 10 && std::hypot(x, y) < 30;
}

Eigen::Vector3d naive_reciprocal_vector(int64_t row, int64_t column, int axis, int sign) {
  const double x = (static_cast<double>(column) - 31.5) * 4e-4, y = (static_cast<double>(row) - 31.5) * 4e-4;
  const double distance = std::sqrt(x * x + y * y + .01);
  const Eigen::Vector3d s(20 * x / distance, 20 * y / distance, 20 * (.1 / distance - 1));
  const double c = std::cos(M_PI / 4), t = sign * std::sin(M_PI / 4);
  Eigen::Matrix3d turn = Eigen::Matrix3d::Identity();
  if (axis == 0) turn << 1, 0, 0, 0, c, t, 0, -t, c;
  if (axis == 1) turn << c, 0, t, 0, 1, 0, -t, 0, c;
  if (axis == 2) turn << c, t, 0, -t, c, 0, 0, 0, 1;
  return turn * s;
}

Tensor naive_intensities(const Structure& structure, double scale, int z_offset) {
  std::map<int, FormFactor> elements;
  for (const int species : structure.species) elements.try_emplace(species, form_factor(species + z_offset));
  const Tensor image = at::zeros({3, 64, 64}, at::kDouble);
  auto pixels = image.accessor<double, 3>();
  for (int axis = 0; axis < 3; ++axis)
    for (const int sign : {1, -1})
      for (int64_t row = 0; row < 64; ++row)
        for (int64_t column = 0; column < 64; ++column) {
          if (!naive_mask(row, column)) continue;
          const Eigen::Vector3d s = naive_reciprocal_vector(row, column, axis, sign);
          std::map<int, double> factors;
          for (const auto& [species, f] : elements) factors[species] = f(s.norm());
          pixels[axis][row][column] += std::norm(amplitude(structure, scale, s, factors));
        }
  return image;
}

}  // namespace limpid::testing
