// SPDX-License-Identifier: Apache-2.0
#include "crystal/formats/occupancy.h"

#include <numeric>

#include "limpid/crystal/neighbours.h"

namespace limpid {
namespace {

constexpr double kSame = 0.1;       // Å: one position
constexpr double kExclusive = 0.7;  // Å: shorter than any bond
constexpr double kWhole = 0.999;
constexpr double kHalf = 0.499;  // .3333 + .1667

struct Kept {
  std::vector<bool> atoms;
  int64_t shared = 0, empty = 0, excluded = 0;
};

/// Atoms from the most occupied, equals in their order.
std::vector<size_t> by_occupancy(const std::vector<double>& occupancies) {
  std::vector<size_t> order(occupancies.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return occupancies[a] > occupancies[b]; });
  return order;
}

/// The sum of each position's occupancies, at the atom that has most of it; 0 at the others.
std::vector<double> position_sums(const AtomTree& tree, const std::vector<double>& occupancies, int64_t& shared) {
  std::vector<double> sums = occupancies;
  std::vector<bool> settled(sums.size(), false);
  for (const size_t atom : by_occupancy(occupancies)) {
    if (settled[atom]) continue;
    settled[atom] = true;
    bool alone = true;
    tree.for_each_neighbour(static_cast<int64_t>(atom), kSame, [&](int64_t other, const Eigen::Vector3d&) {
      const auto i = static_cast<size_t>(other);
      if (settled[i]) return;
      settled[i] = true;
      sums[atom] += sums[i];
      sums[i] = 0;
      alone = false;
    });
    if (!alone) ++shared;
  }
  return sums;
}

Kept choose(const Structure& structure, const std::vector<double>& occupancies) {
  const AtomTree tree(structure);
  Kept kept;
  kept.atoms.assign(occupancies.size(), false);
  const std::vector<double> sums = position_sums(tree, occupancies, kept.shared);
  for (const size_t atom : by_occupancy(sums)) {
    if (sums[atom] == 0) continue;
    bool excluded = false;
    if (sums[atom] < kWhole)
      tree.for_each_neighbour(static_cast<int64_t>(atom), kExclusive, [&](int64_t other, const Eigen::Vector3d&) {
        if (kept.atoms[static_cast<size_t>(other)]) excluded = true;
      });
    const bool empty = sums[atom] < kHalf;
    kept.atoms[atom] = !empty && !excluded;
    if (empty) ++kept.empty;
    if (excluded && !empty) ++kept.excluded;
  }
  return kept;
}

void note(Structure& structure, int64_t count, const char* what) {
  if (count > 0) structure.notes.push_back(std::to_string(count) + (count == 1 ? " position " : " positions ") + what);
}

}  // namespace

Structure resolve_occupancies(const Structure& structure, const std::vector<double>& occupancies) {
  if (std::all_of(occupancies.begin(), occupancies.end(), [](double value) { return value >= kWhole; }))
    return structure;
  const Kept kept = choose(structure, occupancies);
  Structure whole = structure;
  whole.species.clear();
  whole.positions.clear();
  for (size_t i = 0; i < kept.atoms.size(); ++i) {
    if (!kept.atoms[i]) continue;
    whole.species.push_back(structure.species[i]);
    whole.positions.push_back(structure.positions[i]);
  }
  note(whole, kept.shared, "shared by several species: the most frequent one is taken");
  note(whole, kept.empty, "occupied by less than half: taken as empty");
  note(whole, kept.excluded, "too close to one that is occupied more: taken as empty");
  return whole;
}

}  // namespace limpid
