// SPDX-License-Identifier: Apache-2.0
#include "crystal/pattern.h"

#include <cmath>

namespace limpid {
namespace {

struct Phase {
  float cosine, sine;
};

/// cos and sin of 2π t, within 1e-7 and rounding: √2 cos(πt) and √2 sin(πt) by minimax polynomials on |t| ≤ ½, then
/// the double angle.
LIMPID_INLINE inline Phase phase_of(float turns) {
  constexpr float magic = 0x1.8p23f;  // adding it rounds to a whole number
  const float t = turns - ((turns + magic) - magic), square = t * t;
  float s = 1.092057470e-01f;
  s = s * square - 8.457635928e-01f;
  s = s * square + 3.606288958e+00f;
  s = s * square - 7.308241155e+00f;
  s = (s * square + 4.442882834e+00f) * t;
  float c = 3.106981920e-01f;
  c = c * square - 1.883562990e+00f;
  c = c * square + 5.739461172e+00f;
  c = c * square - 6.978850988e+00f;
  c = c * square + 1.414213497e+00f;
  return {1 - s * s, s * c};
}

/// Sums of products of two phases' parts. With depth w = exp 2πi c and plane u = exp 2πi a: the real part of w·u is
/// cc − ss and its imaginary part cs + sc; of w·ū, which is the pixel opposite, cc + ss and sc − cs.
struct Products {
  float cc[lanes] = {}, ss[lanes] = {}, cs[lanes] = {}, sc[lanes] = {};
};

LIMPID_INLINE inline void add_product(Products& sums, int64_t k, Phase depth, Phase plane) {
  sums.cc[k] += depth.cosine * plane.cosine;
  sums.ss[k] += depth.sine * plane.sine;
  sums.cs[k] += depth.cosine * plane.sine;
  sums.sc[k] += depth.sine * plane.cosine;
}

LIMPID_INLINE inline void add_weighted(Products& to, const Products& from, const float* weights) {
  for (int64_t k = 0; k < lanes; ++k) {
    to.cc[k] += weights[k] * from.cc[k];
    to.ss[k] += weights[k] * from.ss[k];
    to.cs[k] += weights[k] * from.cs[k];
    to.sc[k] += weights[k] * from.sc[k];
  }
}

LIMPID_INLINE inline void write_intensities(const Products& sums, float* same, float* opposite) {
  for (int64_t k = 0; k < lanes; ++k) {
    const float real = sums.cc[k] - sums.ss[k], imaginary = sums.cs[k] + sums.sc[k];
    const float real_opposite = sums.cc[k] + sums.ss[k], imaginary_opposite = sums.sc[k] - sums.cs[k];
    same[k] = real * real + imaginary * imaginary;
    opposite[k] = real_opposite * real_opposite + imaginary_opposite * imaginary_opposite;
  }
}

/// Products by sign of y against x, for the octant's pixels and for those with x and y exchanged.
struct BlockSums {
  Products plus, minus, exchanged_plus, exchanged_minus;
};

LIMPID_INLINE inline void sum_species(const Scatterers& atoms, const float* across, const float* along,
                                      const float* inward, BlockSums& sums) {
  for (size_t atom = 0; atom < atoms.x.size(); ++atom) {
    const float x = atoms.x[atom], y = atoms.y[atom], z = atoms.z[atom];
    for (int64_t k = 0; k < lanes; ++k) {
      const Phase depth = phase_of(inward[k] * z);
      add_product(sums.plus, k, depth, phase_of(across[k] * x + along[k] * y));
      add_product(sums.minus, k, depth, phase_of(across[k] * x - along[k] * y));
      add_product(sums.exchanged_plus, k, depth, phase_of(along[k] * x + across[k] * y));
      add_product(sums.exchanged_minus, k, depth, phase_of(along[k] * x - across[k] * y));
    }
  }
}

LIMPID_INLINE inline void sum_block(const std::vector<Scatterers>& atoms, int64_t first, OctantIntensities& out) {
  const Octant& pixels = octant();
  BlockSums all;
  for (const Scatterers& species : atoms) {
    BlockSums sums;
    sum_species(species, pixels.across.data() + first, pixels.along.data() + first, pixels.inward.data() + first, sums);
    const float* weights = species.form_factor + first;
    add_weighted(all.plus, sums.plus, weights);
    add_weighted(all.minus, sums.minus, weights);
    add_weighted(all.exchanged_plus, sums.exchanged_plus, weights);
    add_weighted(all.exchanged_minus, sums.exchanged_minus, weights);
  }
  const auto write = [&](const Products& sums, size_t image) LIMPID_INLINE {
    write_intensities(sums, out.images[image].data() + first, out.images[image + 1].data() + first);
  };
  write(all.plus, 0);
  write(all.minus, 2);
  write(all.exchanged_plus, 4);
  write(all.exchanged_minus, 6);
}

}  // namespace

OctantIntensities::OctantIntensities() {
  for (std::vector<float>& image : images) image.resize(octant().across.size());
}

void sum_pattern(const std::vector<Scatterers>& atoms, OctantIntensities& intensities, VectorUnits units) {
  vectorized(units, [&]() LIMPID_INLINE {
    for (int64_t block = 0; block < octant().blocks(); ++block) sum_block(atoms, block * lanes, intensities);
  });
}

}  // namespace limpid
