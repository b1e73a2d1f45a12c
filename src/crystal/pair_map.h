// SPDX-License-Identifier: Apache-2.0
#pragma once
// The vectors between a structure's atoms, as a density in space: its Patterson function near the origin, of points.

#include <Eigen/Core>
#include <array>
#include <cstdint>
#include <vector>

#include "limpid/crystal/structure.h"

namespace limpid {

/// Vectors from atoms to those around them, about 64 an atom, as many as fix a lattice and the shells around its sites.
struct PairVectors {
  std::vector<Eigen::Vector3d> vectors;
  double reach = 0;    // all that are not longer
  double spacing = 0;  // cube root of the volume an atom has where there are atoms
};

PairVectors pair_vectors(const Structure& structure);

/// How many of the vectors lie near a place, counted with a Gaussian of deviation `width`.
class PairMap {
 public:
  PairMap(const PairVectors& pairs, double width);

  /// 0 out of reach.
  double operator()(const Eigen::Vector3d& place) const;

  struct Peak {
    Eigen::Vector3d place;
    double count;
  };
  /// One of each with its opposite.
  const std::vector<Peak>& peaks() const { return peaks_; }

 private:
  size_t index(const Eigen::Vector3d& place) const;
  void count(const PairVectors& pairs);
  void smooth();
  void find_peaks();
  bool is_largest(size_t at) const;
  Eigen::Vector3d top_of(size_t at) const;

  double step_, reach_;
  int64_t half_, side_;  // of the grid, in steps
  std::array<int64_t, 3> strides_;
  int64_t middle_;
  /// Vectors come with their opposites: of the grid up to its middle, and what smoothing and peaks need beyond that.
  std::vector<float> counts_;
  std::vector<Peak> peaks_;
};

}  // namespace limpid
