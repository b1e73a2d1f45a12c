// SPDX-License-Identifier: Apache-2.0
// Against the arrays of fingerprint_golden, which were computed elsewhere; its README.md has the structures.
#include <Eigen/Geometry>

#include "crystal/crystals.h"
#include "limpid/crystal/diffraction.h"
#include "limpid/data/npy.h"

namespace limpid::testing {
namespace {

struct Golden {
  std::string file;
  int species;
  double a, ratio;
  bool hexagonal;
  std::vector<Eigen::Vector3d> positions;
  std::array<int, 3> copies;
  double nearest;
};

const std::vector<Golden> goldens = {
    {"sc", 84, 3.34, 1, false, {{0, 0, 0}}, {7, 7, 6}, 3.34},
    {"bcc", 74, 3.155, 1, false, {{0, 0, 0}, {.5, .5, .5}}, {6, 5, 5}, 2.732310},
    {"fcc", 29, 3.61491, 1, false, {{0, 0, 0}, {0, .5, .5}, {.5, 0, .5}, {.5, .5, 0}}, {4, 4, 4}, 2.556127},
    {"diam",
     6,
     3.55,
     1,
     false,
     {{0, 0, 0},
      {0, .5, .5},
      {.5, 0, .5},
      {.5, .5, 0},
      {.25, .25, .25},
      {.25, .75, .75},
      {.75, .25, .75},
      {.75, .75, .25}},
     {4, 3, 3},
     1.537195},
    {"hcp", 12, 3.2093, 1.62359393014, true, {{1. / 3, 2. / 3, .25}, {2. / 3, 1. / 3, .75}}, {4, 8, 5}, 3.196997},
    {"bct_139", 49, 3.25283, 1.52061313499, false, {{0, 0, 0}, {.5, .5, .5}}, {6, 6, 4}, 3.252830}};

Structure structure_of(const Golden& golden) {
  Structure structure;
  Eigen::Matrix3d cell = golden.a * Eigen::Matrix3d::Identity();
  if (golden.hexagonal) cell.row(1) = golden.a * Eigen::RowVector3d(-.5, std::sqrt(3) / 2, 0);
  cell.row(2) *= golden.ratio;
  structure.cell = cell;
  for (const Eigen::Vector3d& position : golden.positions) {
    structure.species.push_back(golden.species);
    structure.positions.push_back(cell.transpose() * position);
  }
  return structure;
}

double correlation(const Tensor& one, const Tensor& other) {
  const Tensor a = one.to(at::kDouble) - one.to(at::kDouble).mean(),
               b = other.to(at::kDouble) - other.to(at::kDouble).mean();
  return ((a * b).sum() / (a.square().sum() * b.square().sum()).sqrt()).item<double>();
}

TEST(Fingerprint, OfPrototypesIsTheGoldenOne) {
  LIMPID_NEEDS_REAL_CRYSTALS();
  for (const Golden& golden : goldens) {
    const Tensor expected = read_npy(real_crystals() / "fingerprint_golden" / (golden.file + ".npy"));
    const Cluster cluster = standard_cluster(structure_of(golden));
    EXPECT_EQ(cluster.copies, golden.copies) << golden.file;
    EXPECT_NEAR(length_scale(structure_of(golden), Scaling::mean_nn), golden.nearest, 1e-6) << golden.file;
    const Tensor image = simulate_diffraction(cluster.structure, golden.nearest, {.z_offset = 2});
    for (int channel = 0; channel < 3; ++channel)
      EXPECT_GE(correlation(image[channel], expected[channel]), .9999) << golden.file << " channel " << channel;
    for (const Scaling scaling : {Scaling::mean_nn, Scaling::robust})
      EXPECT_LT(
          (fingerprint(structure_of(golden), {.scaling = scaling, .z_offset = 2}) - image).abs().max().item<float>(),
          1e-3)
          << golden.file;
  }
}

TEST(Fingerprint, OfAluminiumIsThatOfTheAuthors) {
  LIMPID_NEEDS_REAL_CRYSTALS();
  Golden aluminium = goldens[2];
  aluminium.species = 13;
  aluminium.a = 4.05;
  const Tensor published = read_npy(real_crystals() / "fingerprint_golden" / "fcc_al_reference.npy").permute({2, 0, 1});
  for (const auto& [z_offset, least] : {std::pair{2, .999}, std::pair{0, .998}}) {
    const Tensor image = fingerprint(structure_of(aluminium), {.z_offset = z_offset, .published_order = true});
    for (int channel = 0; channel < 3; ++channel)
      EXPECT_GE(correlation(image[channel], published[channel]), least) << channel << " with offset " << z_offset;
  }
}

}  // namespace
}  // namespace limpid::testing
