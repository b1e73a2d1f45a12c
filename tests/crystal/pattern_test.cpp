// SPDX-License-Identifier: Apache-2.0
#include "crystal/pattern.h"

#include <complex>

#include "limpid/core/random.h"

namespace limpid::testing {
namespace {

Scatterers random_scatterers(uint64_t seed, size_t count, const std::vector<float>& form_factor) {
  Random random(seed);
  Scatterers atoms;
  atoms.form_factor = form_factor.data();
  for (size_t i = 0; i < count; ++i)
    for (std::vector<float>* axis : {&atoms.x, &atoms.y, &atoms.z})
      axis->push_back(static_cast<float>(random.uniform(-8, 8)));
  return atoms;
}

/// |Σ f exp 2πi s·r|² in float64.
double exact_intensity(const std::vector<Scatterers>& atoms, size_t pixel, double x, double y, double z) {
  std::complex<double> sum = 0;
  for (const Scatterers& species : atoms)
    for (size_t i = 0; i < species.x.size(); ++i)
      sum += std::polar<double>(species.form_factor[pixel],
                                2 * M_PI * (x * species.x[i] + y * species.y[i] + z * species.z[i]));
  return std::norm(sum);
}

TEST(Pattern, IsTheSameSumOnAllVectorUnits) {
  const size_t pixels = octant().across.size();
  const std::vector<float> ones(pixels, 1), twos(pixels, 2);
  const std::vector<Scatterers> atoms = {random_scatterers(1, 200, ones), random_scatterers(2, 97, twos)};
  const double largest = std::pow(200 + 2 * 97, 2);
  for (const VectorUnits units : {VectorUnits::none, VectorUnits::avx2, VectorUnits::avx512}) {
    if (units > widest_vector_units()) continue;
    OctantIntensities intensities;
    sum_pattern(atoms, intensities, units);
    for (size_t i = 0; i < octant().place.size(); ++i) {
      const double a = octant().across[i], b = octant().along[i], c = octant().inward[i];
      const double expected[8][2] = {{a, b}, {-a, -b}, {a, -b}, {-a, b}, {b, a}, {-b, -a}, {b, -a}, {-b, a}};
      for (size_t image = 0; image < 8; ++image)
        ASSERT_NEAR(intensities.images[image][i] / largest,
                    exact_intensity(atoms, i, expected[image][0], expected[image][1], c) / largest, 1e-6)
            << "image " << image << " pixel " << i;
    }
  }
}

TEST(Pattern, TheOctantHoldsAnEighthOfTheRing) {
  int64_t pixels = 0;
  for (const auto& [x, y] : octant().place) {
    EXPECT_LE(y, x);
    pixels += x == y ? 4 : 8;
  }
  EXPECT_EQ(pixels, 2512);
  EXPECT_EQ(static_cast<int64_t>(octant().across.size()) % lanes, 0);
}

}  // namespace
}  // namespace limpid::testing
