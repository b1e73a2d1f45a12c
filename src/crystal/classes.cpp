// SPDX-License-Identifier: Apache-2.0
#include "limpid/crystal/classes.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "limpid/crystal/defects.h"
#include "limpid/crystal/diffraction.h"
#include "limpid/crystal/prototypes.h"
#include "limpid/crystal/symmetry.h"

namespace limpid {
namespace {

using Eigen::Matrix3d;
using Eigen::Vector3d;

constexpr double kTolerances[] = {1e-2, 1e-3, 1e-4};  // ångström
constexpr int kShears = 4;                            // of a random cell

/// A kind of crystal of a class and what may be drawn of it.
struct Kind {
  int64_t label;
  double weight;  // among those of its class
  Prototype prototype;
  std::pair<double, double> ratios = {1, 1};
  std::vector<double> degenerate = {};  // ratios of higher symmetry
  std::pair<double, double> coordinates = {0, 0};
};

/// Stacking variants of close-packed layers and layered crystals, as elements have them: space groups 194 and 166.
Prototype double_hcp() {
  const double third = 1. / 3;
  return {"dhcp", "double hexagonal close-packed, Wyckoff a and c",
          194,    3.27,
          true,   {{0, 0, 0}, {0, 0, .5}, {third, 2 * third, .25}, {2 * third, third, .75}},
          true};
}

Prototype hexagonal_diamond() {
  const double third = 1. / 3;
  const Vector3d up = {0, 0, 1};
  return {"hex_diam", "hexagonal diamond, Wyckoff f",
          194,        std::sqrt(8. / 3),
          true,       {{third, 2 * third, 0}, {2 * third, third, .5}, {2 * third, third, 0}, {third, 2 * third, .5}},
          true,       {up, up, -up, -up},
          .0625};
}

Prototype graphite() {
  const double third = 1. / 3;
  return {"graphite", "graphite, Wyckoff b and c",
          194,        2.72,
          true,       {{0, 0, .25}, {0, 0, .75}, {third, 2 * third, .25}, {2 * third, third, .75}},
          true};
}

Prototype nine_layers() {
  const double third = 1. / 3;
  const Vector3d up = {0, 0, 1}, origin = {0, 0, 0};
  Prototype sm = {"rh_ac", "nine close-packed layers, Wyckoff a and c", 166, 7.2, true, {}, true};
  for (const Vector3d& centre : {origin, Vector3d(2 * third, third, third), Vector3d(third, 2 * third, 2 * third)}) {
    sm.positions.insert(sm.positions.end(), {centre, centre, centre});
    sm.directions.insert(sm.directions.end(), {origin, up, -up});
  }
  sm.default_parameter = 2. / 9;
  return sm;
}

Prototype listed_prototype(const std::string& name) {
  const auto& all = prototypes();
  return *std::find_if(all.begin(), all.end(), [&](const Prototype& one) { return one.name == name; });
}

std::vector<Kind> make_kinds() {
  const double root2 = std::sqrt(2.);
  const std::vector<double> cubic = {std::sqrt(3. / 8), std::sqrt(3. / 2), std::sqrt(6.)};  // bcc, sc, fcc
  return {{0, 1, listed_prototype("bcc")},
          {1, 1, listed_prototype("bct_139"), {.6, 2}, {1, root2}},
          {2, 1, listed_prototype("bct_141"), {.4, .8}, {root2}},
          {3, 1, listed_prototype("diam")},
          {4, 1, listed_prototype("fcc")},
          {5, 39, listed_prototype("hcp"), {1.35, 1.92}},
          {5, 16, listed_prototype("rh"), {.55, 3.2}, cubic},
          {5, 9, listed_prototype("rh_c"), {2.55, 4.3}, {}, {.16, .236}},   // puckered layers: As
          {5, 7, listed_prototype("rh_c"), {3.4, 4.6}, {}, {.163, .1705}},  // flat ones: rhombohedral graphite
          {5, 7, listed_prototype("rh_c"), {3.2, 3.6}, {}, {.048, .06}},    // upright molecules: β-O
          {5, 8, double_hcp(), {3.1, 3.4}},
          {5, 4, nine_layers(), {6.9, 7.5}, {}, {.216, .228}},
          {5, 4, hexagonal_diamond(), {1.6, 1.7}, {}, {.0575, .0675}},
          {5, 6, graphite(), {2.4, 3.1}},
          {6, 1, listed_prototype("sc")}};
}

const std::vector<Kind>& kinds() {
  static const std::vector<Kind> all = make_kinds();
  return all;
}

const Kind& drawn_kind(int64_t label, Random& random) {
  double all = 0;
  for (const Kind& kind : kinds()) all += kind.label == label ? kind.weight : 0;
  double left = all * random.uniform();
  const Kind* drawn = nullptr;
  for (const Kind& kind : kinds()) {
    if (kind.label != label) continue;
    drawn = &kind;
    if ((left -= kind.weight) < 0) break;
  }
  return *drawn;
}

double drawn_ratio(const Kind& kind, double margin, Random& random) {
  const auto near = [&](double ratio) {
    return std::any_of(kind.degenerate.begin(), kind.degenerate.end(),
                       [&](double other) { return std::abs(ratio / other - 1) < margin; });
  };
  double ratio = 0;
  do {
    ratio = random.uniform(kind.ratios.first, kind.ratios.second);
  } while (near(ratio));
  return ratio;
}

}  // namespace

const std::vector<std::string>& crystal_classes() {
  static const std::vector<std::string> names = {"bcc", "bct_139", "bct_141", "diam", "fcc", "hex/rh", "sc"};
  return names;
}

const std::vector<int64_t>& published_class_counts() {
  static const std::vector<int64_t> counts = {2601, 221, 842, 910, 2761, 3178, 4};
  return counts;
}

std::optional<int64_t> class_of_group(int space_group) {
  static const std::map<int, int64_t> labels = {{229, 0}, {139, 1}, {141, 2}, {227, 3},
                                                {225, 4}, {194, 5}, {166, 5}, {221, 6}};
  const auto found = labels.find(space_group);
  return found == labels.end() ? std::nullopt : std::optional(found->second);
}

bool is_of_no_class(const Cluster& cluster) {
  if (cluster.cell == ClusterCell::as_it_stands || cluster.cell == ClusterCell::reduced) return true;
  return cluster.symmetry && !class_of_group(cluster.symmetry->number);
}

std::optional<int64_t> class_of(const Structure& structure, std::string& why_none) {
  const auto none = [&](const std::string& why) {
    why_none = why;
    return std::nullopt;
  };
  if (!structure.cell) return none("it has no cell");
  const std::set<int> elements(structure.species.begin(), structure.species.end());
  if (elements.size() > 1) return none("it has " + std::to_string(elements.size()) + " elements");
  std::set<int> groups;
  for (const double tolerance : kTolerances) {
    const auto group = find_space_group(structure, {.distance = tolerance});
    groups.insert(group ? group->number : 0);
  }
  if (groups.size() > 1) return none("its space group changes with the tolerance");
  const auto label = class_of_group(*groups.begin());
  if (!label && *groups.begin() == 0) return none("no space group is found");
  if (!label) return none("its space group is " + std::to_string(*groups.begin()));
  return label;
}

DrawnCrystal draw_crystal(int64_t label, int atomic_number, double margin, Random& random) {
  const Kind& kind = drawn_kind(label, random);
  DrawnCrystal drawn;
  drawn.prototype = kind.prototype.name;
  drawn.ratio = kind.prototype.has_ratio ? drawn_ratio(kind, margin, random) : std::nan("");
  drawn.coordinate = kind.prototype.directions.empty()
                         ? std::nan("")
                         : random.uniform(kind.coordinates.first, kind.coordinates.second);
  drawn.structure = build_prototype(kind.prototype, atomic_number, std::isnan(drawn.ratio) ? 0 : drawn.ratio,
                                    std::isnan(drawn.coordinate) ? 0 : drawn.coordinate);
  return drawn;
}

Structure in_random_cell(const Structure& structure, Random& random) {
  if (!structure.cell) return structure;
  Structure other = structure;
  for (int i = 0; i < kShears; ++i) {
    const auto to = static_cast<int>(random.below(3)), from = static_cast<int>((to + 1 + random.below(2)) % 3);
    other.cell->row(to) += (random.below(2) == 0 ? 1. : -1.) * Eigen::RowVector3d(other.cell->row(from));
  }
  const Vector3d shift = structure.cell->transpose() * Vector3d(random.uniform(), random.uniform(), random.uniform());
  std::vector<size_t> order(structure.species.size());
  for (size_t i = 0; i < order.size(); ++i) order[i] = i;
  random.shuffle(order);
  for (size_t i = 0; i < order.size(); ++i) {
    other.species[i] = structure.species[order[i]];
    other.positions[i] = structure.positions[order[i]] + shift;
  }
  return rotated(wrapped(std::move(other)), random_rotation(random));
}

}  // namespace limpid
