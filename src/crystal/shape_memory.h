// SPDX-License-Identifier: Apache-2.0
#pragma once
// What spglib found of crystals of one shape, whatever their size, orientation and order of atoms: it depends on the
// tolerance as a share of the size alone.

#include <functional>
#include <map>
#include <mutex>
#include <optional>

#include "crystal/standard_origin.h"
#include "limpid/crystal/symmetry.h"

namespace limpid {

/// x → rotation x + shift, of fractions.
struct Operation {
  Eigen::Matrix3d rotation;
  Eigen::Vector3d shift;
};

/// How a cell becomes the standard one.
struct FoundSymmetry {
  SpaceGroup group;                                           // number 0: nothing is found
  Eigen::Matrix3d to_standard = Eigen::Matrix3d::Identity();  // of fractions, before the shift
  Eigen::Vector3d shift = Eigen::Vector3d::Zero();
  StandardSetting setting = {};
  std::vector<Operation> turns = {};  // of the standard cell: one for each proper rotation
};

/// May be used from several threads. What comes out does not depend on what was asked before: spglib is given the
/// shape alone, rounded, with a ∥ x and b in the xy plane, an atom at the origin and of volume 1.
class ShapeMemory {
 public:
  using Find = std::function<FoundSymmetry(const Structure& cell, const SymmetryTolerance& tolerance)>;

  /// What was found of a cell of this shape with a smaller and with a larger tolerance, where both were the same;
  /// otherwise what `find` finds. The cell is right-handed.
  FoundSymmetry operator()(const Structure& cell, const SymmetryTolerance& tolerance, const Find& find);

 private:
  struct Known {
    double least, most;  // tolerances, as shares of the edge of a cube of the cell's volume
    FoundSymmetry found;
    bool reached_below = false, reached_above = false;  // whether the tolerance was tried beyond what was asked for
  };
  using Shape = std::vector<int64_t>;

  FoundSymmetry of_shape(const Shape& shape, double share, double angle, const Find& find);
  void note(const Shape& shape, double share, const FoundSymmetry& found);

  std::mutex access_;
  std::map<Shape, Known> known_;
};

}  // namespace limpid
