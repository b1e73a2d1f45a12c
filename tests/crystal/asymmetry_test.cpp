// SPDX-License-Identifier: Apache-2.0
#include "limpid/crystal/asymmetry.h"

#include <gtest/gtest.h>

#include "limpid/core/random.h"
#include "limpid/crystal/defects.h"
#include "limpid/crystal/prototypes.h"

namespace limpid {
namespace {

TEST(Asymmetry, WhatIsCalledWithoutSymmetryIsP1ForSpglib) {
  Random random(1);
  int64_t certain = 0, all = 0;
  for (const Prototype& prototype : prototypes()) {
    const Structure crystal = supercell(build_prototype(prototype.name, 29), {3, 3, 2});
    for (const double vacancies : {0., .02, .05, .3})
      for (const double displacement : {0., .002, .02, .1}) {
        Structure defective = with_vacancies(crystal, vacancies, random);
        if (displacement > 0) defective = displaced(defective, displacement, random);
        const auto group = find_space_group(defective);
        ++all;
        if (!has_no_symmetry(defective)) continue;
        ++certain;
        ASSERT_TRUE(group) << prototype.name;
        EXPECT_EQ(group->number, 1) << prototype.name << ", vacancies " << vacancies << ", moved by " << displacement;
      }
  }
  EXPECT_GT(certain, all / 3);
}

TEST(Asymmetry, ACrystalWithSymmetryIsNeverCalledWithoutIt) {
  for (const Prototype& prototype : prototypes()) {
    const Structure crystal = build_prototype(prototype.name, 29);
    EXPECT_FALSE(has_no_symmetry(crystal)) << prototype.name;
    EXPECT_FALSE(has_no_symmetry(supercell(crystal, {2, 2, 3}))) << prototype.name;
  }
}

TEST(Asymmetry, AnInversionOrATranslationAloneIsSeen) {
  Random random(2);
  Structure half;
  half.cell = Eigen::Vector3d(9, 10, 11).asDiagonal();
  for (int i = 0; i < 20; ++i) {
    half.species.push_back(14);
    half.positions.push_back({9 * random.uniform(), 10 * random.uniform(), 11 * random.uniform()});
  }
  EXPECT_TRUE(has_no_symmetry(half));
  Structure inverted = half, shifted = half;
  for (int i = 0; i < 20; ++i) {
    for (Structure* one : {&inverted, &shifted}) one->species.push_back(14);
    inverted.positions.push_back(-half.positions[static_cast<size_t>(i)]);
    shifted.positions.emplace_back(half.positions[static_cast<size_t>(i)] + Eigen::Vector3d(0, 0, 5.5));
  }
  EXPECT_FALSE(has_no_symmetry(inverted));
  EXPECT_FALSE(has_no_symmetry(shifted));
}

}  // namespace
}  // namespace limpid
