// SPDX-License-Identifier: Apache-2.0
// A tree of boxes that halve the atoms again and again: unlike a grid it does not mind an atom far away from the
// others. Images are found by asking for the point moved by lattice vectors, of the shortest cell there is.
#include "limpid/crystal/neighbours.h"

#include <Eigen/Geometry>
#include <Eigen/LU>
#include <limits>
#include <numeric>

#include "crystal/checking.h"
#include "crystal/lattice.h"
#include "limpid/core/error.h"

namespace limpid {
namespace {

using Box = Eigen::AlignedBox3d;
using Eigen::Matrix3d;
using Eigen::Vector3d;

constexpr size_t kLeaf = 8;          // atoms in a box that is not divided
constexpr double kMostImages = 1e9;  // of the cell around a point
constexpr double kRounding = 1e-9;   // of fractions
constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// Eigen's exteriorDistance without its branches, which no processor foresees.
double squared_distance(const Box& box, const Vector3d& point) {
  return (box.min() - point).cwiseMax(point - box.max()).cwiseMax(0).squaredNorm();
}

}  // namespace

struct AtomTree::Parts {
  std::optional<Matrix3d> cell;  // the shortest
  Matrix3d to_fraction = Matrix3d::Identity();
  Vector3d heights = Vector3d::Zero();
  std::vector<int64_t> order;    // atoms as they lie in the tree
  std::vector<Vector3d> points;  // in that order, in the cell
  std::vector<size_t> places;    // of each atom in the order
  std::vector<Box> boxes;        // box i is divided into 2i + 1 and 2i + 2

  explicit Parts(const Structure& structure);
  void divide(size_t box, size_t begin, size_t end);
  Vector3d into_cell(const Vector3d& point) const;

  /// Calls `visit` with the point moved by each lattice vector that may bring it within `radius` of an atom.
  template <class Visit>
  void for_each_image(const Vector3d& point, double radius, const Visit& visit) const;

  /// Calls `take` with the place of each atom within √squared of the point; `take` may shrink `squared`.
  template <class Found>
  void search(size_t box, size_t begin, size_t end, const Vector3d& point, double& squared, const Found& take) const;

  template <class Found>
  void search_all(const Vector3d& point, double& squared, const Found& take) const {
    if (squared_distance(boxes[0], point) <= squared) search(0, 0, points.size(), point, squared, take);
  }

  /// Calls `take` with the place of each atom around a point in the cell, and the vector to it or to its image.
  template <class Found>
  void for_each_within(const Vector3d& point, double radius, const Found& take) const;
};

AtomTree::Parts::Parts(const Structure& structure) : order(structure.positions.size()), places(order.size()) {
  check_cell(structure);
  if (structure.cell) {
    cell = shortest_cell(*structure.cell);
    to_fraction = cell->transpose().inverse();
    heights = heights_of(*cell);
  }
  for (const Vector3d& position : structure.positions) {
    if (!position.allFinite()) fail(called(structure), " has a position that is not a finite number");
    points.push_back(into_cell(position));
  }
  std::iota(order.begin(), order.end(), int64_t{0});
  if (!order.empty()) divide(0, 0, order.size());
  std::vector<Vector3d> sorted;
  for (size_t i = 0; i < order.size(); ++i) {
    places[static_cast<size_t>(order[i])] = i;
    sorted.push_back(points[static_cast<size_t>(order[i])]);
  }
  points = std::move(sorted);
}

void AtomTree::Parts::divide(size_t box, size_t begin, size_t end) {
  if (boxes.size() <= box) boxes.resize(std::max(box + 1, 2 * boxes.size()));
  for (size_t i = begin; i < end; ++i) boxes[box].extend(points[static_cast<size_t>(order[i])]);
  if (end - begin <= kLeaf) return;
  Eigen::Index axis = 0;
  boxes[box].sizes().maxCoeff(&axis);
  const size_t middle = begin + (end - begin) / 2;
  const auto at = [&](size_t i) { return order.begin() + static_cast<std::ptrdiff_t>(i); };
  std::nth_element(at(begin), at(middle), at(end), [&](int64_t one, int64_t other) {
    return points[static_cast<size_t>(one)][axis] < points[static_cast<size_t>(other)][axis];
  });
  divide(2 * box + 1, begin, middle);
  divide(2 * box + 2, middle, end);
}

Vector3d AtomTree::Parts::into_cell(const Vector3d& point) const {
  return cell ? Vector3d(cell->transpose() * wrapped_fraction(to_fraction * point)) : point;
}

template <class Visit>
void AtomTree::Parts::for_each_image(const Vector3d& point, double radius, const Visit& visit) const {
  if (!cell) return visit(point);
  const Vector3d fraction = to_fraction * point;
  const Eigen::Array3d reach = radius / heights.array() + kRounding;
  const Eigen::Array3d low = (fraction.array() - reach - 1).ceil(), high = (fraction.array() + reach).floor();
  if (!((high - low + 1).prod() <= kMostImages))
    fail("a distance of ", radius, " Å is too large for a cell of ", heights.transpose(), " Å; expected fewer than ",
         kMostImages, " images of it");
  for (double i = low[0]; i <= high[0]; ++i)
    for (double j = low[1]; j <= high[1]; ++j)
      for (double k = low[2]; k <= high[2]; ++k) visit(point - cell->transpose() * Vector3d(i, j, k));
}

template <class Found>
void AtomTree::Parts::search(size_t box, size_t begin, size_t end, const Vector3d& point, double& squared,
                             const Found& take) const {
  if (end - begin <= kLeaf) {
    for (size_t i = begin; i < end; ++i)
      if ((points[i] - point).squaredNorm() <= squared) take(i);
    return;
  }
  const size_t middle = begin + (end - begin) / 2;
  const double first = squared_distance(boxes[2 * box + 1], point);
  const double second = squared_distance(boxes[2 * box + 2], point);
  // The nearer one first: what is found there may spare the other.
  if (second < first && second <= squared) search(2 * box + 2, middle, end, point, squared, take);
  if (first <= squared) search(2 * box + 1, begin, middle, point, squared, take);
  if (!(second < first) && second <= squared) search(2 * box + 2, middle, end, point, squared, take);
}

template <class Found>
void AtomTree::Parts::for_each_within(const Vector3d& point, double radius, const Found& take) const {
  if (points.empty()) return;
  for_each_image(point, radius, [&](const Vector3d& image) {
    double squared = radius * radius;
    search_all(image, squared, [&](size_t i) { take(i, points[i] - image); });
  });
}

AtomTree::AtomTree(const Structure& structure) : parts_(std::make_shared<const Parts>(structure)) {}

const std::vector<int64_t>& AtomTree::order() const { return parts_->order; }

double AtomTree::nearest_distance(int64_t atom) const {
  const Parts& parts = *parts_;
  const size_t own = parts.places.at(static_cast<size_t>(atom));
  const Vector3d& place = parts.points[own];
  const double image = parts.cell ? parts.cell->row(0).norm() : kInfinity;  // row 0 is the shortest lattice vector
  double squared = image * image;
  const auto look = [&](const Vector3d& point) {
    parts.search_all(point, squared, [&](size_t i) {
      if (i != own) squared = std::min(squared, (parts.points[i] - point).squaredNorm());
    });
  };
  look(place);
  parts.for_each_image(place, std::sqrt(squared), [&](const Vector3d& point) {
    if (point != place) look(point);
  });
  return std::sqrt(squared);
}

void AtomTree::for_each_within(const Vector3d& point, double radius, const Take& take) const {
  parts_->for_each_within(parts_->into_cell(point), radius,
                          [&](size_t i, const Vector3d& between) { take(parts_->order[i], between); });
}

void AtomTree::for_each_neighbour(int64_t atom, double radius, const Take& take) const {
  const size_t own = parts_->places.at(static_cast<size_t>(atom));
  parts_->for_each_within(parts_->points[own], radius, [&](size_t i, const Vector3d& between) {
    if (i != own || between != Vector3d::Zero()) take(parts_->order[i], between);
  });
}

std::vector<double> nearest_distances(const Structure& structure) {
  const AtomTree tree(structure);
  std::vector<double> distances(structure.positions.size());
  for (const int64_t atom : tree.order()) distances[static_cast<size_t>(atom)] = tree.nearest_distance(atom);
  return distances;
}

void for_each_pair(const Structure& structure, double cutoff,
                   const std::function<void(int64_t, int64_t, const Vector3d&)>& take) {
  if (!(cutoff >= 0)) refuse("a cutoff of ", cutoff, " Å is impossible; expected 0 or more");
  const AtomTree tree(structure);
  for (const int64_t first : tree.order())
    tree.for_each_neighbour(first, cutoff,
                            [&](int64_t second, const Vector3d& between) { take(first, second, between); });
}

}  // namespace limpid
