// SPDX-License-Identifier: Apache-2.0
#include "crystals/candidates.h"

#include <Eigen/LU>
#include <algorithm>
#include <cmath>
#include <numeric>

#include "crystal/first_shell.h"
#include "crystal/pair_map.h"
#include "limpid/crystal/diffraction.h"
#include "limpid/crystal/neighbours.h"
#include "limpid/crystal/prototypes.h"

namespace limpid {
namespace {

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

double mean_nn(const Structure& structure) { return length_scale(structure, Scaling::mean_nn); }

double median_nn(const Structure& structure) { return median(nearest_distances(structure)); }

/// The median over atoms of the mean distance of their twelve nearest neighbours.
double twelve_nearest(const Structure& structure) {
  const AtomTree tree(structure);
  const double reach = pair_vectors(structure).reach;
  std::vector<double> means;
  for (int64_t atom = 0; atom < structure.size(); ++atom) {
    std::vector<double> distances;
    tree.for_each_neighbour(atom, reach, [&](int64_t, const Eigen::Vector3d& r) { distances.push_back(r.norm()); });
    if (distances.size() < 12) continue;
    std::nth_element(distances.begin(), distances.begin() + 11, distances.end());
    means.push_back(std::accumulate(distances.begin(), distances.begin() + 12, 0.) / 12);
  }
  return means.empty() ? reach : median(means);
}

double density(const Structure& structure) {
  if (!structure.cell) return pair_vectors(structure).spacing;
  return std::cbrt(std::abs(structure.cell->determinant()) / static_cast<double>(structure.size()));
}

/// Numbers of pairs by distance up to `reach`.
std::vector<double> histogram(const Structure& structure, double reach, double step) {
  std::vector<double> counts(static_cast<size_t>(reach / step) + 1);
  for_each_pair(structure, reach, [&](int64_t, int64_t, const Eigen::Vector3d& between) {
    counts[static_cast<size_t>(between.norm() / step)] += 1;
  });
  return counts;
}

/// The first maximum of the powder pattern (Debye's formula, with a window that falls to 0 at `reach`), as a length.
double powder_peak(const Structure& structure) {
  const double spacing = pair_vectors(structure).spacing, reach = 5 * spacing, step = .002 * spacing;
  const std::vector<double> counts = histogram(structure, reach, step);
  std::vector<double> pattern;
  for (double q = .4; q < 2; q += .002) {  // in units of 1 / spacing
    double sum = 0;
    for (size_t i = 1; i < counts.size(); ++i) {
      if (counts[i] == 0) continue;
      const double r = (static_cast<double>(i) + .5) * step, phase = 2 * M_PI * q / spacing * r;
      sum += counts[i] * std::sin(phase) / phase * (std::sin(M_PI * r / reach) / (M_PI * r / reach));
    }
    pattern.push_back(sum / static_cast<double>(structure.size()));
  }
  const double highest = *std::max_element(pattern.begin(), pattern.end());
  for (size_t i = 1; i + 1 < pattern.size(); ++i)
    if (pattern[i] > .5 * highest && pattern[i] >= pattern[i - 1] && pattern[i] > pattern[i + 1])
      return spacing / (.4 + .002 * static_cast<double>(i));
  return spacing;
}

// The pair distribution over the logarithm of the distance, where another scale is a shift.
constexpr double kLogStep = .005;
constexpr int64_t kBelow = 60, kAbove = 200, kShifts = 100;  // steps of the template, and of the scale to either side

std::vector<double> log_density(const std::vector<double>& distances, double unit, double width, int64_t margin) {
  std::vector<double> values(static_cast<size_t>(kBelow + kAbove + 2 * margin));
  for (const double distance : distances) {
    const double x = distance / unit;
    const int64_t middle = static_cast<int64_t>(std::lround(std::log(x) / kLogStep)) + kBelow + margin;
    const auto reach = static_cast<int64_t>(std::ceil(3 * width / x / kLogStep));
    for (int64_t i = std::max<int64_t>(0, middle - reach);
         i <= std::min<int64_t>(static_cast<int64_t>(values.size()) - 1, middle + reach); ++i) {
      const double off = (std::exp(static_cast<double>(i - kBelow - margin) * kLogStep) - x) / width;
      values[static_cast<size_t>(i)] += std::exp(-.5 * off * off) / (x * x);
    }
  }
  return values;
}

std::vector<double> distances_within(const Structure& structure, double reach) {
  std::vector<double> distances;
  for_each_pair(structure, reach,
                [&](int64_t, int64_t, const Eigen::Vector3d& between) { distances.push_back(between.norm()); });
  return distances;
}

/// Pair distributions of the eight prototypes with several ratios c/a, broadened.
const std::vector<std::vector<double>>& templates() {
  static const std::vector<std::vector<double>> made = [] {
    std::vector<std::vector<double>> all;
    for (const Prototype& prototype : prototypes())
      for (double ratio = .4; ratio < 2.25; ratio += .1) {
        if (!prototype.has_ratio && ratio > .4) break;
        const Structure crystal = build_prototype(prototype.name, 29, prototype.has_ratio ? ratio : 0);
        const double nearest = 2 * atomic_radius(29);
        for (const double width : {.02, .06, .1, .15})
          all.push_back(log_density(distances_within(crystal, 3.2 * nearest), nearest, width, 0));
      }
    return all;
  }();
  return made;
}

double correlation(const double* a, const double* b, int64_t count) {
  double sa = 0, sb = 0, aa = 0, bb = 0, ab = 0;
  for (int64_t i = 0; i < count; ++i) {
    sa += a[i], sb += b[i];
    aa += a[i] * a[i], bb += b[i] * b[i], ab += a[i] * b[i];
  }
  const auto n = static_cast<double>(count);
  return (ab - sa * sb / n) / std::sqrt(std::max(1e-300, (aa - sa * sa / n) * (bb - sb * sb / n)));
}

/// The scale at which the pair distribution is most like that of a prototype.
double pair_fit(const Structure& structure) {
  const double start = std::max(first_shell(structure), .5);
  const std::vector<double> values = log_density(distances_within(structure, 5.5 * start), start, .04, kShifts);
  double best = -1, scale = start;
  for (const std::vector<double>& shape : templates())
    for (int64_t shift = 0; shift <= 2 * kShifts; ++shift) {
      const double value = correlation(values.data() + shift, shape.data(), kBelow + kAbove);
      if (value > best) best = value, scale = start * std::exp(static_cast<double>(shift - kShifts) * kLogStep);
    }
  return scale;
}

double mean_crystal_scale(const Structure& structure) { return length_scale(structure, Scaling::robust); }

}  // namespace

const std::vector<Candidate>& candidates() {
  static const std::vector<Candidate> all = {
      {"mean-nn", "the mean distance of nearest neighbours, the paper's", mean_nn},
      {"median-nn", "its median over atoms", median_nn},
      {"twelve", "the median over atoms of the mean distance of the twelve nearest", twelve_nearest},
      {"density", "the cube root of an atom's volume", density},
      {"first shell", "the first maximum of the pair distribution", first_shell},
      {"pair fit", "the whole pair distribution fitted by those of the prototypes, broadened", pair_fit},
      {"powder", "the first peak of the powder pattern (Debye's formula)", powder_peak},
      {"mean crystal", "nearest neighbours in the crystal behind the structure: `robust`", mean_crystal_scale}};
  return all;
}

}  // namespace limpid
