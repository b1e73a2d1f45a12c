// SPDX-License-Identifier: Apache-2.0
#include "limpid/crystal/order.h"

#include <cmath>
#include <map>

#include "limpid/crystal/neighbours.h"

namespace limpid {
namespace {

constexpr double kShell = 1.15;  // neighbours up to so many times the nearest distance of an atom
constexpr double kLeast = .1, kDeviations = 3;

struct Order {
  double parameter = 0;
  double pairs = 0;  // each counted once
};

Order order_of(const Structure& structure) {
  std::map<int, double> counts;
  for (const int species : structure.species) ++counts[species];
  if (counts.size() < 2) return {};
  const auto atoms = static_cast<double>(structure.size());
  double expected = 1;  // share of unlike pairs in a random structure
  for (const auto& [species, count] : counts) expected -= (count / atoms) * (count / atoms);
  const AtomTree tree(structure);
  double unlike = 0, all = 0;
  for (int64_t i = 0; i < structure.size(); ++i) {
    const double nearest = tree.nearest_distance(i);
    if (!std::isfinite(nearest)) continue;
    tree.for_each_neighbour(i, kShell * nearest, [&](int64_t other, const Eigen::Vector3d&) {
      ++all;
      unlike += structure.species[static_cast<size_t>(other)] != structure.species[static_cast<size_t>(i)];
    });
  }
  if (all == 0) return {};
  return {1 - unlike / all / expected, all / 2};
}

}  // namespace

double short_range_order(const Structure& structure) { return order_of(structure).parameter; }

bool is_compound(const Structure& structure) {
  const Order order = order_of(structure);
  return order.pairs > 0 && std::abs(order.parameter) > kLeast + kDeviations / std::sqrt(order.pairs);
}

}  // namespace limpid
