// SPDX-License-Identifier: Apache-2.0
#include "limpid/crystal/symmetry.h"

#include <spglib.h>

#include <Eigen/LU>
#include <array>
#include <memory>

#include "crystal/checking.h"
#include "crystal/lattice.h"
#include "crystal/lattice_symmetry.h"
#include "crystal/primitive.h"
#include "crystal/shape_memory.h"
#include "crystal/standard_origin.h"
#include "limpid/core/error.h"

namespace limpid {
namespace {

using Eigen::Matrix3d;
using Eigen::Vector3d;

constexpr int64_t kAtomsOfPrimitive = 32;  // up to which spglib takes longer to find the primitive cell
constexpr double kLeastRepeat = .3;        // ångström; about lattices of less spglib can search for minutes

/// A structure as spglib takes it: cell vectors in columns, fractional positions.
struct Arrays {
  double cell[3][3];
  std::vector<std::array<double, 3>> positions;
  std::vector<int> types;
  int count;

  explicit Arrays(const Structure& structure) : types(structure.species), count(static_cast<int>(structure.size())) {
    const Matrix3d vectors = right_handed(*structure.cell), to_fraction = vectors.transpose().inverse();
    vectors_of_cell() = vectors;
    for (const Vector3d& position : structure.positions) {
      const Vector3d fraction = to_fraction * position;
      positions.push_back({fraction[0], fraction[1], fraction[2]});
    }
  }

  /// With a, b, c as rows: what lies in memory row by row for C, Eigen reads column by column.
  Eigen::Map<Matrix3d> vectors_of_cell() { return Eigen::Map<Matrix3d>(&cell[0][0]); }

  double (*points())[3] { return reinterpret_cast<double(*)[3]>(positions.data()); }
};

/// All sums of translations that differ by more than whole numbers.
std::vector<Vector3d> sums_within_cell(const std::vector<Vector3d>& translations) {
  std::vector<Vector3d> found = {Vector3d::Zero()};
  for (size_t i = 0; i < found.size(); ++i)
    for (const Vector3d& translation : translations) {
      const Vector3d sum = found[i] + translation;
      const bool known = std::any_of(found.begin(), found.end(),
                                     [&](const Vector3d& other) { return is_lattice_vector(sum - other); });
      if (!known) found.push_back(wrapped_fraction(sum));
    }
  return found;
}

bool repeats_within_atoms(const Structure& structure) {
  return shortest_cell(*structure.cell).row(0).norm() < kLeastRepeat;
}

Structure with_shortest_cell(const Structure& structure) {
  Structure same = structure;
  same.cell = shortest_cell(*structure.cell);
  return same;
}

/// The smallest cell, as it lies. What spglib says of the origin holds only for that.
std::optional<Structure> primitive_cell(const Structure& structure, const SymmetryTolerance& tolerance) {
  if (structure.size() <= kAtomsOfPrimitive)
    if (auto primitive = primitive_of(structure, tolerance.distance)) return primitive;
  Arrays arrays(structure);
  const int atoms = spgat_standardize_cell(arrays.cell, arrays.points(), arrays.types.data(), arrays.count, 1, 1,
                                           tolerance.distance, tolerance.angle);
  if (atoms == 0) return {};
  Structure primitive;
  primitive.name = structure.name;
  primitive.cell = arrays.vectors_of_cell();
  for (size_t i = 0; i < static_cast<size_t>(atoms); ++i) {
    primitive.species.push_back(arrays.types[i]);
    primitive.positions.push_back(primitive.cell->transpose() * Vector3d(arrays.positions[i].data()));
  }
  return primitive;
}

/// What spglib finds of a primitive cell.
class Search {
 public:
  Search(const Structure& primitive, const SymmetryTolerance& tolerance) : dataset_(nullptr, &spg_free_dataset) {
    Arrays arrays(primitive);
    dataset_.reset(spgat_get_dataset(arrays.cell, arrays.points(), arrays.types.data(), arrays.count,
                                     tolerance.distance, tolerance.angle));
    if (!dataset_ || dataset_->spacegroup_number == 0) return;
    found_.group = {dataset_->spacegroup_number, dataset_->international_symbol};
    found_.shift = Vector3d(dataset_->origin_shift);
    using RowMajor = Eigen::Matrix<double, 3, 3, Eigen::RowMajor>;
    found_.to_standard = Eigen::Map<const RowMajor>(&dataset_->transformation_matrix[0][0]);
    const Matrix3d& to_standard = found_.to_standard;
    std::vector<Vector3d> translations;
    for (int axis = 0; axis < 3; ++axis) translations.emplace_back(to_standard.col(axis));
    for (int i = 0; i < dataset_->n_operations; ++i) {
      const Matrix3d rotation =
          Eigen::Map<const Eigen::Matrix<int, 3, 3, Eigen::RowMajor>>(&dataset_->rotations[i][0][0]).cast<double>();
      if (rotation.isIdentity()) translations.emplace_back(to_standard * Vector3d(dataset_->translations[i]));
      const Matrix3d standard = (to_standard * rotation * to_standard.inverse()).array().round();
      if (add_rotation(standard) && standard.determinant() > 0)
        found_.turns.push_back(
            {standard, to_standard * Vector3d(dataset_->translations[i]) + found_.shift - standard * found_.shift});
    }
    found_.setting.centrings = sums_within_cell(translations);
  }

  const FoundSymmetry& found() const { return found_; }

 private:
  /// Whether it is a new one.
  bool add_rotation(const Matrix3d& rotation) {
    auto& all = found_.setting.rotations;
    if (std::find(all.begin(), all.end(), rotation) != all.end()) return false;
    all.push_back(rotation);
    return true;
  }

  std::unique_ptr<SpglibDataset, decltype(&spg_free_dataset)> dataset_;
  FoundSymmetry found_;
};

/// What spglib is asked.
struct Question {
  Structure cell;  // right-handed
  SymmetryTolerance tolerance;
};

/// With one atom, in a cell as short as can be, the symmetries are those of the lattice. spglib takes tens of
/// milliseconds to find the group of a strained one, now and then seconds, and each piece of a crystal is strained
/// otherwise: it is asked about the cell that has them exactly.
Question question_about(const Structure& primitive, const SymmetryTolerance& tolerance) {
  constexpr double kExact = 1e-4;      // of the edge of a cube of the cell's volume
  constexpr double kExactAngle = .02;  // degrees
  Question question{primitive, tolerance};
  Matrix3d& cell = *question.cell.cell;
  cell = right_handed(*primitive.cell);
  if (primitive.size() > 1) return question;
  const Matrix3d to_fraction = cell.transpose().inverse();
  cell = most_symmetric_cell(cell, tolerance);
  question.cell.positions[0] = cell.transpose() * (to_fraction * question.cell.positions[0]);
  question.tolerance = {kExact * std::cbrt(cell.determinant()), kExactAngle};
  return question;
}

FoundSymmetry symmetry_of(const Structure& primitive, const SymmetryTolerance& tolerance) {
  static ShapeMemory memory;
  const Question question = question_about(primitive, tolerance);
  return memory(question.cell, question.tolerance,
                [](const Structure& shape, const SymmetryTolerance& share) { return Search(shape, share).found(); });
}

/// A cell's vectors laid with a ∥ x and b in the xy plane, and the rotation that does so.
struct Laid {
  explicit Laid(const Matrix3d& vectors)
      : cell(oriented_cell(vectors)), rotation((vectors.inverse() * cell).transpose()) {}

  Matrix3d cell, rotation;
};

/// Of the primitive cell that the symmetry is of, not idealised. Symmetry makes several orientations alike; it is
/// turned as little as can be, so that a supercell which lies as the standard cell would is left so.
StandardCell standard_of(const Structure& primitive, const FoundSymmetry& found) {
  constexpr double kLess = 1e-6;
  const Matrix3d given = right_handed(*primitive.cell), to_fraction = given.transpose().inverse();
  Operation turn{Matrix3d::Identity(), Vector3d::Zero()};
  Laid laid(found.to_standard.transpose().inverse() * given);
  for (const Operation& other : found.turns) {
    const Laid next((other.rotation * found.to_standard).transpose().inverse() * given);
    if (next.rotation.trace() > laid.rotation.trace() + kLess) turn = other, laid = next;
  }
  Structure result;
  result.name = primitive.name;
  result.cell = laid.cell;
  for (size_t i = 0; i < primitive.positions.size(); ++i)
    for (const Vector3d& centring : found.setting.centrings) {
      const Vector3d standard = found.to_standard * to_fraction * primitive.positions[i] + found.shift;
      const Vector3d place = turn.rotation * standard + turn.shift + centring;
      result.positions.push_back(result.cell->transpose() * wrapped_fraction(place));
      result.species.push_back(primitive.species[i]);
    }
  return {with_standard_origin(result, found.setting), found.group, laid.rotation};
}

void check_tolerance(const SymmetryTolerance& tolerance) {
  if (!(tolerance.distance > 0) || !(tolerance.angle > 0))
    refuse("a symmetry tolerance of ", tolerance.distance, " Å and ", tolerance.angle,
           "° is impossible; expected numbers above 0");
}

}  // namespace

std::optional<SpaceGroup> find_space_group(const Structure& structure, const SymmetryTolerance& tolerance) {
  check_tolerance(tolerance);
  if (!structure.cell || structure.species.empty()) return {};
  check_cell(structure);
  if (repeats_within_atoms(structure)) return {};
  if (structure.size() == 1) {
    const SpaceGroup group = symmetry_of(with_shortest_cell(structure), tolerance).group;
    return group.number == 0 ? std::nullopt : std::optional(group);
  }
  Arrays arrays(structure);
  char symbol[11] = {};
  const int number = spgat_get_international(symbol, arrays.cell, arrays.points(), arrays.types.data(), arrays.count,
                                             tolerance.distance, tolerance.angle);
  if (number == 0) return {};
  return SpaceGroup{number, symbol};
}

std::optional<StandardCell> find_standard_cell(const Structure& structure, const SymmetryTolerance& tolerance) {
  check_tolerance(tolerance);
  if (!structure.cell || structure.species.empty()) return {};
  check_cell(structure);
  const std::optional<Structure> primitive = primitive_cell(structure, tolerance);
  if (!primitive || repeats_within_atoms(*primitive)) return {};
  const FoundSymmetry found = symmetry_of(*primitive, tolerance);
  if (found.group.number == 0) return {};
  return standard_of(*primitive, found);
}

std::optional<Structure> standard_cell(const Structure& structure, const SymmetryTolerance& tolerance) {
  auto found = find_standard_cell(structure, tolerance);
  return found ? std::optional(std::move(found->cell)) : std::nullopt;
}

Structure niggli_cell(const Structure& structure) {
  if (!structure.cell) fail(called(structure), " is a cluster without a cell; only a crystal has a reduced one");
  check_cell(structure);
  Arrays arrays(with_shortest_cell(structure));
  constexpr double kClose = 1e-5;  // in spglib's words the tolerance with which lengths and angles are equal
  if (spg_niggli_reduce(arrays.cell, kClose) == 0) fail(called(structure), " has a cell that spglib cannot reduce");
  // The positions are fractions of the other cell.
  Structure reduced = structure;
  reduced.cell = right_handed(arrays.vectors_of_cell());
  const Matrix3d oriented = oriented_cell(*reduced.cell);
  const Matrix3d to_fraction = reduced.cell->transpose().inverse();
  for (Vector3d& position : reduced.positions)
    position = oriented.transpose() * wrapped_fraction(to_fraction * position);
  reduced.cell = oriented;
  return reduced;
}

}  // namespace limpid
