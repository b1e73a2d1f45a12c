// SPDX-License-Identifier: Apache-2.0
#include "limpid/crystal/diffraction.h"

#include <Eigen/Geometry>
#include <Eigen/LU>
#include <complex>

#include "core/vectorized.h"
#include "crystal/diffraction_tensors.h"
#include "crystal/form_factors.h"
#include "limpid/core/random.h"
#include "support/files.h"
#include "support/naive_diffraction.h"

namespace limpid::testing {
namespace {
using ::testing::HasSubstr;

/// Atoms anywhere in a box, of a few species.
Structure random_atoms(uint64_t seed, int64_t count, double size, const std::vector<int>& species) {
  Random random(seed);
  Structure atoms;
  for (int64_t i = 0; i < count; ++i) {
    atoms.positions.emplace_back(random.uniform(0, size), random.uniform(0, size), random.uniform(0, size));
    atoms.species.push_back(species[static_cast<size_t>(random.below(static_cast<int64_t>(species.size())))]);
  }
  return atoms;
}

/// A block of cells of one element, without a cell of its own.
struct Block {
  Eigen::Matrix3d cell;  // rows
  std::vector<Eigen::Vector3d> basis;
  std::array<int, 3> copies;
  int species = 29;

  Structure structure() const {
    Structure atoms;
    for (int i = 0; i < copies[0]; ++i)
      for (int j = 0; j < copies[1]; ++j)
        for (int k = 0; k < copies[2]; ++k)
          for (const Eigen::Vector3d& place : basis) {
            atoms.positions.push_back(cell.transpose() * (place + Eigen::Vector3d(i, j, k)));
            atoms.species.push_back(species);
          }
    return atoms;
  }
};

Block cubic(const std::vector<Eigen::Vector3d>& basis, double a, std::array<int, 3> copies) {
  return {a * Eigen::Matrix3d::Identity(), basis, copies};
}

const std::vector<Eigen::Vector3d> primitive = {{0, 0, 0}};
const std::vector<Eigen::Vector3d> body_centred = {{0, 0, 0}, {.5, .5, .5}};
const std::vector<Eigen::Vector3d> face_centred = {{0, 0, 0}, {0, .5, .5}, {.5, 0, .5}, {.5, .5, 0}};

/// Largest difference relative to the largest value.
double difference(const Tensor& got, const Tensor& expected) {
  return ((got.to(at::kDouble) - expected.to(at::kDouble)).abs().max() / expected.max()).item<double>();
}

TEST(FormFactors, AreTheNumberOfElectronsAtZeroAndFallFromThere) {
  for (int number = 1; number <= form_factors_end; ++number) {
    const FormFactor f = form_factor(number);
    EXPECT_NEAR(f(0) / number, 1, .005) << number;
    for (double d = .1; d < 4; d += .1) {
      EXPECT_LT(f(d), f(d - .1)) << number << " at " << d;
      EXPECT_GT(f(d), 0) << number << " at " << d;
    }
  }
  // Beyond the tables: the last shape.
  EXPECT_NEAR(form_factor(103)(1.) / form_factor(98)(1.), 103. / 98, 1e-12);
  EXPECT_THAT(error_of([] { form_factor(0); }), HasSubstr("no form factor of atomic number 0"));
}

TEST(Diffraction, IsTheNaiveSum) {
  for (const auto& [count, species] : {std::pair{256, std::vector{29}}, std::pair{336, std::vector{6, 26, 79}}}) {
    const Structure atoms = random_atoms(1, count, 20, species);
    EXPECT_LT(difference(diffraction_intensities(atoms, 2.5), naive_intensities(atoms, 2.5)), 1e-5);
  }
  const Structure crystal = cubic(face_centred, 3.6, {4, 4, 4}).structure();
  EXPECT_LT(difference(diffraction_intensities(crystal, 2.55), naive_intensities(crystal, 2.55)), 1e-5);
}

TEST(Diffraction, IsTheSameOnEveryDevicesOperations) {
  const Structure crystal = cubic(body_centred, 3.2, {6, 5, 5}).structure();
  const Structure atoms = random_atoms(2, 300, 20, {6, 26, 79});
  const Tensor by_tensors = intensities_by_tensors({crystal, atoms}, {2.7, 2.5}, 2, at::kCPU);
  const Tensor by_kernel = diffraction_intensities({crystal, atoms}, {2.7, 2.5}, {.z_offset = 2});
  EXPECT_LT(difference(by_tensors[0], by_kernel[0]), 1e-5);
  EXPECT_LT(difference(by_tensors[1], by_kernel[1]), 1e-5);
}

/// Σ over a row of n cells of exp 2πi h, squared: the interference function.
double interference(double h, int n) {
  const double rest = h - std::round(h);
  return std::abs(rest) < 1e-9 ? n * n : std::pow(std::sin(M_PI * n * rest) / std::sin(M_PI * rest), 2);
}

/// What the theory of diffraction says of a block: |f|² |structure factor|² times three interference functions.
double intensity_of(const Block& block, double scale, const Eigen::Vector3d& s) {
  const Eigen::Vector3d hkl = block.cell * s / scale;
  std::complex<double> structure_factor = 0;
  for (const Eigen::Vector3d& place : block.basis) structure_factor += std::polar(1., 2 * M_PI * hkl.dot(place));
  double product = std::pow(form_factor(block.species)(s.norm()), 2) * std::norm(structure_factor);
  for (int k = 0; k < 3; ++k) product *= interference(hkl[k], block.copies[static_cast<size_t>(k)]);
  return product;
}

TEST(Diffraction, OfABlockIsItsInterferenceFunction) {
  Eigen::Matrix3d hexagonal;
  hexagonal << 3.2, 0, 0, -1.6, 1.6 * std::sqrt(3), 0, 0, 0, 5.2;
  const std::vector<Eigen::Vector3d> close_packed = {{1. / 3, 2. / 3, .25}, {2. / 3, 1. / 3, .75}};
  for (const Block& block : {cubic(primitive, 3.3, {7, 7, 6}), cubic(body_centred, 3.2, {6, 5, 5}),
                             cubic(face_centred, 3.6, {4, 4, 4}), Block{hexagonal, close_packed, {4, 8, 5}, 12}}) {
    const double scale = 2.7;
    const Tensor expected = at::zeros({3, 64, 64}, at::kDouble);
    for (int64_t row = 0; row < 64; ++row)
      for (int64_t column = 0; column < 64; ++column)
        for (int axis = 0; axis < 3 && naive_mask(row, column); ++axis)
          for (const int sign : {1, -1})
            expected[axis][row][column] += intensity_of(block, scale, naive_reciprocal_vector(row, column, axis, sign));
    EXPECT_LT(difference(diffraction_intensities(block.structure(), scale), expected), 1e-5);
  }
}

TEST(Diffraction, PeaksWhereTheReciprocalLatticeMeetsTheSphere) {
  const Block block = cubic(face_centred, std::sqrt(2), {8, 8, 8});  // nearest neighbours are 1 Å apart
  const Tensor image = simulate_diffraction(block.structure(), 1);
  int64_t bright = 0;
  for (int64_t row = 0; row < 64; ++row)
    for (int64_t column = 0; column < 64; ++column) {
      if (image[0][row][column].item<float>() < .2) continue;
      ++bright;
      double nearest = 1;  // distance to the nearest hkl that are all even or all odd
      for (const int sign : {1, -1}) {
        const Eigen::Vector3d hkl = std::sqrt(2) * naive_reciprocal_vector(row, column, 0, sign);
        const Eigen::Vector3d even = 2 * (hkl / 2).array().round(), odd = 2 * ((hkl.array() - 1) / 2).round() + 1;
        nearest = std::min({nearest, (hkl - even).norm(), (hkl - odd).norm()});
      }
      EXPECT_LT(nearest, 1. / 8) << row << ' ' << column;  // half of the width that 8 cells leave to a peak
    }
  EXPECT_GT(bright, 8);
}

TEST(Diffraction, DoesNotSeeWhereTheAtomsAreOrInWhichOrder) {
  Structure atoms = random_atoms(3, 300, 20, {14, 26});
  const Tensor before = diffraction_intensities(atoms, 2.5);
  for (Eigen::Vector3d& position : atoms.positions) position += Eigen::Vector3d(123.4, -5.6, 78.9);
  EXPECT_LT(difference(diffraction_intensities(atoms, 2.5), before), 1e-5);
  std::reverse(atoms.positions.begin(), atoms.positions.end());
  std::reverse(atoms.species.begin(), atoms.species.end());
  EXPECT_LT(difference(diffraction_intensities(atoms, 2.5), before), 1e-5);
}

// The structure factors of opposite vectors are conjugates as long as form factors are real (Friedel's law).
TEST(Diffraction, IsThatOfTheInvertedStructure) {
  Structure atoms = random_atoms(4, 300, 20, {14, 26});
  const Tensor before = diffraction_intensities(atoms, 2.5);
  for (Eigen::Vector3d& position : atoms.positions) position = -position;
  EXPECT_LT(difference(diffraction_intensities(atoms, 2.5), before), 1e-5);
}

TEST(Diffraction, OfTwiceAsLargeAStructureWithTwiceTheScaleIsTheSame) {
  Structure atoms = random_atoms(5, 280, 20, {47});
  const Tensor before = diffraction_intensities(atoms, 2.5);
  for (Eigen::Vector3d& position : atoms.positions) position *= 2;
  EXPECT_LT(difference(diffraction_intensities(atoms, 5), before), 1e-5);
}

TEST(Diffraction, ShowsARingAndIsNormalisedOverAllChannels) {
  const Structure atoms = random_atoms(6, 300, 20, {14, 26});
  const Tensor image = simulate_diffraction(atoms, 2.5), intensities = diffraction_intensities(atoms, 2.5);
  EXPECT_EQ(image.min().item<float>(), 0);
  EXPECT_EQ(image.max().item<float>(), 1);
  EXPECT_LT((image - intensities / intensities.max()).abs().max().item<float>(), 1e-6);
  int64_t seen = 0;
  for (int64_t row = 0; row < 64; ++row)
    for (int64_t column = 0; column < 64; ++column) {
      const bool shown = image.select(1, row).select(1, column).min().item<float>() > 0;
      EXPECT_EQ(shown, naive_mask(row, column)) << row << ' ' << column;
      seen += shown;
    }
  EXPECT_EQ(seen, 2512);
}

TEST(Diffraction, AnOffsetOfAtomicNumbersGivesTheNextElementsPattern) {
  Structure atoms = random_atoms(7, 260, 20, {26});
  const Tensor with_offset = simulate_diffraction(atoms, 2.5, {.z_offset = 2});
  std::fill(atoms.species.begin(), atoms.species.end(), 28);
  EXPECT_TRUE(with_offset.equal(simulate_diffraction(atoms, 2.5)));
}

// A crystal turned by a quarter about z has the patterns of the rotations about x and y exchanged and turned.
TEST(Diffraction, ChannelsAreTheRotationsAboutXAndYAndZ) {
  const Structure atoms = random_atoms(8, 260, 20, {26});
  Structure turned = atoms;
  for (Eigen::Vector3d& r : turned.positions) r = {-r.y(), r.x(), r.z()};
  const Tensor image = simulate_diffraction(atoms, 2.5), other = simulate_diffraction(turned, 2.5);
  for (const auto& [from, to] : {std::pair{0, 1}, std::pair{1, 0}, std::pair{2, 2}})
    EXPECT_LT(difference(at::rot90(other[to], 1, {0, 1}), image[from]), 1e-5) << from;
  const Tensor published = simulate_diffraction(atoms, 2.5, {.published_order = true});
  EXPECT_TRUE(published.equal(at::stack({image[0], image[2], image[1]})));
}

TEST(Diffraction, OfManyStructuresIsThatOfEach) {
  std::vector<Structure> structures;
  std::vector<double> scales;
  for (uint64_t i = 0; i < 5; ++i) {
    structures.push_back(random_atoms(i, 256 + 16 * static_cast<int64_t>(i), 20, {26, 47}));
    scales.push_back(2.2 + .1 * static_cast<double>(i));
  }
  const Tensor images = simulate_diffraction(structures, scales);
  ASSERT_EQ(images.sizes(), (Shape{5, 3, 64, 64}));
  for (size_t i = 0; i < structures.size(); ++i)
    EXPECT_TRUE(images[static_cast<int64_t>(i)].equal(simulate_diffraction(structures[i], scales[i])));
}

TEST(Diffraction, NamesWhatItCannotScatter) {
  Structure atoms = random_atoms(9, 10, 5, {26});
  atoms.name = "here.xyz";
  EXPECT_THAT(error_of([&] { simulate_diffraction(atoms, 0); }), HasSubstr("'here.xyz' has the length scale 0"));
  EXPECT_THAT(error_of([&] { simulate_diffraction(atoms, NAN); }), HasSubstr("length scale nan"));
  EXPECT_THAT(error_of([&] { simulate_diffraction(atoms, 1, {.z_offset = -26}); }), HasSubstr("atomic number 0"));
  EXPECT_THAT(error_of([] { simulate_diffraction(Structure{.name = "none.xyz"}, 1); }),
              HasSubstr("'none.xyz' has no atoms"));
  EXPECT_THAT(error_of([&] {
                simulate_diffraction(std::vector{atoms}, {1, 2});
              }),
              HasSubstr("1 structures and 2 scales"));
}

}  // namespace
}  // namespace limpid::testing
