// SPDX-License-Identifier: Apache-2.0
// Compares ways to tell the length scale of defective crystals: crystal_scaling FOLDER [SEEDS] writes scaling.md and
// scaling.csv there.
#include "limpid/core/tensor.h"  // before ATen.h, for clang 14

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <Eigen/LU>
#include <algorithm>
#include <cstdio>
#include <filesystem>

#include "crystals/candidates.h"
#include "limpid/core/files.h"
#include "limpid/core/random.h"
#include "limpid/crystal/defects.h"
#include "limpid/crystal/diffraction.h"
#include "limpid/crystal/prototypes.h"
#include "limpid/pipeline/model.h"
#include "limpid/render/table.h"

namespace limpid {
namespace {

struct Level {
  double sigma, vacancies;
  bool sphere = false;  // cut out of a larger sample, without a cell

  std::string name() const {
    std::string text = sigma > 0 ? fmt::format("{:.2f} Å", sigma) : "";
    if (vacancies > 0) text += fmt::format("{}{:.0f} %", text.empty() ? "" : ", ", 100 * vacancies);
    if (text.empty()) text = "pristine";
    return sphere ? "sphere, " + text : text;
  }
};

const std::vector<Level> levels = {
    {.05, 0},      {.1, 0},       {.15, 0},      {.2, 0},       {.25, 0},       {0, .1},       {0, .3},   {0, .5},
    {0, .6},       {0, .7},       {.1, .3},      {.1, .6},      {.2, .3},       {.2, .6},      {.25, .7}, {0, 0, true},
    {.1, 0, true}, {.2, 0, true}, {0, .3, true}, {0, .6, true}, {.1, .3, true}, {.2, .6, true}};

/// Two elements of each prototype, one with a short and one with a long distance of nearest neighbours.
struct Crystal {
  std::string prototype;
  double ratio;
  int species;
};

std::vector<Crystal> crystals() {
  struct Family {
    std::string prototype;
    std::vector<double> ratios;
    std::array<int, 2> species;
  };
  const std::vector<Family> families = {{"sc", {0}, {26, 84}},
                                        {"bcc", {0}, {26, 74}},
                                        {"fcc", {0}, {29, 82}},
                                        {"diam", {0}, {6, 14}},
                                        {"hcp", {1.4, 1.57, 1.633, 1.75, 1.9}, {4, 12}},
                                        {"rh", {.9, 1.5, 2, 2.2}, {33, 83}},
                                        {"bct_139", {.65, .9, 1.03, 1.2, 1.52, 1.9}, {28, 49}},
                                        {"bct_141", {.42, .546, .65, .8}, {14, 50}}};
  std::vector<Crystal> all;
  for (const Family& family : families)
    for (const double ratio : family.ratios)
      for (const int species : family.species) all.push_back({family.prototype, ratio, species});
  return all;
}

Structure defective(const Structure& crystal, const Level& level, Random& random) {
  return displaced(with_vacancies(crystal, level.vacancies, random), level.sigma, random);
}

/// As many sites as the supercell has, from the middle of one eight times as large.
Structure sphere_of(const Structure& crystal, const Level& level, Random& random) {
  const Structure large = defective(supercell(crystal, {2, 2, 2}), level, random);
  const Eigen::Vector3d middle = large.cell->transpose() * Eigen::Vector3d(.5, .5, .5);
  const double radius = std::cbrt(std::abs(crystal.cell->determinant()) * 3 / (4 * M_PI));
  Structure sphere;
  for (size_t i = 0; i < large.positions.size(); ++i)
    if ((large.positions[i] - middle).norm() < radius) {
      sphere.positions.push_back(large.positions[i]);
      sphere.species.push_back(large.species[i]);
    }
  return sphere;
}

struct Score {
  std::vector<double> errors, cosines;
};

/// Not the scale alone: the defective structure, turned as chance will have it, is brought into the standard
/// orientation.
const std::string whole_way = "robust, the whole way";

using Scores = std::map<std::tuple<std::string, std::string, size_t>, Score>;  // by candidate, prototype, level

Tensor cosines(const Tensor& images, const Tensor& image) {
  const Tensor flat = images.flatten(1), one = image.flatten();
  return at::mv(flat, one) / (flat.norm(2, 1) * one.norm());
}

/// Every level's structures of one crystal, with fingerprints at the scale that each candidate gives them, in units of
/// what it gives the pristine crystal.
void score(const Crystal& crystal, uint64_t seeds, Scores& scores) {
  const Structure pristine =
      standard_cluster(build_prototype(crystal.prototype, crystal.species, crystal.ratio)).structure;
  const double nearest = 2 * atomic_radius(crystal.species);
  const Tensor expected = simulate_diffraction(pristine, nearest);
  std::vector<double> own;
  for (const Candidate& candidate : candidates()) own.push_back(candidate.scale(pristine));
  const auto add = [&](const std::string& name, size_t level, double scale, const Tensor& cosine) {
    for (const std::string& prototype : {crystal.prototype, std::string("all")}) {
      Score& to = scores[{name, prototype, level}];
      to.errors.push_back(std::abs(scale / nearest - 1));
      to.cosines.push_back(cosine.item<double>());
    }
  };
  for (size_t level = 0; level < levels.size(); ++level)
    for (uint64_t seed = 0; seed < seeds; ++seed) {
      Random random(mixed_seed({seed, level}));
      const Level& at = levels[level];
      const Structure structure = at.sphere ? sphere_of(pristine, at, random) : defective(pristine, at, random);
      const ScaledCluster turned = scaled_cluster(rotated(structure, random_rotation(random)));
      const Tensor image = simulate_diffraction(turned.cluster.structure, turned.scale);
      add(whole_way, level, turned.scale, cosines(image.unsqueeze(0), expected)[0]);
      std::vector<double> scales;
      for (size_t i = 0; i < own.size(); ++i) scales.push_back(candidates()[i].scale(structure) / own[i] * nearest);
      const Tensor alike = cosines(simulate_diffraction(std::vector(scales.size(), structure), scales), expected);
      for (size_t i = 0; i < own.size(); ++i)
        add(candidates()[i].name, level, scales[i], alike[static_cast<int64_t>(i)]);
    }
}

double middle(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

double worst_error(const Score& score) { return *std::max_element(score.errors.begin(), score.errors.end()); }
double worst_cosine(const Score& score) { return *std::min_element(score.cosines.begin(), score.cosines.end()); }

std::string errors_text(const Score& score) {
  return fmt::format("{:.1f} / {:.1f}", 100 * middle(score.errors), 100 * worst_error(score));
}

std::string cosines_text(const Score& score) {
  return fmt::format("{:.2f} / {:.2f}", middle(score.cosines), worst_cosine(score));
}

/// Candidates by level, over all prototypes.
Table summary(const Scores& scores, std::string (*text)(const Score&)) {
  Table table{{"defects"}, {}};
  for (const Candidate& candidate : candidates()) table.columns.push_back(candidate.name);
  for (size_t level = 0; level < levels.size(); ++level) {
    std::vector<Cell> row = {levels[level].name()};
    for (const Candidate& candidate : candidates()) row.emplace_back(text(scores.at({candidate.name, "all", level})));
    table.add(std::move(row));
  }
  return table;
}

/// Prototypes by level, of one candidate.
Table by_prototype(const Scores& scores, const std::string& candidate, std::string (*text)(const Score&)) {
  Table table{{"defects"}, {}};
  std::vector<std::string> names;
  for (const Crystal& crystal : crystals())
    if (names.empty() || names.back() != crystal.prototype) names.push_back(crystal.prototype);
  table.columns.insert(table.columns.end(), names.begin(), names.end());
  for (size_t level = 0; level < levels.size(); ++level) {
    std::vector<Cell> row = {levels[level].name()};
    for (const std::string& name : names) row.emplace_back(text(scores.at({candidate, name, level})));
    table.add(std::move(row));
  }
  return table;
}

Table everything(const Scores& scores) {
  Table table{{"candidate", "prototype", "sigma", "vacancies", "sphere", "structures", "median_error", "worst_error",
               "median_cosine", "worst_cosine"},
              {}};
  for (const auto& [key, score] : scores) {
    const auto& [candidate, prototype, level] = key;
    const Level& at = levels[level];
    const auto short_number = [](double x) { return fmt::format("{:.5f}", x); };
    table.add({candidate, prototype, at.sigma, at.vacancies, int64_t{at.sphere},
               static_cast<int64_t>(score.errors.size()), short_number(middle(score.errors)),
               short_number(worst_error(score)), short_number(middle(score.cosines)),
               short_number(worst_cosine(score))});
  }
  return table;
}

std::string document(const Scores& scores, uint64_t seeds) {
  std::string text =
      "# Length scales of defective crystals\n\nWritten by `benchmarks/crystals/crystal_scaling.cpp`, which explains "
      "itself; [scaling.csv](scaling.csv) has all numbers. [fingerprint.md](fingerprint.md) says what follows.\n\n"
      "Every candidate is asked for the scale of defective supercells, and of spheres with as many sites cut out of "
      "larger samples. ";
  text += fmt::format(
      "{} crystals: the eight prototypes with several ratios c/a and two elements each; {} draws of every level of "
      "defects. Errors are relative to what the same candidate says of the pristine supercell, cosines are those of "
      "the "
      "defective structure's fingerprint at that scale with the pristine one's.\n\n",
      crystals().size(), seeds);
  for (const Candidate& candidate : candidates()) text += "- **" + candidate.name + "**: " + candidate.summary + "\n";
  text += "\n## Errors, %: median / worst\n\n" + markdown(summary(scores, errors_text));
  text += "\n## Cosines: median / worst\n\n" + markdown(summary(scores, cosines_text));
  std::vector<std::string> names = {whole_way};
  for (const Candidate& candidate : candidates()) names.push_back(candidate.name);
  for (const std::string& name : names) {
    text += "\n## " + name + ", by prototype\n\n";
    if (name == whole_way)
      text += "The defective structure is turned at random and then goes all the way: cell, orientation and scale.\n\n";
    text += "Errors, %: median / worst\n\n" + markdown(by_prototype(scores, name, errors_text));
    text += "\nCosines: median / worst\n\n" + markdown(by_prototype(scores, name, cosines_text));
  }
  return text;
}

void compare(const std::filesystem::path& folder, uint64_t seeds) {
  Scores scores;
  for (const Crystal& crystal : crystals()) {
    std::fprintf(stderr, "%s %g %d\n", crystal.prototype.c_str(), crystal.ratio, crystal.species);
    score(crystal, seeds, scores);
  }
  write_file(folder / "scaling.md", document(scores, seeds));
  write_file(folder / "scaling.csv", csv(everything(scores)));
}

}  // namespace
}  // namespace limpid

int main(int count, char** words) {
  if (count < 2) {
    std::fprintf(stderr, "usage: crystal_scaling FOLDER [SEEDS]\n");
    return 2;
  }
  limpid::set_up_process(0);
  limpid::compare(words[1], count > 2 ? std::stoul(words[2]) : 5);
}
