// SPDX-License-Identifier: Apache-2.0
#include "crystal/shape_memory.h"

#include <gtest/gtest.h>

namespace limpid {
namespace {

constexpr SymmetryTolerance kTolerance = {.1, 5};

Structure cube(double edge) {
  Structure structure;
  structure.cell = Eigen::Matrix3d::Identity() * edge;
  structure.positions = {Eigen::Vector3d(.1, .2, .3) * edge};
  structure.species = {26};
  return structure;
}

/// Finds one group up to a tolerance and another from there on, and counts how often it is asked.
struct Finder {
  double boundary;
  int asked = 0;

  ShapeMemory::Find find() {
    return [this](const Structure&, const SymmetryTolerance& tolerance) {
      ++asked;
      FoundSymmetry found;
      found.group.number = tolerance.distance < boundary ? 195 : 221;
      return found;
    };
  }
  int number(ShapeMemory& memory, double edge) { return memory(cube(edge), kTolerance, find()).group.number; }
};

TEST(ShapeMemory, OneCrystalInManySizesIsLookedAtThreeTimes) {
  for (const double step : {.02, -.02}) {
    ShapeMemory memory;
    Finder finder{1};
    for (int k = 0; k < 25; ++k) EXPECT_EQ(finder.number(memory, 4 + step * k), 195);
    EXPECT_EQ(finder.asked, 3);
  }
}

TEST(ShapeMemory, OnBothSidesOfAToleranceThatMattersTheAnswerIsTheFindersOwn) {
  for (const double step : {.1, -.1}) {
    ShapeMemory memory;
    Finder finder{.1 / 5};  // an edge of 5
    for (int k = 0; k < 41; ++k) {
      const double edge = (step > 0 ? 3.04 : 7.04) + step * k;
      EXPECT_EQ(finder.number(memory, edge), edge > 5 ? 195 : 221) << edge;
    }
    EXPECT_LT(finder.asked, 41);
  }
}

}  // namespace
}  // namespace limpid
