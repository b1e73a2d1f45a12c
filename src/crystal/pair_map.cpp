// SPDX-License-Identifier: Apache-2.0
#include "crystal/pair_map.h"

#include <Eigen/LU>
#include <algorithm>
#include <cmath>

#include "core/vectorized.h"
#include "crystal/lattice_points.h"
#include "limpid/core/random.h"
#include "limpid/crystal/neighbours.h"

namespace limpid {
namespace {

using Eigen::Vector3d;

constexpr double kNeighbours = 64;            // of an atom
constexpr double kReachOfNeighbours = 2.481;  // of them, in units of the spacing: (64 / (4π/3))^⅓
constexpr double kStepsAWidth = 1.1;          // of the grid
constexpr int64_t kSmoothing = 3;             // steps of the Gaussian to either side
constexpr float kFaint = .5f;                 // counts of peaks that are none
constexpr size_t kFew = 128;                  // atoms

/// A first guess: of the cell, or of the box around the atoms.
double mean_spacing(const Structure& structure) {
  double volume = structure.cell ? std::abs(structure.cell->determinant()) : 1;
  if (!structure.cell) {
    Vector3d low = structure.positions.front(), high = low;
    for (const Vector3d& position : structure.positions) {
      low = low.cwiseMin(position);
      high = high.cwiseMax(position);
    }
    volume = (high - low).cwiseMax(1).prod();
  }
  return std::cbrt(volume / static_cast<double>(structure.size()));
}

/// All atoms, or as many drawn ones as tell enough.
std::vector<int64_t> looked_at(const AtomTree& tree) {
  std::vector<int64_t> atoms = tree.order();
  if (atoms.size() <= kFew) return atoms;
  Random random(1);
  random.shuffle(atoms);  // not every n-th one, which may be of one sublattice
  atoms.resize(kFew);
  return atoms;
}

std::vector<Vector3d> vectors_within(const AtomTree& tree, const std::vector<int64_t>& atoms, double reach) {
  std::vector<Vector3d> vectors;
  vectors.reserve(2 * static_cast<size_t>(kNeighbours) * atoms.size());
  for (const int64_t atom : atoms)
    tree.for_each_neighbour(atom, reach, [&](int64_t, const Vector3d& between) { vectors.push_back(between); });
  return vectors;
}

}  // namespace

PairVectors pair_vectors(const Structure& structure) {
  const AtomTree tree(structure);
  const std::vector<int64_t> atoms = looked_at(tree);
  PairVectors pairs;
  pairs.reach = kReachOfNeighbours * mean_spacing(structure);
  for (int tries = 0; tries < 4; ++tries) {  // cells may hold vacuum, and boxes are not full
    pairs.vectors = vectors_within(tree, atoms, pairs.reach);
    const double neighbours = static_cast<double>(pairs.vectors.size()) / static_cast<double>(atoms.size());
    if (neighbours < 1 || (neighbours > .6 * kNeighbours && neighbours < 1.5 * kNeighbours)) break;
    pairs.reach *= std::clamp(std::cbrt(kNeighbours / neighbours), .5, 1.5);
  }
  pairs.spacing = pairs.reach / kReachOfNeighbours;
  if (atoms.size() < structure.positions.size())
    for (size_t i = pairs.vectors.size(); i > 0; --i) pairs.vectors.push_back(-pairs.vectors[i - 1]);
  return pairs;
}

PairMap::PairMap(const PairVectors& pairs, double width)
    : step_(width / kStepsAWidth),
      reach_(pairs.reach),
      half_(static_cast<int64_t>(std::ceil(pairs.reach / step_)) + 2 * kSmoothing),
      side_(2 * half_ + 1),
      strides_{side_ * side_, side_, 1},
      middle_(half_ * (strides_[0] + strides_[1] + 1)),
      counts_(static_cast<size_t>(middle_ + (kSmoothing + 1) * (strides_[0] + strides_[1] + 1) + 1)) {
  count(pairs);
  smooth();
  find_peaks();
}

size_t PairMap::index(const Vector3d& place) const {
  const Vector3d at = rounded(place / step_);
  int64_t sum = 0;
  for (int axis = 0; axis < 3; ++axis)
    sum += (static_cast<int64_t>(at[axis]) + half_) * strides_[static_cast<size_t>(axis)];
  return static_cast<size_t>(sum);
}

void PairMap::count(const PairVectors& pairs) {
  for (const Vector3d& vector : pairs.vectors)
    if (const size_t at = index(vector); at < counts_.size()) counts_[at] += 1;
}

void PairMap::smooth() {
  std::array<float, 2 * kSmoothing + 1> weights;
  for (int64_t i = -kSmoothing; i <= kSmoothing; ++i)
    weights[static_cast<size_t>(i + kSmoothing)] =
        static_cast<float>(std::exp(-.5 * static_cast<double>(i * i) / (kStepsAWidth * kStepsAWidth)));
  std::vector<float> before(counts_.size());
  for (const int64_t stride : strides_) {
    before.swap(counts_);
    const float* from = before.data();
    float* to = counts_.data();
    const int64_t begin = kSmoothing * stride, end = static_cast<int64_t>(counts_.size()) - begin;
    vectorized([&]() LIMPID_INLINE {
      for (int64_t i = begin; i < end; ++i) {
        float sum = 0;
        for (int64_t k = -kSmoothing; k <= kSmoothing; ++k)
          sum += weights[static_cast<size_t>(k + kSmoothing)] * from[i + k * stride];
        to[i] = sum;
      }
    });
  }
}

double PairMap::operator()(const Vector3d& place) const {
  if (place.squaredNorm() > reach_ * reach_) return 0;
  const size_t at = index(place), middle = static_cast<size_t>(middle_);
  return counts_[at > middle ? 2 * middle - at : at];
}

bool PairMap::is_largest(size_t at) const {
  if (counts_[at] < counts_[at - 1] || counts_[at] < counts_[at + 1]) return false;
  for (int64_t i = -1; i <= 1; ++i)
    for (int64_t j = -1; j <= 1; ++j)
      for (int64_t k = -1; k <= 1; ++k)
        if (counts_[at + static_cast<size_t>(i * strides_[0] + j * strides_[1] + k)] > counts_[at]) return false;
  return true;
}

/// Of a Gaussian through a count and those next to it along each axis, in steps from it.
Vector3d PairMap::top_of(size_t at) const {
  Vector3d top = Vector3d::Zero();
  for (int axis = 0; axis < 3; ++axis) {
    const auto stride = static_cast<size_t>(strides_[static_cast<size_t>(axis)]);
    const double before = std::log(counts_[at - stride]), after = std::log(counts_[at + stride]);
    const double curvature = before - 2 * std::log(counts_[at]) + after;
    if (std::isfinite(curvature) && curvature < 0) top[axis] = std::clamp(.5 * (before - after) / curvature, -.5, .5);
  }
  return top;
}

void PairMap::find_peaks() {
  for (int64_t at = kSmoothing * (strides_[0] + strides_[1] + 1); at < middle_; ++at) {
    const auto here = static_cast<size_t>(at);
    if (counts_[here] < kFaint || !is_largest(here)) continue;
    const Vector3d steps(static_cast<double>(at / strides_[0] - half_),
                         static_cast<double>(at / strides_[1] % side_ - half_),
                         static_cast<double>(at % side_ - half_));
    peaks_.push_back({step_ * (steps + top_of(here)), counts_[here]});
  }
}

}  // namespace limpid
