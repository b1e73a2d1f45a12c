// SPDX-License-Identifier: Apache-2.0
#include "limpid/crystal/order.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>

#include "limpid/crystal/neighbours.h"

namespace limpid {
namespace {

constexpr double kShell = 1.15;  // neighbours up to so many times the nearest distance of an atom
constexpr double kLeast = .1, kDeviations = 3;
constexpr double kRare = .05;  // share of the atoms: of fewer, a few that meet by chance are many

struct Order {
  double parameter = 0;
  double of_species = 0;  // the same of the neighbours of one species that is not rare: where it is furthest from 0
  double pairs = 0;       // each counted once
};

/// Of a species' atoms and their neighbours.
struct Around {
  double atoms = 0, neighbours = 0, unlike = 0;
};

std::map<int, Around> neighbours_of(const Structure& structure) {
  std::map<int, Around> found;
  for (const int species : structure.species) ++found[species].atoms;
  const AtomTree tree(structure);
  for (int64_t i = 0; i < structure.size(); ++i) {
    const double nearest = tree.nearest_distance(i);
    if (!std::isfinite(nearest)) continue;
    const int species = structure.species[static_cast<size_t>(i)];
    Around& around = found[species];
    tree.for_each_neighbour(i, kShell * nearest, [&](int64_t other, const Eigen::Vector3d&) {
      ++around.neighbours;
      around.unlike += structure.species[static_cast<size_t>(other)] != species;
    });
  }
  return found;
}

Order order_of(const Structure& structure) {
  const std::vector<int>& species = structure.species;
  if (std::adjacent_find(species.begin(), species.end(), std::not_equal_to<>()) == species.end()) return {};
  const auto atoms = static_cast<double>(structure.size());
  double expected = 1;  // share of unlike pairs in a random structure
  double unlike = 0, all = 0;
  Order order;
  for (const auto& [kind, around] : neighbours_of(structure)) {
    const double share = around.atoms / atoms;
    expected -= share * share;
    unlike += around.unlike;
    all += around.neighbours;
    if (share < kRare || around.neighbours == 0) continue;
    const double parameter = 1 - around.unlike / around.neighbours / (1 - share);
    if (std::abs(parameter) > std::abs(order.of_species)) order.of_species = parameter;
  }
  if (all == 0) return {};
  order.parameter = 1 - unlike / all / expected;
  order.pairs = all / 2;
  return order;
}

}  // namespace

double short_range_order(const Structure& structure) { return order_of(structure).parameter; }

bool is_compound(const Structure& structure) {
  const Order order = order_of(structure);
  const double furthest = std::max(std::abs(order.parameter), std::abs(order.of_species));
  return order.pairs > 0 && furthest > kLeast + kDeviations / std::sqrt(order.pairs);
}

}  // namespace limpid
